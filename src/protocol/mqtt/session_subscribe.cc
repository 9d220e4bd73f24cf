#include "broker/api/errors.h"
#include "protocol/mqtt/codec/topics.h"
#include "protocol/mqtt/retained.h"
#include "protocol/mqtt/session.h"
#include "protocol/mqtt/virtual_topics.h"

#include <memory>

namespace tern::mqtt {
namespace {

/// Without the group of a shared one.
std::string_view plain(std::string_view filter) {
    const auto shared = parse_shared(filter);
    return shared ? shared->filter : filter;
}

broker::SubscriptionKey key_of(std::string_view filter, Channel channel,
                               std::string_view client_id) {
    if (channel == Channel::shared) return {"$share", std::string(filter)};
    return {std::string(client_id), "mqtt:" + std::string(filter)};
}

bool is_denied(std::error_code error) {
    return !broker::access_text(error, {}, {}).empty() || error == broker::Errc::connection_full;
}

Reason reason_of(std::error_code denial, bool v5) {
    if (!v5) return Reason::unspecified_error;
    return denial == broker::Errc::connection_full ? Reason::quota_exceeded
                                                   : Reason::not_authorized;
}

}  // namespace

/// A SUBSCRIBE or UNSUBSCRIBE until everything it asks for is done.
struct Session::SubscribeProgress {
    SubAck ack;
    std::size_t left = 1;  ///< one is ours, until all has been asked for
    bool failed = false;
    /// To be sent what is retained, once the answer is out.
    std::vector<std::pair<std::string, Subscription>> fresh = {};
};

broker::Token Session::step(const std::shared_ptr<SubscribeProgress>& progress, bool may_fail) {
    ++progress->left;
    return then([this, progress, may_fail](std::error_code error) {
        progress->failed |= error && !may_fail;
        finish(progress);
    });
}

void Session::on(const Subscribe& subscribe) {
    auto progress = std::make_shared<SubscribeProgress>();
    progress->ack.type = PacketType::suback;
    progress->ack.packet_id = subscribe.packet_id;
    const auto& identifiers = subscribe.properties.subscription_identifiers;
    const std::uint32_t identifier = identifiers.empty() ? 0 : identifiers.front();
    for (const Subscribe::Filter& filter : subscribe.filters) {
        if (filter.options.no_local && is_shared(filter.filter)) {
            return fail(Reason::protocol_error, "no local on a shared subscription");
        }
    }
    for (const Subscribe::Filter& filter : subscribe.filters) {
        const std::size_t at = progress->ack.codes.size();
        progress->ack.codes.push_back(static_cast<Reason>(filter.options.qos));
        subscribe_one(filter, identifier, progress, at);
    }
    ++progress->left;
    save_subscriptions([this, progress](std::error_code error) {
        progress->failed |= static_cast<bool>(error);
        finish(progress);
    });
    finish(progress);
}

void Session::subscribe_one(const Subscribe::Filter& wanted, std::uint32_t identifier,
                            const std::shared_ptr<SubscribeProgress>& progress, std::size_t at) {
    const bool shared = is_shared(wanted.filter);
    if (shared ? !parse_shared(wanted.filter) : !is_topic_filter(wanted.filter)) {
        progress->ack.codes[at] = v5() ? Reason::topic_filter_invalid : Reason::unspecified_error;
        return;
    }
    Subscription subscription{.options = wanted.options, .identifier = identifier};
    if (bridge_) {
        subscription.options.no_local = !shared;
        subscription.options.retain_as_published = true;
    }
    const bool lasting = durable_ && wanted.options.qos != Qos::at_most_once;
    subscription.channel = shared ? Channel::shared : lasting ? Channel::durable : Channel::live;
    const auto before = subscriptions_.find(wanted.filter);
    const bool fresh = before == subscriptions_.end();
    const bool same = !fresh && before->second.channel == subscription.channel &&
                      (before->second.options.qos == subscription.options.qos ||
                       !waits_on_queue(wanted.filter, subscription));
    if (!fresh && !same) close_subscription(wanted.filter, step(progress, true));
    subscriptions_.insert_or_assign(std::string(wanted.filter), subscription);
    if (same) {
        find_source(by_filter_.find(wanted.filter)->second)->subscription = subscription;
    } else {
        open(wanted.filter, subscription, subscribed(wanted.filter, progress, at));
    }
    const RetainHandling handling = wanted.options.retain_handling;
    const bool wants_retained =
        handling == RetainHandling::send || (handling == RetainHandling::send_if_new && fresh);
    if (!shared && wants_retained) progress->fresh.emplace_back(wanted.filter, subscription);
}

broker::Token Session::subscribed(std::string_view filter,
                                  const std::shared_ptr<SubscribeProgress>& progress,
                                  std::size_t at) {
    ++progress->left;
    return then([this, name = std::string(filter), progress, at](std::error_code error) {
        if (is_denied(error)) {
            // 3.1 has no code for it: it is granted, and nothing comes.
            if (version_ != Version::v3_1) progress->ack.codes[at] = reason_of(error, v5());
            drop_denied(name);
        } else {
            progress->failed |= static_cast<bool>(error);
        }
        finish(progress);
    });
}

/// Nothing else goes: what has a name is perhaps others'.
void Session::drop_denied(const std::string& filter) {
    const auto opened = by_filter_.find(filter);
    if (opened == by_filter_.end()) return;
    const Source* const source = find_source(opened->second);
    traffic_.unsubscribed(source->subscription.channel == Channel::shared);
    sources_.erase(opened->second.value);
    by_filter_.erase(opened);
    subscriptions_.erase(filter);
    save_subscriptions([](std::error_code) {});
}

void Session::open(std::string_view filter, const Subscription& subscription, broker::Token token) {
    const Source& source = open_source(plain(filter), subscription);
    traffic_.subscribed(subscription.channel == Channel::shared);
    by_filter_.insert_or_assign(std::string(filter), source.consumer);
    broker::Subscribe command;
    command.consumer = source.consumer;
    if (waits_on_queue(filter, subscription)) {
        command.destinations = {queue_of(filter, subscription)};
    } else {
        const std::string_view topic = plain(filter);
        command.destinations = {
            {broker::Domain::topic, false,
             options_.virtual_topics ? swap_names(with_virtual_prefix(topic)) : swap_names(topic)}};
    }
    command.credit = options_.prefetch;
    if (subscription.channel != Channel::live && !waits_on_queue(filter, subscription)) {
        command.subscription.emplace();
        command.subscription->key = key_of(filter, subscription.channel, client_id_);
        command.subscription->shared = subscription.channel == Channel::shared;
    }
    command.token = token;
    broker_.subscribe(std::move(command));
}

/// Virtual topics take one level in a queue's name for the client's.
bool Session::waits_on_queue(std::string_view filter, const Subscription& subscription) const {
    return options_.virtual_topics && subscription.channel == Channel::durable &&
           has_virtual_queue(filter) && client_id_.find_first_of("+#/") == std::string::npos;
}

broker::Destination Session::queue_of(std::string_view filter,
                                      const Subscription& subscription) const {
    return {broker::Domain::queue, false,
            virtual_queue(client_id_, subscription.options.qos, filter)};
}

void Session::close_subscription(std::string_view filter, broker::Token token) {
    keep_taken();
    const auto opened = by_filter_.find(filter);
    Source& source = *find_source(opened->second);
    const Subscription subscription = source.subscription;
    broker_.unsubscribe(source.consumer, sent_of(source.consumer), {});
    inflight_ -= static_cast<std::uint32_t>(erase_if(flights_, [&](const auto& flight) {
        return flight.second.consumer == source.consumer &&
               flight.second.state == Flight::State::published;
    }));
    waiting_ -= source.waiting.size();
    traffic_.unsubscribed(subscription.channel == Channel::shared);
    sources_.erase(opened->second.value);
    by_filter_.erase(opened);
    if (subscription.channel == Channel::live) return completed(token, {});
    forget_named(filter, subscription, token);
}

/// The last member of a group takes its messages along: with others the broker refuses that.
void Session::forget_named(std::string_view filter, const Subscription& subscription,
                           broker::Token token) {
    if (subscription.channel == Channel::live) return;
    if (waits_on_queue(filter, subscription)) {
        return broker_.remove(queue_of(filter, subscription), token);
    }
    broker_.forget_subscription(key_of(filter, subscription.channel, client_id_), token);
}

void Session::on(const Unsubscribe& unsubscribe) {
    auto progress = std::make_shared<SubscribeProgress>();
    progress->ack.type = PacketType::unsuback;
    progress->ack.packet_id = unsubscribe.packet_id;
    for (const std::string_view filter : unsubscribe.filters) {
        const bool there = subscriptions_.contains(filter);
        progress->ack.codes.push_back(there ? Reason::success : Reason::no_subscription_existed);
        if (!there) continue;
        close_subscription(filter, step(progress, true));
        subscriptions_.erase(subscriptions_.find(filter));
    }
    ++progress->left;
    save_subscriptions([this, progress](std::error_code error) {
        progress->failed |= static_cast<bool>(error);
        finish(progress);
    });
    finish(progress);
}

void Session::finish(const std::shared_ptr<SubscribeProgress>& progress) {
    if (--progress->left > 0 || phase_ != Phase::connected) return;
    if (progress->failed) {
        for (Reason& code : progress->ack.codes) code = Reason::unspecified_error;
    }
    send(progress->ack);
    if (progress->failed) return;
    for (const auto& [filter, subscription] : progress->fresh) {
        if (subscriptions_.contains(filter)) send_retained(filter, subscription);
    }
}

/// The tree is published now and then; those who come meanwhile get it as it was.
void Session::send_sys(std::string_view filter, const Subscription& subscription) {
    Source& source = open_source(filter, subscription);
    source.retained = true;
    for (const auto& [topic, text] : *sys_.topics()) {
        if (!matches(filter, topic)) continue;
        source.waiting.push_back(
            {.tag = {},
             .message = store(
                 {.topic = topic, .publisher = {}, .payload = as_bytes(text), .now_ms = wall_ms_},
                 nullptr)});
        ++waiting_;
    }
    pump(source);
    if (source.waiting.empty()) sources_.erase(source.consumer.value);
}

void Session::send_retained(std::string_view filter, const Subscription& subscription) {
    if (filter.starts_with("$SYS/")) return send_sys(filter, subscription);
    const broker::Destination queue = retained_for(swap_names(filter));
    if (!broker::is_pattern(queue.name) && !broker_.exists(queue.view())) return;
    Source& source = open_source(filter, subscription);
    source.retained = true;
    broker_.subscribe({.consumer = source.consumer,
                       .destinations = {queue},
                       .mode = broker::Subscribe::Mode::browse,
                       .credit = UINT32_MAX,
                       .token = {}});
}

/// Opens again what the session had when its client left.
void Session::resume_subscriptions() {
    // One that is not allowed any more goes at once.
    const auto before = subscriptions_;
    for (const auto& [filter, subscription] : before) {
        open(filter, subscription, then([this, name = filter](std::error_code error) {
                 if (is_denied(error)) return drop_denied(name);
                 if (error) fail(Reason::unspecified_error, name + ": " + error.message());
             }));
    }
}

}  // namespace tern::mqtt
