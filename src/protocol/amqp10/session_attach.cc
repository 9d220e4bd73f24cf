#include "base/log.h"
#include "broker/api/errors.h"
#include "protocol/amqp10/address.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/consumer_options.h"
#include "protocol/amqp10/errors.h"
#include "protocol/amqp10/filters.h"
#include "protocol/amqp10/session.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

constexpr std::size_t kLinksMax = 4096;  // of one session, in each direction

const Symbols& outcomes() {
    static const Symbols all{"amqp:accepted:list", "amqp:rejected:list", "amqp:released:list",
                             "amqp:modified:list"};
    return all;
}

bool is_temporary_topic(const Terminus& terminus) {
    return terminus.has_capability("temporary-topic") || terminus.has_capability("topic");
}

/// What a dynamic node is: {lifetime-policy: delete-on-close}.
Bytes lifetime(ByteWriter& out) {
    Compound entries(out, Compound::Type::map);
    put_symbol(out, "lifetime-policy");
    put_descriptor(out, Descriptor::delete_on_close);
    out.u8(0x45);
    entries.end(2);
    return out.bytes();
}

DeliveryState::Type default_outcome_of(const Terminus& source) {
    const auto state = decode_state(source.default_outcome);
    if (!state || !state->is_outcome()) return DeliveryState::Type::released;
    return state->type;
}

}  // namespace

void Session::on(const Attach& attach) {
    const bool in_use = find_producer(attach.handle) != nullptr ||
                        find_consumer(attach.handle) != nullptr ||
                        detached_.contains(attach.handle);
    if (in_use) return end_with(kHandleInUse, "attach on a handle that has a link");
    const std::size_t links = producers_.size() + consumers_.size() + detached_.size();
    if (links >= kLinksMax) {
        return refuse(attach.name, attach.handle, attach.role, kResourceLimit, "too many links");
    }
    if (attach.role == Role::receiver) return attach_consumer(attach);
    if (attach.coordinator) return attach_coordinator(attach);
    attach_producer(attach);
}

Attach Session::answer_to(const Attach& attach) const {
    Attach answer;
    answer.name = attach.name;
    answer.handle = attach.handle;
    answer.role = attach.role == Role::sender ? Role::receiver : Role::sender;
    answer.sender_settles = attach.sender_settles;
    answer.source = attach.source;
    answer.target = attach.target;
    answer.coordinator = attach.coordinator;
    answer.coordinator_capabilities = attach.coordinator_capabilities;
    if (answer.role == Role::sender) answer.initial_delivery_count = 0;
    if (answer.role == Role::receiver) {
        answer.message_bytes_max = connection_.options().message_bytes_max;
    }
    std::ranges::copy_if(attach.desired, std::back_inserter(answer.offered),
                         [delayed = connection_.options().delayed_delivery](auto capability) {
                             return is_offered(capability, delayed);
                         });
    return answer;
}

Buffer Session::encoded(const Attach& answer) {
    ByteWriter out;
    encode(answer, out);
    return out.freeze();
}

void Session::refuse(std::string_view name, std::uint32_t handle, Role role,
                     std::string_view condition, std::string_view description) {
    // Clients look at the terminus and then wait for the detach that says why.
    Attach answer;
    answer.name = name;
    answer.handle = handle;
    answer.role = role == Role::sender ? Role::receiver : Role::sender;
    if (answer.role == Role::sender) answer.initial_delivery_count = 0;
    send(answer);
    send(Detach{.handle = handle,
                .closed = true,
                .error = Error{.condition = condition, .description = description}});
    detached_.insert(handle);
}

void Session::attached(Link& link, const Buffer& answer) {
    ByteWriter& out = connection_.scratch();
    const std::size_t at = begin_frame(out, FrameType::amqp, channel_);
    out.append(answer.bytes());
    end_frame(out, at);
    connection_.output().append(out.bytes());
    out.clear();
    link.attached = true;
}

void Session::attach_coordinator(const Attach& attach) {
    const bool distributed =
        std::ranges::find(attach.coordinator_capabilities, "amqp:distributed-transactions") !=
        attach.coordinator_capabilities.end();
    if (distributed) {
        return refuse(attach.name, attach.handle, attach.role, kNotImplemented,
                      "transactions are local ones");
    }
    auto producer = std::make_unique<Producer>();
    producer->name = attach.name;
    producer->handle = attach.handle;
    producer->kind = Producer::Kind::coordinator;
    Attach answer = answer_to(attach);
    answer.coordinator_capabilities = {"amqp:local-transactions", "amqp:multi-txns-per-ssn",
                                       "amqp:multi-ssns-per-txn"};
    Producer& link = *producers_.emplace(attach.handle, std::move(producer)).first->second;
    attached(link, encoded(answer));
    replenish(link);
}

