#include "base/log.h"
#include "broker/api/errors.h"
#include "protocol/amqp091/session.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::amqp091 {
namespace {

constexpr std::uint32_t kFrameMaxMin = 4096;
constexpr std::int64_t kSecond = 1000;
constexpr std::string_view kExternal = "EXTERNAL";

FieldTable server_properties(const Options& options) {
    FieldTable capabilities;
    for (const char* name :
         {"publisher_confirms", "exchange_exchange_bindings", "basic.nack",
          "consumer_cancel_notify", "connection.blocked", "consumer_priorities",
          "authentication_failure_close", "per_consumer_qos", "direct_reply_to"}) {
        capabilities.put(name, {true});
    }
    FieldTable table;
    table.put("capabilities", {std::move(capabilities)});
    table.put("cluster_name", {"rabbit@" + options.broker_name});
    table.put("information", {"TernMQ " + options.version});
    table.put("platform", {std::string("TernMQ")});
    table.put("product", {std::string("RabbitMQ")});
    table.put("version", {std::string(kCompatibleVersion)});
    return table;
}

bool has_capability(const FieldTable& client, std::string_view name) {
    const FieldValue* const all = client.find("capabilities");
    if (all == nullptr || all->table() == nullptr) return false;
    const FieldValue* const one = all->table()->find(name);
    const bool* const flag = one == nullptr ? nullptr : std::get_if<bool>(&one->value);
    return flag != nullptr && *flag;
}

/// User and password; nothing: the response is malformed.
std::optional<std::pair<std::string, std::string>> credentials(std::string_view mechanism,
                                                               std::string_view response) {
    if (mechanism == "PLAIN") {
        if (!response.starts_with('\0')) return std::nullopt;
        const std::size_t second = response.find('\0', 1);
        if (second == std::string_view::npos) return std::nullopt;
        return std::pair(std::string(response.substr(1, second - 1)),
                         std::string(response.substr(second + 1)));
    }
    const auto table = decode_table(as_bytes(response));
    if (!table) return std::nullopt;
    const FieldValue* const user = table->find("LOGIN");
    const FieldValue* const password = table->find("PASSWORD");
    if (user == nullptr || password == nullptr) return std::nullopt;
    if (user->text() == nullptr || password->text() == nullptr) return std::nullopt;
    return std::pair(*user->text(), *password->text());
}

std::size_t unconfirmed(const Channel& channel) {
    if (!channel.confirming) return 0;
    return channel.published - channel.published_before - channel.confirms.told();
}

}  // namespace

void Session::start_connection() {
    phase_ = Phase::start;
    ByteWriter entries;
    encode_entries(entries, server_properties(options_));
    // Whoever shows a certificate may let that say who it is.
    const bool has_certificate = !wire_.certificate().empty();
    send(0, ConnectionStart{
                .server_properties = {entries.bytes()},
                .mechanisms = {has_certificate ? "AMQPLAIN PLAIN EXTERNAL" : "AMQPLAIN PLAIN"},
                .locales = {"en_US"}});
}

void Session::on(const ConnectionStartOk& method) {
    if (phase_ != Phase::start) return fail({ReplyCode::channel_error, "unexpected start-ok"});
    const FieldTable client = decode_table(method.client_properties.entries).value_or(FieldTable());
    cancel_notify_ = has_capability(client, "consumer_cancel_notify");
    blocked_notify_ = has_capability(client, "connection.blocked");
    tells_login_failure_ = has_capability(client, "authentication_failure_close");
    const std::string_view mechanism = method.mechanism.text;
    const bool external = mechanism == kExternal && !wire_.certificate().empty();
    if (mechanism != "PLAIN" && mechanism != "AMQPLAIN" && !external) {
        return fail({ReplyCode::command_invalid,
                     fmt::format("unknown authentication mechanism '{}'", mechanism)});
    }
    client_ = as_text(method.client_properties.entries);
    mechanism_ = mechanism;
    if (external) {
        return broker_.log_in({},
                              wait_for([this](std::error_code error, const broker::QueueCounts&) {
                                  if (error) return refuse_login(kExternal);
                                  logged_in(std::string(broker_.user()));
                              }));
    }
    const auto found = credentials(mechanism, method.response.text);
    if (!found) return fail({ReplyCode::syntax_error, "malformed authentication response"});
    const auto& [shown_user, password] = *found;
    if (!broker_.guarded() && !may_log_in(shown_user, password)) return refuse_login(mechanism);
    broker_.log_in({.user = shown_user, .password = password},
                   wait_for([this, user = shown_user, mechanism = std::string(mechanism)](
                                std::error_code error, const broker::QueueCounts&) {
                       if (error) return refuse_login(mechanism);
                       logged_in(user);
                   }));
}

