#include "protocol/mqtt/session.h"

#include "base/log.h"
#include "protocol/mqtt/codec/encoder.h"
#include "protocol/mqtt/codec/topics.h"
#include "protocol/mqtt/tokens.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::mqtt {
namespace {

// Until a client has said who it is, nothing it sends has to be larger.
constexpr std::int64_t kFirstPacketBytesMax = std::int64_t{256} * 1024;
constexpr std::size_t kEarlyBytesMax = std::size_t{1} * 1024 * 1024;
constexpr std::int64_t kNever = INT64_MAX / 2;

/// All sessions take one another's places by client id, whatever connection they come by.
constexpr std::string_view kInstance = "mqtt";

/// Return codes of CONNACK before version 5.
std::uint8_t return_code(Reason reason) {
    switch (reason) {
        case Reason::unsupported_protocol_version:
            return 1;
        case Reason::client_identifier_not_valid:
            return 2;
        case Reason::bad_user_name_or_password:
        case Reason::not_authorized:
            return 5;
        default:
            return 3;
    }
}

Reason reason_of(std::error_code error) {
    if (error.category() != category()) return Reason::unspecified_error;
    switch (static_cast<Errc>(error.value())) {
        case Errc::malformed_packet:
            return Reason::malformed_packet;
        case Errc::packet_too_large:
            return Reason::packet_too_large;
        case Errc::unsupported_protocol_version:
            return Reason::unsupported_protocol_version;
        case Errc::topic_filter_invalid:
            return Reason::topic_filter_invalid;
        case Errc::topic_name_invalid:
            return Reason::topic_name_invalid;
        case Errc::protocol_error:
        case Errc::does_not_fit:
            break;
    }
    return Reason::protocol_error;
}

}  // namespace

Session::Session(const Options& options, const message::Formats& formats, protocol::Wire& wire,
                 broker::Broker& broker)
    : options_(options),
      formats_(formats),
      wire_(wire),
      broker_(broker),
      started_ms_(wire.now_ms()) {}

std::size_t Session::receive(Bytes input, const Buffer* owner) {
    received_ms_ = wire_.now_ms();
    wall_ms_ = broker_.wall_ms();
    if (phase_ == Phase::connected && !early_.empty()) {
        early_.append(as_text(input));
        resume_packets();
        return input.size();
    }
    return receive_packets(input, owner);
}

std::size_t Session::receive_packets(Bytes input, const Buffer* owner) {
    std::size_t taken = 0;
    while (phase_ != Phase::closed) {
        const Bytes rest = input.subspan(taken);
        if (phase_ == Phase::left || phase_ == Phase::leaving) break;
        if (phase_ == Phase::connecting) {
            early_.append(as_text(rest));
            if (early_.size() > kEarlyBytesMax) close("too much before the connection is open");
            return input.size();
        }
        const auto limit = phase_ == Phase::fresh
                               ? std::min(kFirstPacketBytesMax, options_.packet_bytes_max)
                               : options_.packet_bytes_max;
        const auto frame = next_frame(rest, static_cast<std::size_t>(limit));
        if (!frame) {
            fail(reason_of(frame.error()), frame.error().message());
            break;
        }
        wanted_ = frame->bytes;
        if (frame->bytes == 0 || frame->bytes > rest.size()) {
            settle_done();
            return taken;
        }
        receive_packet(*frame, rest.first(frame->bytes).subspan(frame->header_bytes), owner);
        taken += frame->bytes;
    }
    return input.size();  // whatever comes after the end is of no interest
}

void Session::resume_packets() {
    const std::string bytes = std::exchange(early_, {});
    std::string_view rest = bytes;
    const std::size_t taken = receive_packets(as_bytes(rest), nullptr);
    // What is not a whole packet waits for the rest, in front of what is still to come.
    if (phase_ == Phase::connected) early_ = rest.substr(taken);
}

void Session::receive_packet(const Frame& frame, Bytes body, const Buffer* owner) {
    if (phase_ == Phase::fresh && frame.type() != PacketType::connect) {
        return close("the first packet is not CONNECT");
    }
    if (frame.type() == PacketType::publish) {
        const auto publish = decode_publish(frame.first, body, version_);
        if (!publish) return fail(reason_of(publish.error()), publish.error().message());
        return on(*publish, owner);
    }
    const auto packet = decode(frame.first, body, version_);
    if (!packet) {
        const Reason reason = reason_of(packet.error());
        if (phase_ != Phase::fresh) return fail(reason, packet.error().message());
        if (reason == Reason::unsupported_protocol_version) {
            // In the form that the client's version has, as far as that can be known.
            if (body.size() > 6 && body[6] > 4) version_ = Version::v5;
            return refuse(reason, packet.error().message());
        }
        return close(packet.error().message());
    }
    std::visit([this](const auto& one) { on(one); }, *packet);
}