std::size_t Session::producers() const {
    return static_cast<std::size_t>(std::ranges::count_if(producers_, [](const auto& one) {
        return one.second->kind != Producer::Kind::coordinator;
    }));
}

void Session::attach_producer(const Attach& attach) {
    if (!attach.target) {
        return refuse(attach.name, attach.handle, attach.role, kInvalidField, "no target");
    }
    const std::int32_t most = connection_.wire().limits().producers_max;
    if (most >= 0 && connection_.producers() >= static_cast<std::size_t>(most)) {
        broker_.note_crossed(broker::Limit::producers);
        return refuse(attach.name, attach.handle, attach.role, kResourceLimit,
                      "the connection has as many producers as it may");
    }
    const Terminus& target = *attach.target;
    auto producer = std::make_unique<Producer>();
    producer->name = attach.name;
    producer->handle = attach.handle;
    const Symbols none;
    const Symbols& known = attach.source ? attach.source->outcomes : none;
    producer->rejects =
        known.empty() || std::ranges::find(known, "amqp:rejected:list") != known.end();
    Attach answer = answer_to(attach);
    std::string address;
    ByteWriter properties;
    if (target.dynamic) {
        address = connection_.make_temporary_name();
        const bool topic = is_temporary_topic(target);
        producer->dynamic = std::make_unique<const broker::Destination>(
            topic ? broker::Domain::topic : broker::Domain::queue, true, address);
        producer->to = *producer->dynamic;
        answer.target->address = address;
        answer.target->dynamic_properties = lifetime(properties);
    } else if (target.address.value_or("").empty()) {
        producer->kind = Producer::Kind::relay;
    } else {
        producer->to = broker::Destination(resolve(*target.address, target.capabilities, broker_));
        if (producer->to.name.empty()) {
            return refuse(attach.name, attach.handle, attach.role, kInvalidField, "no address");
        }
        if (producer->to.temporary && !broker_.exists(producer->to.view())) {
            return refuse(attach.name, attach.handle, attach.role, kNotFound,
                          "there is no such temporary destination");
        }
    }
    if (producer->kind == Producer::Kind::node && !producer->dynamic) {
        if (const auto error = broker_.may_publish(producer->to.view())) {
            return refuse(
                attach.name, attach.handle, attach.role, condition_of(error),
                broker::access_text(error, broker_.user(), broker::to_text(producer->to.view())));
        }
    }
    open_producer(std::move(producer), encoded(answer));
}

void Session::open_producer(std::unique_ptr<Producer> producer, Buffer answer) {
    Producer& link = *producer;
    producers_.emplace(link.handle, std::move(producer));
    const bool declared = link.kind == Producer::Kind::node && (link.dynamic || !link.to.temporary);
    if (!declared) {
        opened(link, answer);
        return replenish(link);
    }
    const broker::Destination to = link.to;
    broker_.declare(
        to, connection_.then([&connection = connection_, serial = serial_, handle = link.handle,
                              answer = std::move(answer)](std::error_code error) {
            Session* const self = connection.find_session(serial);
            Producer* const opened = self == nullptr ? nullptr : self->find_producer(handle);
            if (opened == nullptr) return;
            const auto detach = opened->detach_closed;
            if (error) {
                const std::string name = opened->name;
                self->producers_.erase(handle);
                self->refuse(name, handle, Role::sender, condition_of(error), error.message());
            } else {
                self->opened(*opened, answer);
                self->replenish(*opened);
            }
            if (detach) self->on(Detach{.handle = handle, .closed = *detach});
        }));
}

void Session::opened(Producer& link, const Buffer& answer) {
    if (link.kind == Producer::Kind::node) {
        link.number = connection_.next_producer();
        broker_.add_producer(link.number, link.to);
    }
    attached(link, answer);
}