void Session::logged_in(const std::string& user) {
    user_ = user;
    tally_.add(Total::logins);
    phase_ = Phase::tune;
    send(0, ConnectionTune{.channel_max = options_.channels_max,
                           .frame_max = options_.frame_bytes_max,
                           .heartbeat = options_.heartbeat_s});
}

Failure Session::refusal(std::error_code error, std::string_view resource) const {
    if (!is_denied(error)) return failure_of(error);
    const bool reads = error == make_error_code(broker::Errc::may_not_read);
    const bool writes = error == make_error_code(broker::Errc::may_not_write);
    return {ReplyCode::access_refused,
            fmt::format("{} access to {} refused for user '{}'",
                        reads ? "read" : (writes ? "write" : "configure"), resource, user_)};
}

bool Session::may_log_in(std::string_view user, std::string_view password) const {
    const auto found = std::ranges::find(options_.users, user, &User::name);
    if (found == options_.users.end() || found->password != password) return false;
    const std::string_view peer = wire_.peer();
    const bool local = peer.starts_with("127.") || peer.starts_with("[::1]") ||
                       peer.starts_with("::1") || peer.starts_with("[::ffff:127.");
    return !found->loopback_only || local;
}

void Session::refuse_login(std::string_view mechanism) {
    tally_.add(Total::logins_refused);
    const std::string text = fmt::format(
        "Login was refused using authentication mechanism {}. "
        "For details see the broker logfile.",
        mechanism);
    if (tells_login_failure_) return close_with({ReplyCode::access_refused, text});
    wire_closed_ = true;
    wire_.close(text);
}

void Session::on(const ConnectionTuneOk& method) {
    if (phase_ != Phase::tune) return fail({ReplyCode::channel_error, "unexpected tune-ok"});
    const auto out_of_range = [&](std::string_view name, std::uint32_t value,
                                  std::string_view relation, std::uint32_t limit) {
        fail({ReplyCode::not_allowed, fmt::format("negotiated {} = {} is {} allowed value ({})",
                                                  name, value, relation, limit)});
    };
    const std::uint32_t frames = method.frame_max;
    const std::uint32_t frames_max = options_.frame_bytes_max;
    if (frames != 0 && frames < kFrameMaxMin) {
        return out_of_range("frame_max", frames, "lower than the minimum", kFrameMaxMin);
    }
    if (frames == 0 || frames > frames_max) {
        return out_of_range("frame_max", frames, "higher than the maximum", frames_max);
    }
    if (method.channel_max == 0 || method.channel_max > options_.channels_max) {
        return out_of_range("channel_max", method.channel_max, "higher than the maximum",
                            options_.channels_max);
    }
    frame_max_ = frames;
    channels_max_ = method.channel_max;
    heartbeat_ms_ = method.heartbeat * kSecond;
    phase_ = Phase::open;
}