// ---- connecting

void Session::on(const Connect& connect) {
    if (phase_ != Phase::fresh) return fail(Reason::protocol_error, "a second CONNECT");
    version_ = connect.version;
    if (!accept(connect)) return;
    keep_will(connect);
    phase_ = Phase::connecting;
    broker_.identify(client_id_, kInstance, broker::Takeover::own,
                     then([this](std::error_code error) {
                         if (error) {
                             return refuse(Reason::client_identifier_not_valid,
                                           "the client id is in use: " + client_id_);
                         }
                         open_session();
                     }));
}

bool Session::accept(const Connect& connect) {
    const Properties& properties = connect.properties;
    if (properties.authentication_method || properties.authentication_data) {
        refuse(properties.authentication_method ? Reason::bad_authentication_method
                                                : Reason::protocol_error,
               "no such authentication method");
        return false;
    }
    client_id_ = connect.client_id;
    if (client_id_.empty()) {
        if (!v5() && !connect.clean_start) {
            refuse(Reason::client_identifier_not_valid, "a lasting session without a client id");
            return false;
        }
        client_id_ = fmt::format("auto-{}-{:x}", wire_.peer(), wall_ms_);
        assigned_ = true;
    }
    clean_start_ = connect.clean_start;
    bridge_ = connect.bridge;
    std::uint16_t keep_alive_s = connect.keep_alive_s;
    const std::uint16_t most = options_.keep_alive_max_s;
    if (v5() && most != 0 && (keep_alive_s == 0 || keep_alive_s > most)) {
        keep_alive_s = server_keep_alive_s_ = most;
    }
    keep_alive_ms_ = std::int64_t{keep_alive_s} * 1500;
    wanted_expiry_s_ = v5() ? properties.session_expiry_interval.value_or(0)
                            : (connect.clean_start ? 0 : UINT32_MAX);
    expiry_s_ = std::min(wanted_expiry_s_, options_.session_expiry_max_s);
    durable_ = expiry_s_ > 0;
    problem_information_ = properties.request_problem_information.value_or(1) != 0;
    peer_packet_bytes_max_ = properties.maximum_packet_size.value_or(UINT32_MAX);
    inflight_max_ =
        std::min(properties.receive_maximum.value_or(UINT16_MAX), options_.inflight_max);
    peer_alias_max_ =
        std::min(properties.topic_alias_maximum.value_or(0), options_.topic_alias_max);
    return true;
}

void Session::keep_will(const Connect& connect) {
    if (!connect.will) return;
    const Will& will = *connect.will;
    ByteWriter properties;
    std::ignore = encode_properties(properties, passed_on(will.properties));  // they were read
    const auto expiry = will.properties.message_expiry_interval;
    will_ = {.topic = std::string(will.topic),
             .payload = std::string(will.payload),
             .properties = std::string(as_text(properties.bytes())),
             .qos = will.qos,
             .retain = will.retain,
             .expiry_s = expiry,
             .delay_s = will.properties.will_delay_interval.value_or(0)};
}

void Session::open_session() {
    if (broker_.exists(state_queue().view())) return load_session();
    finish_connect(false);
}

void Session::load_session() {
    loading_ = true;
    expired_ = true;  // until its subscriptions are found
    state_ = broker::ConsumerNumber{++last_consumer_};
    broker_.subscribe({.consumer = state_,
                       .destinations = {state_queue()},
                       .mode = broker::Subscribe::Mode::browse,
                       .credit = UINT32_MAX,
                       .token = {}});
}

void Session::loaded() {
    loading_ = false;
    broker_.unsubscribe(std::exchange(state_, {}), {}, {});
    const bool goes_on = !expired_ && !clean_start_;
    // It was to be published in time, or when its session ends.
    if (found_will_ && (!goes_on || found_will_->due_at_ms <= wall_ms_)) publish(found_will_->will);
    found_will_.reset();
    if (goes_on) {
        durable_ = true;  // until the connection ends, whatever was asked for
        open_state();
        return finish_connect(true);
    }
    flights_.clear();
    received_.clear();
    inflight_ = unanswered_ = 0;
    drop_session([this] { finish_connect(false); });
}

void Session::open_state() {
    state_ = broker::ConsumerNumber{++last_consumer_};
    broker_.subscribe(
        {.consumer = state_, .destinations = {state_queue()}, .credit = UINT32_MAX, .token = {}});
}

void Session::finish_connect(bool session_present) {
    if (durable_ && !session_present) {
        broker_.declare(state_queue(), {});
        open_state();
        // The session is one from here on, even before its first subscription.
        return save_subscriptions([this](std::error_code error) {
            if (error) return refuse(Reason::server_unavailable, error.message());
            finish_connect_answer(false);
        });
    }
    finish_connect_answer(session_present);
}