void Session::attach_consumer(const Attach& attach) {
    if (!attach.source || (!attach.source->address && !attach.source->dynamic)) {
        return attach_to_subscription(attach);
    }
    const Terminus& source = *attach.source;
    auto filters = read_filters(source.filter);
    if (!filters) {
        return refuse(attach.name, attach.handle, attach.role, kInvalidField,
                      "malformed filter set");
    }
    if (!source.dynamic && source.address.value_or("").empty()) {
        return refuse(attach.name, attach.handle, attach.role, kInvalidField, "no address");
    }
    auto consumer = std::make_unique<Consumer>(*this);
    consumer->name = attach.name;
    consumer->handle = attach.handle;
    consumer->presettled = attach.sender_settles == SenderSettles::settled;
    consumer->default_outcome = default_outcome_of(source);
    Attach answer = answer_to(attach);
    answer.source->outcomes = outcomes();
    answer.source->filter = filters->supported.bytes();
    std::string address;
    ByteWriter properties;
    broker::Subscribe command;
    if (source.dynamic) {
        address = connection_.make_temporary_name();
        const bool topic = is_temporary_topic(source);
        consumer->dynamic = std::make_unique<const broker::Destination>(
            topic ? broker::Domain::topic : broker::Domain::queue, true, address);
        broker_.declare(*consumer->dynamic, {});
        command.destinations = {*consumer->dynamic};
        answer.source->address = address;
        answer.source->dynamic_properties = lifetime(properties);
    } else {
        command.destinations =
            broker::elements(resolve(*source.address, source.capabilities, broker_));
        if (command.destinations.empty()) {
            return refuse(attach.name, attach.handle, attach.role, kInvalidField, "no address");
        }
    }
    std::string problem = apply_consumer_options(source.address.value_or(""), command);
    if (!filters->selector.empty()) command.selector = filters->selector;
    command.no_local = command.no_local || filters->no_local;
    if (problem.empty() && !command.selector.empty()) {
        problem = broker_.selector_problem(command.selector);
    }
    if (!problem.empty()) {
        return refuse(attach.name, attach.handle, attach.role, kInvalidField, problem);
    }
    const bool queue = command.destinations.front().domain == broker::Domain::queue;
    if (!queue && !source.dynamic) name_subscription(attach.name, source, command);
    if (command.subscription && !command.transient) consumer->durable = command.subscription->key;
    consumer->browser = queue && source.distribution_mode == "copy";
    if (consumer->browser) command.mode = broker::Subscribe::Mode::browse;
    open_consumer(std::move(consumer), std::move(command), encoded(answer));
}

void Session::name_subscription(std::string_view link, const Terminus& source,
                                broker::Subscribe& command) const {
    const bool shared = source.has_capability("shared");
    const bool global = source.has_capability("global");
    if (source.durable == 0 && !shared) return;
    broker::NamedSubscription named;
    // What stands behind the bar only makes link names unique.
    named.key.name = shared ? link.substr(0, link.find('|')) : link;
    if (!global) named.key.client_id = connection_.container_id();
    named.shared = shared;
    command.transient = source.durable == 0;
    if (command.transient) named.key.name += ":shared-volatile";
    command.subscription = std::move(named);
}

void Session::attach_to_subscription(const Attach& attach) {
    // Without a source the link's name is that of a subscription, to go on with or to delete.
    const bool global = attach.name.find("|global") != std::string_view::npos;
    broker::SubscriptionKey key{.client_id = global ? std::string() : connection_.container_id(),
                                .name = std::string(attach.name)};
    broker::QueueInfoPtr found = broker_.find_subscription(key);
    if (found == nullptr) {
        key.name = attach.name.substr(0, attach.name.find('|'));
        found = broker_.find_subscription(key);
    }
    if (found == nullptr) {
        return refuse(attach.name, attach.handle, attach.role, kNotFound,
                      "there is no such subscription");
    }
    const broker::NamedSubscription& named = *found->subscription;
    ByteWriter filter;
    write_filters(named.selector, named.no_local, filter);
    Attach answer = answer_to(attach);
    Terminus& source = answer.source.emplace();
    source.address = found->bindings.front().name;
    source.durable = 2;
    source.expiry_policy = "never";
    source.distribution_mode = "copy";
    source.filter = filter.bytes();
    source.outcomes = outcomes();
    source.capabilities = {"topic"};
    if (named.shared) source.capabilities.emplace_back("shared");
    if (global) source.capabilities.emplace_back("global");
    auto consumer = std::make_unique<Consumer>(*this);
    consumer->name = attach.name;
    consumer->handle = attach.handle;
    consumer->presettled = attach.sender_settles == SenderSettles::settled;
    consumer->durable = key;
    consumer->named = named;
    consumer->topics = found->bindings;
    Consumer& link = *consumer;
    consumers_.emplace(attach.handle, std::move(consumer));
    attached(link, encoded(answer));
}

void Session::resume(Consumer& consumer) {
    // Only now does it consume: who came to delete the subscription does not get in its way.
    broker::Subscribe command;
    command.destinations = std::exchange(consumer.topics, {});
    command.selector = consumer.named->selector;
    command.no_local = consumer.named->no_local;
    command.subscription = std::move(*consumer.named);
    consumer.named.reset();
    consumer.number = connection_.add_consumer(consumer);
    command.consumer = consumer.number;
    command.token = connection_.then(
        [&connection = connection_, number = consumer.number](std::error_code error) {
            Consumer* const resumed = connection.find_consumer(number);
            if (resumed == nullptr || !error) return;
            resumed->session.detach_link(resumed->handle, condition_of(error), error.message());
        });
    broker_.subscribe(std::move(command));
}

