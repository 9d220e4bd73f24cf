#include "broker/selector/selector.h"
#include "config/model.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

namespace tern::config {
namespace {

using broker::Domain;

/// Tells parts of a domain from the others.
template <class M, Domain domain>
void set_domain(M& part) {
    part.domain = domain;
}
template <class M, Domain domain>
bool has_domain(const M& part) {
    return part.domain == domain;
}

const Element& startup_destination_schema() {
    static const Element element = SchemaOf<StartupDestination>()
                                       .attribute("physicalName", &StartupDestination::name)
                                       .required()
                                       .attribute("DLQ", &StartupDestination::dead_letters)
                                       .alias("dlq", &StartupDestination::dead_letters)
                                       .done();
    return element;
}

const Element& target_schema() {
    static const Element element =
        SchemaOf<ForwardTo>().attribute("physicalName", &ForwardTo::name).required().done();
    return element;
}

template <Domain domain>
void add_filtered_target(SchemaOf<ForwardTo>& schema, std::string_view name) {
    schema.text(
        name,
        [](ForwardTo& to, const std::string& text) -> std::optional<std::string> {
            if (!to.name.empty()) return "given once, as queue or as topic";
            to.domain = domain;
            to.name = text;
            return {};
        },
        [](const ForwardTo& to) {
            return to.domain == domain ? std::optional(to.name) : std::nullopt;
        });
}

std::optional<std::string> selector_problem(const std::string& selector) {
    if (selector.empty()) return {};
    const auto parsed = selector::Selector::parse(selector);
    return parsed ? std::nullopt
                  : std::optional("has an invalid selector: " + parsed.error().text());
}

const Element& filtered_schema() {
    static const Element element = [] {
        SchemaOf<ForwardTo> schema;
        add_filtered_target<Domain::queue>(schema, "queue");
        add_filtered_target<Domain::topic>(schema, "topic");
        schema.attribute("selector", &ForwardTo::selector).check([](const ForwardTo& to) {
            if (to.name.empty()) return std::optional<std::string>("needs a queue or a topic");
            return selector_problem(to.selector);
        });
        return schema.done();
    }();
    return element;
}

template <Domain domain>
bool is_plain(const ForwardTo& to) {
    return to.domain == domain && to.selector.empty();
}

const Element& forward_to_schema() {
    static const Element element =
        SchemaOf<CompositeDestination>()
            .many<CompositeDestination, ForwardTo>(
                "queue", &CompositeDestination::forward_to, target_schema, kApplied,
                set_domain<ForwardTo, Domain::queue>, is_plain<Domain::queue>)
            .many<CompositeDestination, ForwardTo>(
                "topic", &CompositeDestination::forward_to, target_schema, kApplied,
                set_domain<ForwardTo, Domain::topic>, is_plain<Domain::topic>)
            .many<CompositeDestination, ForwardTo>(
                "filteredDestination", &CompositeDestination::forward_to, filtered_schema, kApplied,
                nullptr, [](const ForwardTo& to) { return !to.selector.empty(); })
            .opaque({"tempQueue", "tempTopic"},
                    rejected("name a queue or topic: a temporary destination has no fixed name"))
            .done();
    return element;
}

const Element& composite_schema() {
    static const Element element =
        SchemaOf<CompositeDestination>()
            .attribute("name", &CompositeDestination::name)
            .required()
            .attribute("forwardOnly", &CompositeDestination::forward_only)
            .attribute("copyMessage", &CompositeDestination::copy_message,
                       no_effect("nobody can change what others got"))
            .attribute("concurrentSend", &CompositeDestination::concurrent_send, kHint)
            .attribute("sendWhenNotMatched", &CompositeDestination::send_when_not_matched)
            .group("forwardTo", forward_to_schema)
            .check([](const CompositeDestination& composite) -> std::optional<std::string> {
                if (!composite.forward_to.empty()) return {};
                return "forwards to nothing: name queues or topics within <forwardTo>";
            })
            .done();
    return element;
}

const Element& virtual_topic_schema() {
    static const Element element =
        SchemaOf<VirtualTopic>()
            .attribute("name", &VirtualTopic::name)
            .attribute("prefix", &VirtualTopic::prefix)
            .attribute("postfix", &VirtualTopic::postfix)
            .attribute("selectorAware", &VirtualTopic::selector_aware)
            .attribute("local", &VirtualTopic::local, kNoNetwork)
            .attribute("concurrentSend", &VirtualTopic::concurrent_send, kHint)
            .attribute("transactedSend", &VirtualTopic::transacted_send,
                       no_effect("a message reaches all queues of its topic or none"))
            .attribute("dropOnResourceLimit", &VirtualTopic::drop_on_resource_limit)
            .attribute("setOriginalDestination", &VirtualTopic::set_original_destination,
                       no_effect("copies always carry the topic they were sent to"))
            .done();
    return element;
}

const Element& virtual_destinations_schema() {
    static const Element element =
        SchemaOf<Interceptors>()
            .many<Interceptors, CompositeDestination>(
                "compositeQueue", &Interceptors::composites, composite_schema, kApplied,
                set_domain<CompositeDestination, Domain::queue>,
                has_domain<CompositeDestination, Domain::queue>)
            .many<Interceptors, CompositeDestination>(
                "compositeTopic", &Interceptors::composites, composite_schema, kApplied,
                set_domain<CompositeDestination, Domain::topic>,
                has_domain<CompositeDestination, Domain::topic>)
            .many("virtualTopic", &Interceptors::virtual_topics, virtual_topic_schema)
            .done();
    return element;
}

const Element& virtual_interceptor_schema() {
    static const Element element =
        SchemaOf<Interceptors>().group("virtualDestinations", virtual_destinations_schema).done();
    return element;
}

const Element& mirrored_schema() {
    static const Element element = SchemaOf<MirroredQueue>()
                                       .attribute("copyMessage", &MirroredQueue::copy_message,
                                                  no_effect("nobody can change what others got"))
                                       .attribute("prefix", &MirroredQueue::prefix)
                                       .attribute("postfix", &MirroredQueue::postfix)
                                       .done();
    return element;
}

const Element& divert_schema() {
    using Routing = Divert::Routing;
    static const Element element =
        SchemaOf<Divert>()
            .attribute("name", &Divert::name)
            .attribute("address", &Divert::address)
            .required()
            .attribute("forwardingAddress", &Divert::forwarding_address)
            .required()
            .attribute("exclusive", &Divert::exclusive)
            .attribute("filter", &Divert::filter)
            .choice<Divert, Routing>("routingType", &Divert::routing,
                                     {{"STRIP", Routing::as_before},
                                      {"PASS", Routing::as_before},
                                      {"ANYCAST", Routing::to_queues},
                                      {"MULTICAST", Routing::to_topics}})
            .opaque({"transformer"}, rejected("Java classes cannot change messages here"))
            .check([](const Divert& divert) { return selector_problem(divert.filter); })
            .done();
    return element;
}

const Element& resource_limit_schema() {
    static const Element element = SchemaOf<ResourceLimit>()
                                       .attribute("user", &ResourceLimit::user)
                                       .required()
                                       .attribute("maxSessions", &ResourceLimit::sessions_max)
                                       .attribute("maxQueues", &ResourceLimit::queues_max)
                                       .done();
    return element;
}

}  // namespace

const Element& wildcards_schema() {
    static const Element element =
        SchemaOf<WildcardAddresses>()
            .attribute("delimiter", &WildcardAddresses::delimiter)
            .attribute("anyWords", &WildcardAddresses::any_words)
            .attribute("singleWord", &WildcardAddresses::single_word)
            .check([](const WildcardAddresses& one) -> std::optional<std::string> {
                if (!one.delimiter.empty() && !one.any_words.empty() && !one.single_word.empty()) {
                    return {};
                }
                return "needs a delimiter, anyWords and a singleWord that are not empty";
            })
            .done();
    return element;
}

const Element& diverts_schema() {
    static const Element element =
        SchemaOf<Broker>().many("divert", &Broker::diverts, divert_schema).done();
    return element;
}

const Element& resource_limits_schema() {
    static const Element element =
        SchemaOf<Broker>()
            .many("resourceLimit", &Broker::resource_limits, resource_limit_schema)
            .done();
    return element;
}

const Element& interceptors_schema() {
    static const Element element =
        SchemaOf<Interceptors>()
            .group("virtualDestinationInterceptor", virtual_interceptor_schema)
            .maybe("mirroredQueue", &Interceptors::mirrored, mirrored_schema)
            .opaque({"bean"}, rejected("Java classes cannot intercept here"))
            .done();
    return element;
}

const Element& startup_destinations_schema() {
    static const Element element =
        SchemaOf<Broker>()
            .many<Broker, StartupDestination>("queue", &Broker::destinations,
                                              startup_destination_schema, kApplied,
                                              set_domain<StartupDestination, Domain::queue>,
                                              has_domain<StartupDestination, Domain::queue>)
            .many<Broker, StartupDestination>("topic", &Broker::destinations,
                                              startup_destination_schema, kApplied,
                                              set_domain<StartupDestination, Domain::topic>,
                                              has_domain<StartupDestination, Domain::topic>)
            .opaque({"tempQueue", "tempTopic"},
                    no_effect("a temporary destination lives with the connection that makes it"))
            .done();
    return element;
}

}  // namespace tern::config