void Session::finish_connect_answer(bool session_present) {
    ConnAck ack{.session_present = session_present && version_ != Version::v3_1};
    Properties& properties = ack.properties;
    if (expiry_s_ != wanted_expiry_s_) properties.session_expiry_interval = expiry_s_;
    properties.receive_maximum = options_.receive_maximum;
    if (options_.packet_bytes_max < kVarintMax) {
        properties.maximum_packet_size = static_cast<std::uint32_t>(options_.packet_bytes_max);
    }
    if (assigned_) properties.assigned_client_identifier = client_id_;
    if (options_.topic_alias_max > 0) properties.topic_alias_maximum = options_.topic_alias_max;
    if (server_keep_alive_s_ != 0) properties.server_keep_alive = server_keep_alive_s_;
    send(ack);
    phase_ = Phase::connected;
    received_ms_ = wire_.now_ms();
    if (keep_alive_ms_ != 0) wire_.tick_by(received_ms_ + keep_alive_ms_);
    for (const auto& [packet_id, flight] : flights_) {
        if (flight.state == Flight::State::released) answer(PacketType::pubrel, packet_id);
    }
    resume_subscriptions();
    resume_packets();
}

void Session::refuse(Reason reason, std::string_view why) {
    if (phase_ == Phase::closed) return;
    will_.reset();
    ConnAck ack{.session_present = false,
                .code = v5() ? static_cast<std::uint8_t>(reason) : return_code(reason)};
    send(ack);
    close(fmt::format("refused: {}", why));
}

// ---- ending

void Session::on(const Disconnect& disconnect) {
    const auto expiry = disconnect.properties.session_expiry_interval;
    if (expiry && *expiry != 0 && expiry_s_ == 0) {
        return fail(Reason::protocol_error, "a session cannot become lasting at its end");
    }
    if (expiry) expiry_s_ = std::min(*expiry, options_.session_expiry_max_s);
    if (disconnect.reason != Reason::disconnect_with_will || !v5()) will_.reset();
    if (!has_something_to_drop()) return close("");
    // Before the peer sees the end, so that it finds nothing of the session when it is back.
    close_sources();
    publish_will();
    leave_for_good();
}

void Session::on(const Auth&) {
    fail(Reason::protocol_error, "AUTH without an authentication method");
}

void Session::on(const PingReq&) {
    send(PingResp{});
}

/// Says why, where the version allows that, and closes.
void Session::fail(Reason reason, std::string_view why) {
    if (phase_ == Phase::closed) return;
    if (v5() && phase_ == Phase::connected) send(Disconnect{.reason = reason});
    close(why);
}

void Session::close(std::string_view why) {
    if (phase_ == Phase::closed || phase_ == Phase::left) return;
    if (phase_ == Phase::connected) close_sources();
    phase_ = phase_ == Phase::connected ? Phase::left : Phase::closed;
    wire_.close(why);
}

bool Session::lingers() {
    if (phase_ == Phase::leaving) return true;
    if (phase_ == Phase::connected) {
        close_sources();
        phase_ = Phase::left;
    }
    if (phase_ == Phase::left && leave()) return true;
    phase_ = Phase::closed;
    return false;
}

/// What is due when a connection ends, once: its will, and what the session is to remember. True
/// when there is more to do later.
bool Session::leave() {
    if (lasts()) {
        leave_for_a_while();
        return phase_ == Phase::away && !stopping_;
    }
    publish_will();
    leave_for_good();
    return phase_ == Phase::leaving && !stopping_;
}

void Session::leave_for_a_while() {
    const std::int64_t wall_ms = broker_.wall_ms();
    const bool ends = expiry_s_ != UINT32_MAX;
    if (ends) {
        const std::int64_t left_ms = std::int64_t{expiry_s_} * 1000;
        ends_ms_ = wire_.now_ms() + left_ms;
        remember(LeftRecord{wall_ms + left_ms}, {}, {});
    }
    if (will_ && will_->delay_s == 0) publish_will();
    if (will_) {
        const std::int64_t delay_ms = std::int64_t{std::min(will_->delay_s, expiry_s_)} * 1000;
        will_due_ms_ = wire_.now_ms() + delay_ms;
        remember(WillRecord{wall_ms + delay_ms, *will_}, {}, {});
    }
    if (ends || will_) phase_ = Phase::away;
}

void Session::leave_for_good() {
    phase_ = Phase::leaving;
    drop_session([this] {
        phase_ = Phase::closed;
        wire_.close("");
    });
}