void Session::on(const ConnectionOpen& method) {
    if (phase_ != Phase::open) return fail({ReplyCode::channel_error, "unexpected open"});
    vhost_ = method.virtual_host.text;
    if (exchanges_.topology().find(vhost_, "") == nullptr) {
        return fail({ReplyCode::not_allowed, fmt::format("vhost {} not found", vhost_)});
    }
    if (!exchanges_.may_enter(vhost_)) {
        return fail({ReplyCode::not_allowed,
                     fmt::format("access to vhost '{}' refused for user '{}'", vhost_, user_)});
    }
    if (!take_places()) return;
    phase_ = Phase::running;
    broker_.introduce({});  // its clients have no ids
    send(0, ConnectionOpenOk{});
}

bool Session::take_places() {
    using broker::VhostLimit;
    if (const auto max = exchanges_.take(VhostLimit::vhost_connections, vhost_)) {
        fail({ReplyCode::not_allowed,
              fmt::format("access to vhost '{}' refused for user '{}': connection limit ({}) is "
                          "reached",
                          vhost_, user_, *max)});
        return false;
    }
    if (const auto max = exchanges_.take(VhostLimit::user_connections, user_)) {
        fail({ReplyCode::not_allowed,
              fmt::format("Connection refused for user '{}': user connection limit ({}) is reached",
                          user_, *max)});
        return false;
    }
    return true;
}

void Session::on(const ConnectionClose&) {
    // What lives with the connection is gone before the client hears that it ended.
    for (const auto& [number, channel] : channels_) release_everything(*channel);
    phase_ = Phase::closing;
    exchanges_.remove_exclusive(wait_for([this](std::error_code, const broker::QueueCounts&) {
        send(0, ConnectionCloseOk{});
        wire_closed_ = true;
        wire_.close("");
    }));
}

void Session::on(const ConnectionCloseOk&) {
    fail({ReplyCode::channel_error, "unexpected close-ok"});
}

void Session::on(const ConnectionUpdateSecret& method) {
    const Failure refused{ReplyCode::not_allowed, "New secret was refused"};
    if (phase_ != Phase::running) return fail({ReplyCode::channel_error, "unexpected secret"});
    if (!broker_.guarded() && !may_log_in(user_, method.new_secret.text)) return fail(refused);
    // As somebody else it may not go on: that one's limits and tags would be others.
    broker_.log_in({.user = user_, .password = method.new_secret.text},
                   wait_for([this, refused, before = std::string(broker_.user())](
                                std::error_code error, const broker::QueueCounts&) {
                       if (error || broker_.user() != before || !exchanges_.may_enter(vhost_)) {
                           return fail(refused);
                       }
                       send(0, ConnectionUpdateSecretOk{});
                   }));
}

void Session::open_channel(std::uint16_t number) {
    if (number > channels_max_) {
        return close_with(
            {ReplyCode::not_allowed, fmt::format("channel number {} is higher than the negotiated "
                                                 "channel_max ({})",
                                                 number, channels_max_)});
    }
    if (const auto max = exchanges_.take(broker::VhostLimit::user_channels, user_)) {
        return fail({ReplyCode::not_allowed,
                     fmt::format("number of channels opened for user '{}' has reached the maximum "
                                 "allowed user limit of ({})",
                                 user_, *max)});
    }
    if (const auto error = broker_.begin_session()) {
        exchanges_.give_back(broker::VhostLimit::user_channels, user_);
        return fail({ReplyCode::not_allowed, error.message()});
    }
    do {
        ++last_incarnation_;
    } while (by_incarnation_.contains(last_incarnation_));
    auto channel = std::make_unique<Channel>();
    channel->number = number;
    channel->incarnation = last_incarnation_;
    by_incarnation_[last_incarnation_] = number;
    channels_[number] = std::move(channel);
    tally_.add(Total::channels_opened);
    send(number, ChannelOpenOk{});
}