void Session::open_consumer(std::unique_ptr<Consumer> consumer, broker::Subscribe command,
                            Buffer answer) {
    Consumer& link = *consumer;
    link.number = connection_.add_consumer(link);
    consumers_.emplace(link.handle, std::move(consumer));
    command.consumer = link.number;
    command.token = connection_.then([&connection = connection_, number = link.number,
                                      answer = std::move(answer)](std::error_code error) {
        Consumer* const opened = connection.find_consumer(number);
        if (opened == nullptr) return;
        Session& self = opened->session;
        const std::uint32_t handle = opened->handle;
        const auto detach = opened->detach_closed;
        if (error) {
            const std::string name = opened->name;
            self.drop_consumer(handle, true);
            self.refuse(name, handle, Role::receiver, condition_of(error), error.message());
        } else {
            self.attached(*opened, answer);
        }
        if (detach) self.on(Detach{.handle = handle, .closed = *detach});
    });
    broker_.subscribe(std::move(command));
}

void Session::on(const Detach& detach) {
    if (detached_.erase(detach.handle) > 0) return;
    Consumer* const consumer = find_consumer(detach.handle);
    Producer* const producer = find_producer(detach.handle);
    Link* const link = consumer != nullptr ? static_cast<Link*>(consumer) : producer;
    if (link == nullptr) return end_with(kUnattachedHandle, "detach of no link");
    if (!link->attached) {
        link->detach_closed = detach.closed;
        return;
    }
    flush_accepted();
    if (consumer != nullptr && detach.closed && consumer->durable) {
        return forget_subscription(*consumer);
    }
    if (consumer != nullptr) {
        drop_consumer(detach.handle, detach.closed);
    } else {
        drop_producer(detach.handle, detach.closed);
    }
    send(Detach{.handle = detach.handle, .closed = detach.closed});
}

void Session::forget_subscription(Consumer& consumer) {
    const std::uint32_t handle = consumer.handle;
    const broker::SubscriptionKey key = *consumer.durable;
    // Who came to delete it must hear why that cannot be; the last of several consumers deletes it.
    const bool deletes = consumer.named.has_value();
    drop_consumer(handle, true);
    detached_.insert(handle);
    broker_.forget_subscription(key, connection_.then([&connection = connection_, serial = serial_,
                                                       handle, deletes](std::error_code error) {
        Session* const self = connection.find_session(serial);
        if (self == nullptr || self->detached_.erase(handle) == 0) return;
        Detach answer{.handle = handle, .closed = true};
        const std::string text = error.message();
        if (error && deletes) {
            answer.error = Error{.condition = condition_of(error), .description = text};
        }
        self->send(answer);
    }));
}

void Session::detach_link(std::uint32_t handle, std::string_view condition,
                          std::string_view description) {
    log::warning("amqp10", "{}: link closed: {}", connection_.wire().peer(), description);
    flush_accepted();
    if (find_consumer(handle) != nullptr) {
        drop_consumer(handle, false);
    } else {
        drop_producer(handle, false);
    }
    send(Detach{.handle = handle,
                .closed = true,
                .error = Error{.condition = condition, .description = description}});
    detached_.insert(handle);
}

void Session::cancelled(Consumer& consumer) {
    connection_.forget_consumer(std::exchange(consumer.number, {}));
    detach_link(consumer.handle, kResourceDeleted, "the broker has closed the consumer");
}

void Session::revoked(Consumer& consumer) {
    connection_.forget_consumer(std::exchange(consumer.number, {}));
    detach_link(consumer.handle, kUnauthorized, "the user may not read that any more");
}

void Session::drop_producer(std::uint32_t handle, bool closed) {
    const auto found = producers_.find(handle);
    if (found == producers_.end()) return;
    const std::unique_ptr<Producer> dropped = std::move(found->second);
    producers_.erase(found);
    const Producer& producer = *dropped;
    if (producer.kind == Producer::Kind::coordinator) roll_back_all(handle);
    if (producer.number != 0) broker_.remove_producer(producer.number);
    if (closed && producer.dynamic) broker_.remove(*producer.dynamic, {});
}

void Session::drop_consumer(std::uint32_t handle, bool closed) {
    const auto dropped = consumers_.extract(handle);
    if (dropped.empty()) return;
    Consumer& consumer = *dropped.mapped();
    flush_settlement();
    forget_pending(consumer);
    boost::unordered::erase_if(
        unsettled_, [&](const auto& entry) { return entry.second.consumer == &consumer; });
    if (consumer.number) {
        connection_.forget_consumer(consumer.number);
        broker_.unsubscribe(consumer.number, {}, {});
    }
    if (closed && consumer.dynamic) broker_.remove(*consumer.dynamic, {});
}

}  // namespace tern::amqp10