std::int64_t Session::tick_away(std::int64_t now_ms) {
    if (will_ && now_ms >= std::min(will_due_ms_, ends_ms_)) {
        publish_will();
        if (will_record_.queue) forget(std::exchange(will_record_, {}), {});
    }
    if (now_ms >= ends_ms_) {
        leave_for_good();
    } else if (!will_ && ends_ms_ == INT64_MAX) {
        phase_ = Phase::closed;
        wire_.close("");
    }
    return phase_ != Phase::away ? now_ms + kNever
           : will_               ? std::min(will_due_ms_, ends_ms_)
                                 : ends_ms_;
}

void Session::close_sources() {
    settle_done();
    for (const auto& [number, source] : sources_) {
        // What only waited here was never sent.
        broker_.unsubscribe(source.consumer, source.sent, {});
    }
    sources_.clear();
    by_filter_.clear();
}

/// Whether the session ends with the connection and leaves something behind.
bool Session::has_something_to_drop() const {
    if (durable_) return expiry_s_ == 0;
    return std::ranges::any_of(
        subscriptions_, [](const auto& one) { return one.second.channel == Channel::shared; });
}

void Session::publish_will() {
    if (!will_) return;
    publish(*std::exchange(will_, std::nullopt));
}

void Session::publish(const OwnWill& will) {
    const std::int64_t now_ms = broker_.wall_ms();
    const std::int64_t expires_at_ms =
        will.expiry_s ? now_ms + std::int64_t{*will.expiry_s} * 1000 : 0;
    const MessagePtr message = store({.topic = will.topic,
                                      .publisher = client_id_,
                                      .qos = will.qos,
                                      .retain = will.retain,
                                      .properties = as_bytes(will.properties),
                                      .payload = as_bytes(will.payload),
                                      .now_ms = now_ms,
                                      .expires_at_ms = expires_at_ms},
                                     nullptr);
    pass_on(will.topic, message, will.retain, {}, {});
}

void Session::evicted() {
    if (phase_ == Phase::closed) return;
    if (phase_ == Phase::connected) {
        log::info("mqtt", "{}: client {} connected anew", wire_.peer(), client_id_);
        if (v5()) send(Disconnect{.reason = Reason::session_taken_over});
        close_sources();
    }
    // The next connection finds the records of the session, and ends it if it wants to.
    if (phase_ == Phase::connected || phase_ == Phase::left) {
        if (will_ && will_->delay_s > 0 && lasts()) {
            remember(WillRecord{INT64_MAX, *std::exchange(will_, std::nullopt)}, {}, {});
        }
        publish_will();
        if (!lasts()) drop_session([] {});
    }
    phase_ = Phase::closed;
    wire_.close("");
}

void Session::shut_down() {
    stopping_ = true;
    if (phase_ == Phase::closed) return;
    if (v5() && phase_ == Phase::connected) {
        send(Disconnect{.reason = Reason::server_shutting_down});
    }
    if (phase_ == Phase::away) phase_ = Phase::leaving;
    close("");
}

void Session::ended() {
    phase_ = Phase::closed;
}

std::int64_t Session::tick(std::int64_t now_ms) {
    if (phase_ == Phase::away) return tick_away(now_ms);
    if (phase_ == Phase::closed || phase_ == Phase::left || phase_ == Phase::leaving) {
        return now_ms + kNever;
    }
    if (phase_ != Phase::connected) {
        const std::int64_t until = started_ms_ + options_.handshake_timeout_ms;
        if (now_ms < until) return until;
        close("no CONNECT in time");
        return now_ms + kNever;
    }
    if (keep_alive_ms_ == 0) return now_ms + kNever;
    const std::int64_t until = received_ms_ + keep_alive_ms_;
    if (now_ms < until) return until;
    fail(Reason::keep_alive_timeout, "nothing received within the keep alive time");
    return now_ms + kNever;
}

// ---- the broker's answers

broker::Token Session::then(Then then) {
    continuations_.emplace(++last_token_, std::move(then));
    return broker::Token{last_token_};
}

void Session::completed(broker::Token token, std::error_code error) {
    if (phase_ == Phase::closed) return;
    if (const auto [type, packet_id] = read_token(token); packet_id != 0) {
        if (phase_ != Phase::connected) return;
        return published(type, packet_id, error);
    }
    auto continuation = continuations_.extract(token.value);
    if (!continuation.empty()) continuation.mapped()(error);
}

template <class T>
void Session::send(const T& packet) {
    if (!encode(scratch_, packet, version_)) {
        log::warning("mqtt", "{}: a packet cannot be encoded", wire_.peer());
    } else if (scratch_.size() <= peer_packet_bytes_max_) {
        wire_.output().append(scratch_.bytes());
    }
    scratch_.clear();
}

template void Session::send(const Ack&);
template void Session::send(const SubAck&);

}  // namespace tern::mqtt
