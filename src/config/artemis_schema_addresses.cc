#include "broker/selector/selector.h"
#include "config/artemis_schema.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

namespace tern::config::artemis {
namespace {

using broker::BelowRate;
using broker::GroupMap;
using broker::Policy;
using broker::WhenFull;

constexpr Support kPages = no_effect("messages leave memory one by one");
constexpr Support kRouting =
    no_effect("clients say themselves whether they mean a queue or a topic");
constexpr Support kCollected =
    no_effect("an address goes with its queues, and is there for who uses it");
std::optional<std::string> set_memory(AddressSetting& setting, const std::string& text) {
    const auto size = parse_bytes(text, {-1, std::numeric_limits<std::int64_t>::max()});
    if (!size) return size.error();
    setting.memory_limit = std::max<std::int64_t>(*size, 0);
    return {};
}

std::optional<std::string> set_buckets(AddressSetting& setting, const std::string& text) {
    const auto number = parse_integer(text, {-1, 100'000'000});
    if (!number) return number.error();
    GroupMap& groups = setting.groups;
    groups = {.kind = *number < 0    ? GroupMap::Kind::simple
                      : *number == 0 ? GroupMap::Kind::none
                                     : GroupMap::Kind::bucket};
    if (*number > 0) groups.buckets = static_cast<std::uint32_t>(*number);
    return {};
}

std::optional<std::string> set_last_value(AddressSetting& setting, const std::string& text) {
    const auto is = parse_bool(text);
    if (!is) return is.error();
    // A key that is named counts whether this comes before it or after it.
    if (*is && setting.last_value_key.empty()) setting.last_value_key = "_AMQ_LVQ_NAME";
    if (!*is) setting.last_value_key.clear();
    return {};
}

std::optional<std::string> set_dispatch_delay(AddressSetting& setting, const std::string& text) {
    const auto delay = parse_integer(text, {-1, INT32_MAX});
    if (!delay) return delay.error();
    setting.dispatch_after_ms = static_cast<std::int32_t>(std::max<std::int64_t>(*delay, 0));
    return {};
}

/// What an address sets for its queues, and a queue for itself, by other names.
Element queue_settings(bool defaults) {
    const auto name = [defaults](std::string_view of_address, std::string_view of_queue) {
        return defaults ? of_address : of_queue;
    };
    return SchemaOf<AddressSetting>()
        .attribute(name("default-max-consumers", "max-consumers"), &Policy::consumers_max, kApplied,
                   kLimit)
        .attribute(name("default-purge-on-no-consumers", "purge-on-no-consumers"),
                   &Policy::purge_on_no_consumers)
        .attribute(name("default-exclusive-queue", "exclusive"), &Policy::all_consumers_exclusive)
        .attribute(name("default-group-rebalance", "group-rebalance"), &Policy::group_rebalance)
        .attribute(name("default-group-rebalance-pause-dispatch", "group-rebalance-pause-dispatch"),
                   &Policy::group_rebalance_pauses)
        .short_form(name("default-group-buckets", "group-buckets"), set_buckets)
        .attribute(name("default-group-first-key", "group-first-key"), &Policy::group_first_key)
        .attribute(name("default-last-value-key", "last-value-key"), &Policy::last_value_key)
        .short_form(name("default-last-value-queue", "last-value"), set_last_value)
        .attribute(name("default-non-destructive", "non-destructive"), &Policy::non_destructive)
        .attribute(name("default-consumers-before-dispatch", "consumers-before-dispatch"),
                   &Policy::consumers_before_dispatch, kApplied, kNatural)
        .short_form(name("default-delay-before-dispatch", "delay-before-dispatch"),
                    set_dispatch_delay)
        .attribute(name("default-ring-size", "ring-size"), &Policy::ring_size, kApplied, kLimit)
        .done();
}

Element limits() {
    return SchemaOf<AddressSetting>()
        .short_form("max-size-bytes", set_memory)
        .choice<Policy, WhenFull>("address-full-policy", &Policy::when_full,
                                  {{"PAGE", WhenFull::page},
                                   {"DROP", WhenFull::drop},
                                   {"BLOCK", WhenFull::block},
                                   {"FAIL", WhenFull::fail}})
        .attribute("slow-consumer-threshold", &Policy::consumer_rate_min, kApplied, kLimit)
        .attribute("slow-consumer-check-period", &Policy::consumer_rate_period_s, kApplied,
                   {1, 100'000})
        .choice<Policy, BelowRate>("slow-consumer-policy", &Policy::below_rate,
                                   {{"NOTIFY", BelowRate::tell}, {"KILL", BelowRate::close}})
        .short_form("slow-consumer-threshold-measurement-unit",
                    [](AddressSetting&, const std::string& text) -> std::optional<std::string> {
                        if (text == "MESSAGES_PER_SECOND") return {};
                        return "MESSAGES_PER_SECOND, with a threshold to suit";
                    })
        .known<std::string>(
            {"max-size-messages", "page-limit-messages", "page-limit-bytes",
             "max-size-bytes-reject-threshold", "page-full-policy", "page-full-message-policy"},
            no_effect("max-size-bytes and the broker's limits are what counts"))
        .known<std::string>({"page-size-bytes", "page-max-cache-size", "max-read-page-bytes",
                             "max-read-page-messages", "prefetch-page-bytes",
                             "prefetch-page-messages", "initial-queue-buffer-size"},
                            kPages)
        .done();
}

Element lives() {
    return SchemaOf<AddressSetting>()
        .attribute("dead-letter-address", &Policy::dead_letter_address)
        .attribute("expiry-address", &Policy::expiry_address)
        .attribute("expiry-delay", &Policy::expiry_delay_ms, kApplied, kLimit)
        .attribute("min-expiry-delay", &Policy::expiry_delay_min_ms, kApplied, kLimit)
        .attribute("max-expiry-delay", &Policy::expiry_delay_max_ms, kApplied, kLimit)
        .attribute("no-expiry", &Policy::never_expires)
        .attribute("max-delivery-attempts", &Policy::delivery_attempts_max, kApplied, kLimit)
        .attribute("redelivery-delay", &Policy::redelivery_ms, kApplied, kNatural)
        .attribute("redelivery-delay-multiplier", &Policy::redelivery_multiplier)
        .attribute("max-redelivery-delay", &Policy::redelivery_ms_max, kApplied, kLimit)
        .attribute("redelivery-collision-avoidance-factor", &Policy::redelivery_spread)
        .known<bool>({"auto-create-dead-letter-resources", "auto-create-expiry-resources"},
                     no_effect("what dies of all addresses lies on the dead-letter-address, what "
                               "expires on the expiry-address, which are made when needed"))
        .known<std::string>({"dead-letter-queue-prefix", "dead-letter-queue-suffix",
                             "expiry-queue-prefix", "expiry-queue-suffix"},
                            no_effect("there is no queue for each address"))
        .known<bool>({"send-to-dla-on-no-route"},
                     no_effect("what nobody gets is told of by advisories"))
        .done();
}

Element existence() {
    using OnRemoval = PolicyEntry::OnRemoval;
    const std::vector<Named<OnRemoval>> words{{"OFF", OnRemoval::keep},
                                              {"FORCE", OnRemoval::remove}};
    return SchemaOf<AddressSetting>()
        .attribute("auto-create-queues", &Policy::auto_create)
        .alias("auto-create-jms-queues", &Policy::auto_create)
        .attribute("auto-delete-queues", &Policy::auto_delete)
        .alias("auto-delete-jms-queues", &Policy::auto_delete)
        .attribute("retroactive-message-count", &Policy::retroactive_count, kApplied, kNatural)
        .choice<PolicyEntry, OnRemoval>("config-delete-queues", &PolicyEntry::removed_queues, words)
        .choice<PolicyEntry, OnRemoval>("config-delete-diverts", &PolicyEntry::removed_diverts,
                                        words)
        .choice<PolicyEntry, OnRemoval>("config-delete-addresses", &PolicyEntry::removed_topics,
                                        words)
        .known<std::int64_t>({"auto-delete-queues-delay", "auto-delete-queues-message-count"},
                             no_effect("a queue goes at once when it is empty and has no consumer"),
                             kLimit)
        .known<bool>({"auto-delete-created-queues"},
                     no_effect("queues that the document names stay, all others may go"))
        .known<bool>({"auto-delete-queues-skip-usage-check", "auto-create-addresses",
                      "auto-delete-addresses", "auto-delete-addresses-skip-usage-check",
                      "auto-create-jms-topics", "auto-delete-jms-topics"},
                     kCollected)
        .known<std::int64_t>({"auto-delete-addresses-delay"}, kCollected, kLimit)
        .known<std::string>({"default-queue-routing-type", "default-address-routing-type"},
                            kRouting)
        .known<std::int64_t>({"redistribution-delay"}, kNoNetwork, kLimit)
        .known<std::int64_t>(
            {"management-browse-page-size", "management-message-attribute-size-limit",
             "message-counter-history-day-limit", "default-consumer-window-size", "id-cache-size"},
            kHint)
        .known<bool>({"enable-metrics", "enable-ingress-timestamp"}, kHint)
        .known<bool>({"last-value-queue"},
                     rejected("write <default-last-value-queue>, or name the key by "
                              "<default-last-value-key>"))
        .done();
}

const Element& filter_schema() {
    static const Element element =
        SchemaOf<AddressSetting>()
            .alias("string", &broker::Policy::filter)
            .required()
            .check([](const AddressSetting& queue) -> std::optional<std::string> {
                const auto parsed = selector::Selector::parse(queue.filter);
                if (parsed) return {};
                return "is no selector: " + parsed.error().text();
            })
            .done();
    return element;
}

}  // namespace

AddressSetting::AddressSetting() {
    delivery_attempts_max = 10;
    dead_letters.strategy = broker::DeadLetters::Strategy::discard;  // without an address for them
    auto_delete = true;
    when_full = WhenFull::page;
    groups.kind = GroupMap::Kind::simple;
    removed_diverts = OnRemoval::keep;
    removed_topics = OnRemoval::keep;
}

const Element& queue_schema() {
    static const Element element =
        SchemaOf<AddressSetting>()
            .attribute("name", &AddressSetting::name)
            .required()
            .with(queue_settings(false))
            .attribute("enabled", &Policy::enabled)
            .known<bool>({"durable"}, no_effect("a queue that a document names is durable"))
            .known<std::string>({"user"}, no_effect("a queue belongs to nobody here"))
            .read_only_group("filter", filter_schema)
            .values_as_elements()
            .done();
    return element;
}

const Element& address_setting_schema() {
    static const Element element = SchemaOf<AddressSetting>()
                                       .attribute("match", &AddressSetting::name)
                                       .required()
                                       .with(queue_settings(true))
                                       .with(limits())
                                       .with(lives())
                                       .with(existence())
                                       .values_as_elements()
                                       .done();
    return element;
}

}  // namespace tern::config::artemis
