#include "base/log.h"
#include "broker/api/errors.h"
#include "broker/api/event_log.h"
#include "protocol/openwire/advisories.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/modified_utf8.h"
#include "protocol/openwire/session.h"

#include <algorithm>

namespace tern::openwire {
namespace {

constexpr std::int64_t kImplicitSession = -1;

bool is_reached(std::int32_t limit, std::ptrdiff_t count) {
    return limit >= 0 && count >= limit;
}

bool is_advisory(const ConsumerInfo& info) {
    return info.destination->is_topic() &&
           to_broker(*info.destination).name.starts_with(kAdvisoryPrefix);
}

bool is_durable(const ConsumerInfo& info) {
    return info.destination->is_topic() && !info.subscription_name.is_null();
}

}  // namespace

void Session::on(const ConnectionInfo& info) {
    const Reply reply = reply_to(info);
    if (!info.connection_id || info.connection_id->value.view().empty()) {
        return refuse(reply, kJmsException, "ConnectionInfo without a connection id");
    }
    if (connected_) {
        // Repeated by a client that restores its state: fine for itself, not for a second one.
        if (info.connection_id->value.view() == connection_id_) return answer(reply);
        return refuse(reply, kIllegalState, "this socket carries another connection already");
    }
    if (info.client_id.is_null()) {
        close_soon("a connection without a client id");
        return refuse(reply, kInvalidClientId, "No clientID specified for connection request");
    }
    connection_id_ = info.connection_id->value.view();
    client_id_ = to_utf8(info.client_id.view());
    connected_ = true;
    reconnected_ = info.failover_reconnect;
    sessions_.insert(kImplicitSession);
    frame_bytes_max_ = decoder_limit_;
    const auto kept = std::make_shared<const KeptCommand>(Command(info));
    const std::string user = to_utf8(info.user_name.view());
    const std::string password = to_utf8(info.password.view());
    broker::Login login;
    if (!info.user_name.is_null()) login.user = user;
    if (!info.password.is_null()) login.password = password;
    broker_.log_in(login, then([this, reply, kept](std::error_code error) {
                       logged_in(reply, std::get<ConnectionInfo>(kept->command()), error);
                   }));
}

void Session::logged_in(Reply reply, const ConnectionInfo& info, std::error_code error) {
    if (error) connected_ = false;
    if (error == broker::Errc::too_many_sessions) {
        answer(reply, error, {});
        return close_soon(error.message());
    }
    if (error) {
        const std::string user = info.user_name.is_null() ? "null" : to_utf8(info.user_name.view());
        refuse(reply, kSecurity, "User name [" + user + "] or password is invalid.");
        return close_soon("a failed login of " + user);
    }
    const auto takeover = options_.link_stealing ? broker::Takeover::always : broker::Takeover::own;
    const auto kept = std::make_shared<const KeptCommand>(Command(info));
    broker_.identify(info.client_id.view(), connection_id_, takeover,
                     then([this, reply, kept](std::error_code why) {
                         identified(reply, std::get<ConnectionInfo>(kept->command()), why);
                     }));
}

void Session::identified(Reply reply, const ConnectionInfo& info, std::error_code error) {
    if (error) {
        const std::string client(info.client_id.view());
        answer(reply, error, client);
        return close_soon("client id " + client + " is in use");
    }
    manageable_ = info.manageable;
    const broker::Token told = then([this, reply](std::error_code) {
        answer(reply);
        if (manageable_) send(ConnectionControl{.connected_brokers = "", .reconnect_to = ""});
    });
    if (!notices_.connected(info, told)) completed(told, {});
}

bool Session::check_owner(Reply reply, const Text& connection, std::int64_t session) {
    if (!connected_ || connection.view() != connection_id_) {
        refuse(reply, kIllegalState,
               "Cannot use a connection that has not been registered: " +
                   std::string(connection.view()));
        return false;
    }
    if (refused_sessions_.contains(session)) {
        answer(reply, make_error_code(broker::Errc::too_many_sessions), {});
        return false;
    }
    if (!sessions_.contains(session)) {
        refuse(reply, kIllegalState,
               "Cannot use a session that has not been registered: " + connection_id_ + ":" +
                   std::to_string(session));
        return false;
    }
    return true;
}

void Session::on(const SessionInfo& info) {
    // Duplicates and unknown connections are ignored silently: 8.3.
    const bool is_new = info.session_id &&
                        info.session_id->connection_id.view() == connection_id_ &&
                        !sessions_.contains(info.session_id->value);
    if (!is_new) return answer(reply_to(info));
    if (const auto error = broker_.begin_session()) {
        // Clients do not wait for this answer: they learn of it by what they do in the session.
        refused_sessions_.insert(info.session_id->value);
        return answer(reply_to(info), error, {});
    }
    refused_sessions_.erase(info.session_id->value);
    sessions_.insert(info.session_id->value);
    answer(reply_to(info));
}

bool Session::check_consumer(const ConsumerInfo& info) {
    const Reply reply = reply_to(info);
    if (!info.consumer_id || !info.destination) {
        refuse(reply, kJmsException, "ConsumerInfo without consumer id or destination");
        return false;
    }
    if (!check_owner(reply, info.consumer_id->connection_id, info.consumer_id->session_id)) {
        return false;
    }
    if (const std::string selector = to_utf8(info.selector.view()); !selector.empty()) {
        const std::string problem = broker_.selector_problem(selector);
        if (!problem.empty()) {
            refuse(reply, kInvalidSelector, "invalid selector " + problem + ": " + selector);
            return false;
        }
    }
    if (!is_durable(info)) return true;
    if (info.destination->is_temporary()) {
        refuse(reply, kJmsException, "Cannot create a durable subscription for a temporary topic");
        return false;
    }
    if (to_broker(*info.destination).name.starts_with(kAdvisoryPrefix)) {
        refuse(reply, kJmsException, "Cannot create a durable subscription for an advisory topic");
        return false;
    }
    return true;
}

void Session::on(const ConsumerInfo& info) {
    const Reply reply = reply_to(info);
    if (!check_consumer(info)) return;
    const EndpointKey key{info.consumer_id->session_id, info.consumer_id->value};
    if (consumers_.contains(key)) return answer(reply);
    std::vector<broker::Destination> destinations = broker::elements(to_broker(*info.destination));
    if (destinations.empty()) return refuse(reply, kInvalidDestination, "an empty name");
    open_consumer(info, std::move(destinations));
}

void Session::open_consumer(const ConsumerInfo& info,
                            std::vector<broker::Destination> destinations) {
    const EndpointKey key{info.consumer_id->session_id, info.consumer_id->value};
    const broker::ConsumerNumber number{++last_consumer_};
    auto state = std::make_unique<ConsumerState>(number);
    state->key = key;
    state->topic = info.destination->is_topic();
    state->durable = is_durable(info);
    state->advisory = is_advisory(info);
    state->browser = info.browser && !state->topic;
    state->browsing = state->browser;
    state->extends = broker_.extends_prefetch(destinations.front().view());
    state->policy_prefetch = broker_.prefetch(destinations.front().view(), state->kind());
    const std::uint32_t prefetch = state->prefetch(info.prefetch_size);
    state->window = Consumer(number, prefetch);
    by_number_.emplace(number, state.get());
    const auto& consumer = consumers_.emplace(key, std::move(state)).first->second;
    broker::Subscribe subscribe = subscribe_command(info, *consumer);
    subscribe.credit = prefetch;
    subscribe.destinations = std::move(destinations);
    const std::vector<broker::Destination> topics =
        consumer->topic ? subscribe.destinations : std::vector<broker::Destination>();
    const auto kept = std::make_shared<const KeptCommand>(Command(info));
    subscribe.token = then(
        [this, reply = reply_to(info), key, number, topics, kept, prefetch](std::error_code error) {
            if (!error) {
                tell_prefetch(std::get<ConsumerInfo>(kept->command()), prefetch);
                return introduce(number, reply, kept, topics);
            }
            by_number_.erase(number);
            consumers_.erase(key);
            const auto& wanted = *std::get<ConsumerInfo>(kept->command()).destination;
            const bool denied = !broker::access_text(error, {}, {}).empty();
            answer(reply, error, denied ? broker::to_text(to_broker(wanted)) : std::string());
        });
    broker_.subscribe(std::move(subscribe));
}

/// As ActiveMQ does: some clients count on what they were told last.
void Session::tell_prefetch(const ConsumerInfo& info, std::uint32_t prefetch) {
    if (!manageable_ || std::cmp_equal(prefetch, std::max(0, info.prefetch_size))) return;
    send(ConsumerControl{.destination = info.destination,
                         .consumer_id = info.consumer_id,
                         .prefetch = static_cast<std::int32_t>(prefetch)});
}

broker::ConsumerKind Session::ConsumerState::kind() const {
    if (browser) return broker::ConsumerKind::browser;
    if (durable) return broker::ConsumerKind::durable;
    return topic ? broker::ConsumerKind::topic : broker::ConsumerKind::queue;
}

std::uint32_t Session::ConsumerState::prefetch(std::int32_t said) const {
    // Those that clients have by themselves: OpenWire reference, 11.1.
    constexpr std::int32_t kQueue = 1000;
    constexpr std::int32_t kBrowser = 500;
    constexpr std::int32_t kTopic = INT16_MAX;
    constexpr std::int32_t kDurable = 100;
    constexpr std::int32_t kDurableAutomatic = 1000;
    bool unsaid = said == kQueue;
    if (kind() == broker::ConsumerKind::browser) unsaid = said == kBrowser;
    if (kind() == broker::ConsumerKind::topic) unsaid = said == kTopic;
    if (kind() == broker::ConsumerKind::durable) {
        unsaid = said == kDurable || said == kDurableAutomatic;
    }
    return unsaid ? policy_prefetch : static_cast<std::uint32_t>(std::max(0, said));
}

broker::Subscribe Session::subscribe_command(const ConsumerInfo& info,
                                             const ConsumerState& consumer) const {
    broker::Subscribe command{
        .consumer = consumer.window.number(), .destinations = {}, .token = {}};
    command.name = to_text(*info.consumer_id);
    command.mode =
        consumer.browser ? broker::Subscribe::Mode::browse : broker::Subscribe::Mode::consume;
    command.selector = to_utf8(info.selector.view());
    command.exclusive = info.exclusive;
    // A number, below zero too, and no character. NOLINTNEXTLINE(bugprone-signed-char-misuse)
    command.priority = static_cast<std::int16_t>(info.priority);
    command.no_local = info.no_local && consumer.topic;
    command.pending_max = info.maximum_pending_message_limit;
    command.retroactive = info.retroactive;
    if (consumer.durable) {
        command.subscription.emplace().key = {client_id_, to_utf8(info.subscription_name.view())};
    }
    return command;
}

void Session::on(const ProducerInfo& info) {
    const Reply reply = reply_to(info);
    if (!info.producer_id) return refuse(reply, kJmsException, "ProducerInfo without an id");
    const ProducerId& id = *info.producer_id;
    if (!check_owner(reply, id.connection_id, id.session_id)) return;
    if (info.destination && info.destination->is_temporary() &&
        !broker_.exists(to_broker(*info.destination))) {
        return answer(reply, make_error_code(broker::Errc::no_such_destination),
                      broker::to_text(to_broker(*info.destination)));
    }
    if (info.destination) {
        const broker::DestinationView to = to_broker(*info.destination);
        const auto error = broker_.may_publish(to);
        if (error) return answer(reply, error, broker::to_text(to));
    }
    const EndpointKey key{id.session_id, id.value};
    if (!producer_windows_.contains(key) &&
        is_reached(wire_.limits().producers_max, std::ssize(producer_windows_))) {
        broker_.note_crossed(broker::Limit::producers);
        return refuse(reply, kIllegalState, "Can't add producer: the connection has all it may");
    }
    if (!producer_windows_.try_emplace(key, info.window_size).second) return answer(reply);
    log::debug(
        broker::kProducerEvents, "connection {} opens producer {} at {}", connection_id_,
        to_text(id),
        info.destination ? broker::to_text(to_broker(*info.destination)) : "any destination");
    const broker::Token told = then([this, reply](std::error_code) { answer(reply); });
    if (!notices_.opened_producer(key, info, told)) completed(told, {});
}

void Session::on(const DestinationInfo& info) {
    const Reply reply = reply_to(info);
    if (!info.destination) return refuse(reply, kJmsException, "DestinationInfo without one");
    const broker::Destination destination(to_broker(*info.destination));
    if (destination.name.empty()) return refuse(reply, kInvalidDestination, "an empty name");
    const broker::Token token = then([this, reply, text = broker::to_text(destination.view())](
                                         std::error_code error) { answer(reply, error, text); });
    if (info.operation == DestinationOperation::add) {
        broker_.declare(destination, token);
    } else {
        broker_.remove(destination, token);
    }
}

void Session::on(const RemoveInfo& info) {
    const Reply reply = reply_to(info);
    if (!info.object_id) return refuse(reply, kJmsException, "RemoveInfo without an id");
    const std::int64_t last = info.last_delivered_sequence_id;
    const auto unknown = [&] { refuse(reply, kIllegalState, "Cannot remove what is not there"); };
    if (const auto* consumer = std::get_if<ConsumerId>(&*info.object_id)) {
        const EndpointKey key{consumer->session_id, consumer->value};
        if (!consumers_.contains(key)) return unknown();
        close_consumer(key, last);
    } else if (const auto* producer = std::get_if<ProducerId>(&*info.object_id)) {
        const EndpointKey key{producer->session_id, producer->value};
        if (producer_windows_.erase(key) == 0) return unknown();
        log::debug(broker::kProducerEvents, "connection {} closes producer {}", connection_id_,
                   to_text(*producer));
        notices_.closed_producer(key);
    } else if (const auto* session = std::get_if<SessionId>(&*info.object_id)) {
        if (refused_sessions_.erase(session->value) > 0) return answer(reply);
        if (!sessions_.contains(session->value)) return unknown();
        close_session(session->value, last);
    } else if (const auto* connection = std::get_if<ConnectionId>(&*info.object_id)) {
        if (connection->value.view() != connection_id_) return unknown();
        close_connection(last);
        // The client may connect again, by the same id, as soon as it has the answer.
        return broker_.leave(then([this, reply](std::error_code) { answer(reply); }));
    }
    answer(reply);
}

void Session::on(const RemoveSubscriptionInfo& info) {
    // The connection's client id: the one in the command is what others may have written.
    const std::string name = to_utf8(info.subscription_name.view());
    const auto kept = std::make_shared<const KeptCommand>(Command(info));
    const broker::QueueInfoPtr queue = broker_.find_subscription({client_id_, name});
    broker_.forget_subscription(
        {client_id_, name},
        then([this, reply = reply_to(info), name, kept, queue](std::error_code error) {
            if (!error && queue != nullptr) {
                notices_.forgot_subscription(std::get<RemoveSubscriptionInfo>(kept->command()),
                                             queue->bindings.front().view());
            }
            answer(reply, error, name);
        }));
}

void Session::close_consumer(EndpointKey key, std::int64_t last_delivered) {
    const auto found = consumers_.find(key);
    if (found == consumers_.end()) return;
    const Consumer& window = found->second->window;
    // To a durable subscriber 0 says as little as nothing: 11.6.
    if (found->second->durable && last_delivered == 0) {
        last_delivered = RemoveInfo::kUnknownDelivered;
    }
    broker_.unsubscribe(window.number(), window.failed(last_delivered), {});
    by_number_.erase(window.number());
    consumers_.erase(found);
    notices_.closed_consumer(key);
}

void Session::cancelled(broker::ConsumerNumber number) {
    const ConsumerState* const consumer = find_consumer(number);
    if (consumer == nullptr || closing_) return;
    const EndpointKey key = consumer->key;
    send(ConsumerControl{
        .close = true,
        .consumer_id = ConsumerId{
            .connection_id = connection_id_, .session_id = key.first, .value = key.second}});
    by_number_.erase(number);
    consumers_.erase(key);
    notices_.closed_consumer(key);
}

void Session::close_session(std::int64_t session, std::int64_t last_delivered) {
    const EndpointKey first{session, INT64_MIN};
    for (auto it = consumers_.lower_bound(first);
         it != consumers_.end() && it->first.first == session; it = consumers_.lower_bound(first)) {
        close_consumer(it->first, last_delivered);
    }
    std::erase_if(producer_windows_, [&](const auto& producer) {
        if (producer.first.first != session) return false;
        notices_.closed_producer(producer.first);
        return true;
    });
    if (session != kImplicitSession && sessions_.erase(session) > 0) broker_.end_session();
}

void Session::close_connection(std::int64_t last_delivered) {
    roll_back_all();
    while (!consumers_.empty()) close_consumer(consumers_.begin()->first, last_delivered);
    notices_.disconnected();
    producer_windows_.clear();
    sessions_.erase(kImplicitSession);
    while (!sessions_.empty()) {
        sessions_.erase(sessions_.begin());
        broker_.end_session();
    }
    refused_sessions_.clear();
    held_.clear();
}

void Session::on(const ConsumerControl& control) {
    if (ConsumerState* consumer = find_consumer(control.consumer_id)) {
        consumer->window.set_prefetch(consumer->prefetch(control.prefetch));
        grant(*consumer);
    }
    answer(reply_to(control));
}

void Session::on(const KeepAliveInfo& info) {
    // Answered by its own kind, never by a Response: 16.1.
    if (info.response_required) send(KeepAliveInfo{.command_id = info.command_id});
}

void Session::on(const ShutdownInfo&) {
    fail("");
}

}  // namespace tern::openwire
