#include "base/log.h"
#include "broker/api/errors.h"
#include "protocol/stomp/hub.h"
#include "protocol/stomp/number.h"
#include "protocol/stomp/rabbitmq.h"
#include "protocol/stomp/session.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::stomp {
namespace {

constexpr std::uint32_t kQueuePrefetch = 1000;
constexpr std::uint32_t kTopicPrefetch = 32767;
constexpr std::uint32_t kDurablePrefetch = 100;
constexpr std::uint32_t kBrowserPrefetch = 500;
// ActiveMQ's way to have "5" be less than 10 in a selector: STOMP knows nothing but texts.
constexpr std::string_view kSelectorPrefix = "convert_string_expressions:";

AckMode mode_of(std::string_view text) {
    if (text == "client") return AckMode::client;
    if (text == "client-individual") return AckMode::individual;
    return AckMode::automatic;
}

std::uint32_t prefetch_of(const Frame& frame, bool topic, bool durable, bool browser) {
    if (const auto asked = parse_number<std::uint32_t>(frame.get("activemq.prefetchSize")))
        return *asked;
    if (browser) return kBrowserPrefetch;
    if (durable) return kDurablePrefetch;
    return topic ? kTopicPrefetch : kQueuePrefetch;
}

/// What a client gets to see of why a command was refused.
std::string word(std::error_code error, std::string_view about) {
    if (error == broker::Errc::subscription_in_use) {
        return fmt::format("Durable consumer is in use for {}", about);
    }
    return fmt::format("{}: {}", error.message(), about);
}

}  // namespace

Session::Subscribed* Session::find(broker::ConsumerNumber number) {
    const auto found = subscriptions_.find(number);
    return found == subscriptions_.end() ? nullptr : found->second.get();
}

Session::Subscribed* Session::find_subscription(std::string_view id, std::string_view destination) {
    for (const auto& [number, one] : subscriptions_) {
        if (id.empty() ? one->destination == destination : one->id == id) return one.get();
    }
    return nullptr;
}

std::string Session::subscribe_problem(const Frame& frame, const std::vector<Named>& named) const {
    if (named.empty()) return "Invalid empty or 'null' Destination header";
    const bool id = frame.find("id").has_value();
    if (version_ != Version::v1_0 && !id) {
        return "SUBSCRIBE received without a subscription id header";
    }
    if (frame.get("browser") == "true" && version_ == Version::v1_0) {
        return "Queue Browser feature only valid for Stomp v1.1+ clients!";
    }
    const bool topics = std::ranges::all_of(
        named, [](const Named& one) { return one.domain == broker::Domain::topic; });
    if (frame.find("activemq.subscriptionName") && !topics) {
        return "Invalid Subscription: cannot durably subscribe to a Queue destination!";
    }
    if (const auto selector = frame.find("selector"); selector && !selector->empty()) {
        const std::string problem =
            broker_.selector_problem(std::string(kSelectorPrefix).append(*selector));
        if (!problem.empty()) return "Invalid selector " + problem + ": " + std::string(*selector);
    }
    return {};
}

