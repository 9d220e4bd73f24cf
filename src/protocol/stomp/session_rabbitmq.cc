#include "broker/api/errors.h"
#include "broker/route/errors.h"
#include "broker/route/exchange_broker.h"
#include "bytes/crc32c.h"
#include "protocol/stomp/number.h"
#include "protocol/stomp/rabbitmq.h"
#include "protocol/stomp/send.h"
#include "protocol/stomp/session.h"

#include <fmt/format.h>

namespace tern::stomp {
namespace {

using Kind = RabbitDestination::Kind;
using broker::Domain;

constexpr std::string_view kTemporary = "/temp-queue/";

bool is_true(const Frame& frame, std::string_view name) {
    return frame.get(name) == "true" || frame.get(name) == "True";
}

/// Lasts longer than its subscription.
bool is_durable(const Frame& frame) {
    return is_true(frame, "durable") || is_true(frame, "persistent");
}

/// What the frame says of a queue that may have to be made.
void read_arguments(const Frame& frame, broker::QueueOptions& options) {
    options.vhost = broker::kDefaultVhost;
    options.message_ttl_ms =
        parse_number<std::int64_t>(frame.get("x-message-ttl")).value_or(options.message_ttl_ms);
    options.expires_ms =
        parse_number<std::int64_t>(frame.get("x-expires")).value_or(options.expires_ms);
    options.messages_max =
        parse_number<std::int64_t>(frame.get("x-max-length")).value_or(options.messages_max);
    options.bytes_max =
        parse_number<std::int64_t>(frame.get("x-max-length-bytes")).value_or(options.bytes_max);
    const auto exchange = frame.find("x-dead-letter-exchange");
    if (exchange) options.dead_letter_exchange = std::string(*exchange);
    const auto key = frame.find("x-dead-letter-routing-key");
    if (key) options.dead_letter_key = std::string(*key);
}

bool names_no_queue(const RabbitDestination& one) {
    const bool queue = one.kind != Kind::exchange && one.kind != Kind::topic;
    return queue && (one.name.empty() || broker::is_pattern(one.name));
}

}  // namespace

/// Nothing when it was refused.
std::optional<RabbitDestination> Session::rabbit_destination(const Frame& frame) {
    const std::string_view id = frame.get("receipt");
    auto named = parse_rabbitmq(frame.get("destination"));
    if (!named) {
        fail(id, named.error());
        return {};
    }
    if (named->kind == Kind::temporary || names_no_queue(*named)) {
        fail(id, fmt::format("'{}' is not a valid destination", frame.get("destination")));
        return {};
    }
    const bool there =
        named->kind == Kind::existing ? broker_.exists({Domain::queue, false, named->name})
        : named->kind == Kind::exchange
            ? broker_.exchanges().topology().find(broker::kDefaultVhost, named->name) != nullptr
            : true;
    if (!there) {
        fail_for_good(id, fmt::format("not_found: {}", frame.get("destination")));
        return {};
    }
    return std::move(*named);
}

/// The queue for answers behind a name that only this connection knows, with its subscription.
broker::Destination Session::reply_queue(std::string_view alias) {
    const auto found = temporaries_.find(alias);
    if (found != temporaries_.end()) return found->second;
    broker::Destination queue(
        Domain::queue, false,
        fmt::format("stomp-reply-{}-{}", connection_id_, temporaries_.size() + 1));
    temporaries_.emplace(alias, queue);
    broker_.exchanges().declare_queue(queue.name, {.durable = false, .exclusive = true}, {});
    open_subscription({.id = alias, .destination = alias, .receipt = {}, .frame = nullptr}, queue);
    return queue;
}

void Session::send_rabbitmq(const Frame& frame, const Buffer* owner) {
    const std::string_view id = frame.get("receipt");
    const auto to = rabbit_destination(frame);
    if (!to) return;
    const auto transaction = transaction_of(frame);
    if (!transaction) return;
    std::optional<broker::Destination> reply_to;
    const std::string_view reply = frame.get("reply-to");
    if (reply.starts_with(kTemporary)) {
        reply_to = reply_queue(reply);
    } else if (const auto named = parse_rabbitmq(reply); named && !names_no_queue(*named)) {
        if (named->kind == Kind::topic) reply_to.emplace(Domain::topic, false, named->key);
        if (named->kind != Kind::topic && named->kind != Kind::exchange) {
            reply_to.emplace(Domain::queue, false, named->name);
        }
    }
    const bool exchange = to->kind == Kind::exchange;
    const bool topic = to->kind == Kind::topic;
    const std::string message_id = fmt::format("{}:-1:1:{}", connection_id_, ++last_message_);
    const std::string_view key = exchange || topic ? to->key : to->name;
    const auto message =
        make_message(frame,
                     {.to = {topic ? Domain::topic : Domain::queue, false, key},
                      .exchange = exchange ? std::string_view(to->name) : std::string_view(),
                      .reply_to = reply_to ? std::optional(reply_to->view()) : std::nullopt,
                      .message_id = message_id,
                      .now_ms = broker_.wall_ms(),
                      .owner = owner},
                     scratch_);
    if (!message) return fail(id, message.error());
    const broker::Token token = pending(frame, std::string(frame.get("destination")));
    if (!exchange) {
        return broker_.publish({.to = {topic ? Domain::topic : Domain::queue, false, key},
                                .message = *message,
                                .transaction = *transaction,
                                .token = token});
    }
    // That nobody wanted it is no error here.
    const broker::Token routed = pending({}, {}, [this, token](std::error_code error) {
        completed(token, error == broker::RouteErrc::no_route ? std::error_code() : error);
    });
    broker_.exchanges().publish(
        {.to = {.vhost = broker::kDefaultVhost, .exchange = to->name, .keys = {&key, 1}},
         .message = *message,
         .transaction = *transaction,
         .token = routed});
}

void Session::subscribe_rabbitmq(const Frame& frame) {
    const std::string_view receipt_id = frame.get("receipt");
    const std::string_view id = frame.get("id");
    if (id.empty() && (version_ != Version::v1_0 || is_durable(frame))) {
        return fail(receipt_id, "Missing Header: id");
    }
    if (id.starts_with(kTemporary)) return fail(receipt_id, "Invalid id");
    if (!id.empty() && find_subscription(id, {}) != nullptr) {
        return fail(receipt_id, "Duplicated subscription identifier: " + std::string(id));
    }
    const auto to = rabbit_destination(frame);
    if (!to) return;
    broker::Destination queue(Domain::queue, false, to->name);
    broker::QueueOptions options;
    const bool routed = to->kind == Kind::exchange || to->kind == Kind::topic;
    if (routed) {
        const bool lasts = is_durable(frame);
        queue.name =
            frame.find("x-queue-name") ? std::string(frame.get("x-queue-name"))
            : lasts                    ? durable_queue(id, frame.get("destination"))
                    : fmt::format("stomp-subscription-{}-{}", connection_id_, last_consumer_ + 1);
        if (broker::is_pattern(queue.name)) return fail(receipt_id, "Invalid x-queue-name");
        options.durable = lasts;
        options.exclusive = !lasts;
        options.auto_delete = !lasts;
    }
    read_arguments(frame, options);
    if (routed || options != broker::QueueOptions{.vhost = std::string(broker::kDefaultVhost)}) {
        broker_.exchanges().declare_queue(queue.name, options, {});
    }
    if (routed) {
        broker_.exchanges().bind({.vhost = std::string(broker::kDefaultVhost),
                                  .source = to->name,
                                  .to_exchange = false,
                                  .destination = queue.name,
                                  .key = to->key},
                                 {});
    }
    open_subscription(
        {.id = id, .destination = frame.get("destination"), .receipt = receipt_id, .frame = &frame},
        queue);
}

/// The same for each subscription of the same id to the same destination, of any connection.
std::string Session::durable_queue(std::string_view id, std::string_view destination) {
    return fmt::format("stomp-subscription-{}-{:08x}", id, crc32c(as_bytes(destination)));
}

void Session::unsubscribe_rabbitmq(const Frame& frame) {
    const Subscribed* const found = find_subscription(frame.get("id"), frame.get("destination"));
    if (found == nullptr || frame.get("id").starts_with(kTemporary)) {
        return fail(frame.get("receipt"), "Subscription not found");
    }
    const broker::ConsumerNumber consumer = found->window.number();
    const std::string queue = is_durable(frame) ? durable_queue(found->id, found->destination) : "";
    broker_.unsubscribe(consumer, found->window.unacknowledged(),
                        pending(queue.empty() ? frame : Frame(), "id"));
    forget(consumer);
    if (!queue.empty()) broker_.exchanges().remove_queue(queue, {}, pending(frame, queue));
}

}  // namespace tern::stomp