void Session::release_everything(Channel& channel) {
    channel.incoming.reset();
    if (channel.transactional) broker_.rollback(channel.transaction, {});
    channel.transactional = false;
    // What was with the client returns to its place, as delivered before.
    std::unordered_map<broker::ConsumerNumber, std::vector<broker::DeliveryTag>> seen;
    for (const Unacked& one : channel.unsettled.take_all()) {
        seen[one.consumer].push_back(one.delivery);
    }
    for (const Unacked& one : std::exchange(channel.settled_in_transaction, {})) {
        seen[one.consumer].push_back(one.delivery);
    }
    for (const Unacked& one : std::exchange(channel.rejected_in_transaction, {})) {
        seen[one.consumer].push_back(one.delivery);
    }
    for (const auto* group : {&channel.consumers, &channel.getters}) {
        for (const auto& [name, number] : *group) {
            share(consumers_.at(number));
            broker_.unsubscribe(number, seen[number], {});
            consumers_.erase(number);
        }
    }
    for (const broker::ConsumerNumber number : std::exchange(channel.cancelled, {})) {
        broker_.unsubscribe(number, seen[number], {});
        consumers_.erase(number);
    }
    channel.consumers.clear();
    channel.getters.clear();
    forget_replies(channel);
}

void Session::share(const Consumer& consumer) {
    if (!consumer.exclusive) return;
    const broker::QueueInfoPtr queue = exchanges_.find_queue(consumer.address);
    if (queue != nullptr) queue->exclusive_consumer.store(false, std::memory_order_relaxed);
}

broker::PortraitPtr Session::portrait() const {
    auto shown = std::make_shared<broker::Portrait>();
    shown->vhost = vhost_;
    shown->client = client_;
    shown->mechanism = mechanism_;
    shown->channels_max = channels_max_;
    shown->frame_bytes_max = frame_max_;
    shown->heartbeat_s = heartbeat_ms_ / kSecond;
    shown->tells_blocked = blocked_notify_;
    for (const auto& [number, channel] : channels_) {
        broker::Portrait::Channel one{.number = number,
                                      .confirms = channel->confirming,
                                      .transactional = channel->transactional,
                                      .prefetch = channel->prefetch,
                                      .global_prefetch = channel->global_prefetch,
                                      .unsettled = channel->unsettled.count(),
                                      .unconfirmed = unconfirmed(*channel)};
        for (const auto& [tag, consumer_number] : channel->consumers) {
            const Consumer& consumer = consumers_.at(consumer_number);
            one.consumers.push_back({.number = consumer_number,
                                     .tag = tag,
                                     .address = consumer.address,
                                     .prefetch = consumer.prefetch,
                                     .acknowledges = !consumer.no_ack,
                                     .exclusive = consumer.exclusive,
                                     .arguments = consumer.arguments});
        }
        shown->channels.push_back(std::move(one));
    }
    std::ranges::sort(shown->channels, {}, &broker::Portrait::Channel::number);
    return shown;
}

void Session::ended() {
    wire_closed_ = true;
    for (const auto& [number, channel] : channels_) count_end(*channel);
    hand_over();
    for (const auto& [number, consumer] : consumers_) share(consumer);
}

void Session::count_end(const Channel& channel) {
    tally_.add(Total::channels_closed);
    if (channel.published > 0) tally_.add(Total::publishers_closed);
}

void Session::close_channel(Channel& channel) {
    count_end(channel);
    exchanges_.give_back(broker::VhostLimit::user_channels, user_);
    broker_.end_session();
    by_incarnation_.erase(channel.incarnation);
    channels_.erase(channel.number);
}

void Session::on(Channel&, const ChannelOpen&) {
    fail({ReplyCode::channel_error, "second 'channel.open' seen"});
}

void Session::on(Channel& channel, const ChannelFlow& method) {
    if (!method.active) return fail({ReplyCode::not_implemented, "active=false"});
    send(channel.number, ChannelFlowOk{.active = true});
}

void Session::on(Channel& channel, const ChannelClose&) {
    const std::uint16_t number = channel.number;
    release_everything(channel);
    before_flush();
    close_channel(channel);
    send(number, ChannelCloseOk{});
}

void Session::on(Channel& channel, const AccessRequest&) {
    send(channel.number, AccessRequestOk{});
}

}  // namespace tern::amqp091