void Session::on_subscribe(const Frame& frame) {
    if (options_.rabbitmq) return subscribe_rabbitmq(frame);
    const std::string_view receipt_id = frame.get("receipt");
    const std::vector<Named> named = parse_destinations(frame.get("destination"));
    const std::string problem = subscribe_problem(frame, named);
    if (!problem.empty()) return fail(receipt_id, problem);
    const std::string_view id = frame.get("id");
    if (!id.empty() && find_subscription(id, {}) != nullptr) {
        return fail(receipt_id, "There already is a subscription for: " + std::string(id));
    }
    broker::Subscribe command;
    for (const Named& one : named) command.destinations.push_back(resolve(one));
    const bool topic = named.front().domain == broker::Domain::topic;
    const bool browser = frame.get("browser") == "true" && !topic;
    const auto durable = frame.find("activemq.subscriptionName");
    if (browser) command.mode = broker::Subscribe::Mode::browse;
    if (const auto selector = frame.find("selector"); selector && !selector->empty()) {
        command.selector = std::string(kSelectorPrefix).append(*selector);
    }
    command.exclusive = frame.get("activemq.exclusive") == "true";
    command.no_local =
        topic && (frame.get("activemq.noLocal") == "true" || frame.get("no-local") == "true");
    command.retroactive = frame.get("activemq.retroactive") == "true";
    command.priority = std::clamp<std::int16_t>(
        parse_number<std::int16_t>(frame.get("activemq.priority")).value_or(0), -128, 127);
    command.pending_max =
        parse_number<std::int32_t>(frame.get("activemq.maximumPendingMessageLimit")).value_or(0);
    if (durable) {
        command.subscription.emplace();
        command.subscription->key = {client_id_, std::string(*durable)};
    }
    const AckMode mode = browser ? AckMode::automatic : mode_of(frame.get("ack"));
    const std::uint32_t prefetch = prefetch_of(frame, topic, durable.has_value(), browser);
    command.consumer = broker::ConsumerNumber{++last_consumer_};
    auto made = std::make_unique<Subscribed>(command.consumer, mode, prefetch);
    made->id = id;
    made->destination = frame.get("destination");
    made->browser = browser;
    made->transformation = frame.get("transformation");
    open(std::move(command), std::move(made), receipt_id,
         durable.value_or(frame.get("destination")));
}

void Session::open(broker::Subscribe command, std::unique_ptr<Subscribed> made,
                   std::string_view receipt_id, std::string_view about) {
    command.credit = made->window.prefetch();
    subscriptions_.emplace(command.consumer, std::move(made));
    // The broker answers before it delivers: the receipt comes before the first message.
    command.token = pending(
        {}, {},
        [this, number = command.consumer, id = std::string(receipt_id), about = std::string(about),
         from = broker::to_text(command.destinations.front().view())](std::error_code error) {
            if (!error) return receipt(id);
            subscriptions_.erase(number);
            const std::string denied = broker::access_text(error, broker_.user(), from);
            fail(id, denied.empty() ? word(error, about) : denied);
        });
    broker_.subscribe(std::move(command));
}

void Session::open_subscription(const Opening& opening, const broker::Destination& queue) {
    const Frame none;
    const Frame& frame = opening.frame == nullptr ? none : *opening.frame;
    broker::Subscribe command;
    command.consumer = broker::ConsumerNumber{++last_consumer_};
    command.destinations = {queue};
    const auto asked = parse_number<std::uint32_t>(frame.get("prefetch-count")).value_or(0);
    auto made =
        std::make_unique<Subscribed>(command.consumer, mode_of(frame.get("ack")),
                                     asked == 0 ? kQueuePrefetch : std::min(asked, kTopicPrefetch));
    made->id = opening.id;
    made->destination = opening.destination;
    open(std::move(command), std::move(made), opening.receipt, opening.destination);
}

void Session::on_unsubscribe(const Frame& frame) {
    if (options_.rabbitmq) return unsubscribe_rabbitmq(frame);
    if (const auto durable = frame.find("activemq.subscriptionName")) {
        return forget_durable(frame, *durable);
    }
    const auto id = frame.find("id");
    if (!id && (version_ != Version::v1_0 || !frame.find("destination"))) {
        return fail(frame.get("receipt"),
                    "Must specify the subscription you are unsubscribing from");
    }
    Subscribed* const found =
        find_subscription(id.value_or(std::string_view()), frame.get("destination"));
    if (found == nullptr) return fail(frame.get("receipt"), "No subscription matched.");
    broker_.unsubscribe(found->window.number(), found->window.unacknowledged(),
                        pending(frame, frame.get("id").empty() ? "?" : "id"));
    forget(found->window.number());
}

void Session::forget(broker::ConsumerNumber number) {
    erase_if(held_, [&](const Held& one) { return one.consumer == number; });
    subscriptions_.erase(number);
}

void Session::forget_durable(const Frame& frame, std::string_view name) {
    // A client of 1.0 may not know its client id: there it is the subscription's name.
    const bool anonymous = version_ == Version::v1_0 && client_id_ == connection_id_;
    const std::string receipt_id(frame.get("receipt"));
    const broker::Token token =
        pending({}, {}, [this, receipt_id, name = std::string(name)](std::error_code error) {
            if (error) return fail(receipt_id, word(error, name));
            receipt(receipt_id);
        });
    broker_.forget_subscription({anonymous ? std::string(name) : client_id_, std::string(name)},
                                token);
}

Session::Found Session::find_by_message_id(std::string_view id, std::string_view subscription) {
    for (const auto& [number, one] : subscriptions_) {
        if (!subscription.empty() && one->id != subscription) continue;
        if (const auto position = one->window.find(id)) return {one.get(), *position};
    }
    return {};
}

Session::Found Session::find_unacked(const Frame& frame) {
    if (version_ != Version::v1_2) {
        return find_by_message_id(frame.get("message-id"), frame.get("subscription"));
    }
    const std::string_view id = frame.get("id");
    const std::size_t dash = id.find('-');
    if (dash == std::string_view::npos) return {};
    const auto consumer = parse_number<std::uint32_t>(id.substr(0, dash));
    const auto message = parse_number<std::uint64_t>(id.substr(dash + 1));
    Subscribed* const one = consumer ? find(broker::ConsumerNumber{*consumer}) : nullptr;
    if (one == nullptr || !message) return {};
    const auto position = one->window.find(*message);
    return position ? Found{one, *position} : Found{};
}

void Session::on_ack(const Frame& frame, bool positive) {
    const std::string_view receipt_id = frame.get("receipt");
    const std::string_view command = positive ? "ACK" : "NACK";
    if (!positive && version_ == Version::v1_0) {
        return fail(receipt_id, "NACK received but connection is in v1.0 mode.");
    }
    const bool by_id = version_ == Version::v1_2;
    if (!frame.find(by_id ? "id" : "message-id")) {
        return fail(receipt_id, fmt::format("{} received without a {} for acknowledge!", command,
                                            by_id ? "ack id" : "message-id"));
    }
    const auto transaction = transaction_of(frame);
    if (!transaction) return;
    const Found found = find_unacked(frame);
    if (found.subscribed == nullptr) {
        return fail(receipt_id, fmt::format("Unexpected {} received for message-id [{}]", command,
                                            frame.get(by_id ? "id" : "message-id")));
    }
    Subscription& window = found.subscribed->window;
    if (positive) {
        const auto tags = window.acknowledge(found.position, *transaction);
        broker_.settle(window.number(), tags, broker::Outcome::accept, *transaction);
    } else if (*transaction) {
        return fail(receipt_id, "NACK cannot be part of a transaction");
    } else if (options_.rabbitmq) {
        const auto tags = window.acknowledge(found.position, {});
        if (frame.get("requeue") == "false") {
            broker_.reject(window.number(), tags, "The client sent NACK");
        } else {
            broker_.settle(window.number(), tags, broker::Outcome::fail, {});
        }
    } else {
        const broker::DeliveryTag tag = window.take(found.position);
        broker_.reject(window.number(), {&tag, 1}, "The client sent NACK");
    }
    grant(*found.subscribed);
    receipt(receipt_id);
}

void Session::grant(Subscribed& to) {
    if (const std::uint32_t credit = to.window.take_grant(); credit > 0) {
        broker_.grant(to.window.number(), credit);
    }
}

void Session::deliver(broker::ConsumerNumber number, const broker::QueueInfo& queue,
                      std::span<const broker::Delivery> deliveries) {
    Subscribed* const to = find(number);
    if (to == nullptr || state_ == State::closed) return;
    const broker::Destination& from = queue.bindings.front();
    for (const broker::Delivery& one : deliveries) {
        forward(number, *to, from, queue.is_subscription(), one);
    }
    grant(*to);
}

void Session::browsed(broker::ConsumerNumber number, const broker::QueueInfo& queue,
                      std::span<const broker::Delivery> content, bool last) {
    Subscribed* const to = find(number);
    if (to == nullptr || state_ == State::closed) return;
    const broker::Destination from =
        queue.bindings.empty() ? broker::Destination() : queue.bindings.front();
    for (const broker::Delivery& one : content) forward(number, *to, from, false, one);
    if (last && !std::exchange(to->browsed, true)) forward(number, *to, from, false, {});
    grant(*to);
}

void Session::forward(broker::ConsumerNumber number, Subscribed& to,
                      const broker::Destination& from, bool is_subscription,
                      const broker::Delivery& delivery) {
    if (!held_.empty() || wire_.output().size() >= protocol::Wire::kOutputBytesHigh) {
        held_.push_back({number, from, is_subscription, delivery});
    } else if (delivery.message != nullptr) {
        send_message(to, from, is_subscription, delivery);
    } else {
        send_browse_end(to);
    }
}

void Session::drained() {
    while (!held_.empty() && wire_.output().size() < protocol::Wire::kOutputBytesHigh) {
        const Held one = std::move(held_.front());
        held_.pop_front();
        Subscribed* const to = find(one.consumer);
        if (to == nullptr) continue;
        if (one.delivery.message != nullptr) {
            send_message(*to, one.from, one.is_subscription, one.delivery);
            grant(*to);
        } else {
            send_browse_end(*to);
        }
    }
}

Result<MessagePtr> Session::native(const MessagePtr& stored) {
    if (stored->header().format == Format::stomp) return stored;
    // Subscriptions of one connection often get the same message one after the other.
    if (last_foreign_ == stored) return last_native_;
    const auto hub = formats_.read(*stored);
    if (!hub) return failure(hub.error());
    last_foreign_ = stored;
    last_native_ = from_hub(*hub);
    return last_native_;
}

void Session::send_message(Subscribed& to, const broker::Destination& from, bool is_subscription,
                           const broker::Delivery& delivery) {
    const auto message = native(delivery.message);
    const auto stored =
        message ? read_head((*message)->native()) : Result<StoredHead>(failure(message.error()));
    Subscription& window = to.window;
    if (!stored) {
        log::error("stomp", "{}: a stored message cannot be read: {}", wire_.peer(),
                   stored.error().message());
        if (!to.browser) {
            broker_.reject(window.number(), {&delivery.tag, 1}, stored.error().message());
        }
        return window.done();
    }
    // A queue is what its messages come from, whatever they were sent to.
    const broker::DestinationView source = is_subscription ? stored->to : from.view();
    const bool moved = stored->to != source && !stored->to.name.empty();
    const std::string destination = options_.rabbitmq ? rabbitmq_name(*stored) : name_of(source);
    const std::string original = moved && !options_.rabbitmq ? name_of(stored->to) : std::string();
    const std::string reply_to = stored->reply_to ? reply_name(*stored->reply_to) : std::string();
    const bool automatic = window.mode() == AckMode::automatic;
    const std::string ack = automatic || version_ != Version::v1_2
                                ? std::string()
                                : fmt::format("{}-{}", window.number().value, window.next_number());
    const MessagePtr shown = transformed(*message, *stored, to.transformation);
    write_message(*shown, shown == *message ? *stored : *read_head(shown->native()),
                  {.version = version_,
                   .subscription = to.id,
                   .ack = ack,
                   .destination = destination,
                   .reply_to = reply_to,
                   .original_destination = original,
                   .redelivered = delivery.failures > 0},
                  scratch_, out());
    if (!automatic) {
        window.sent(delivery.tag,
                    version_ == Version::v1_2 ? std::string() : std::string(stored->message_id));
        return;
    }
    if (!to.browser) {
        broker_.settle(window.number(), {&delivery.tag, 1}, broker::Outcome::accept, {});
    }
    window.done();
}

void Session::send_browse_end(const Subscribed& to) {
    scratch_.clear();
    HeadWriter head("MESSAGE", version_, scratch_);
    head.header("subscription", to.id);
    head.plain_header("browser", "end");
    head.header("destination", to.destination);
    head.plain_header("message-id", "0");
    head.end();
    scratch_.append(kFrameEnd);
    out().append(scratch_.bytes());
}

}  // namespace tern::stomp
