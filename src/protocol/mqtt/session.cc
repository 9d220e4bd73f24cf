#include "protocol/mqtt/session.h"

#include "base/log.h"
#include "broker/api/errors.h"
#include "protocol/mqtt/codec/encoder.h"
#include "protocol/mqtt/codec/topics.h"
#include "protocol/mqtt/retained.h"
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
/// But for those whose places nobody takes while their client is there.
constexpr std::string_view kFirmInstance = "mqtt, connected";

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

Session::Session(const Environment& environment, protocol::Wire& wire, broker::Broker& broker,
                 std::string orphan)
    : options_(environment.options),
      formats_(environment.formats),
      authenticator_(environment.authenticator),
      sys_(environment.sys),
      traffic_(environment.traffic),
      wire_(wire),
      broker_(broker),
      started_ms_(wire.now_ms()),
      client_id_(std::move(orphan)),
      orphan_(!client_id_.empty()) {}

Session::~Session() = default;

/// Nobody else is there yet; a client that is needs nobody to go on for it.
void Session::start() {
    if (!orphan_) return;
    phase_ = Phase::connecting;
    broker_.identify(client_id_, kInstance, broker::Takeover::none,
                     then([this](std::error_code error) {
                         if (!error && broker_.exists(state_queue().view())) return load_session();
                         phase_ = Phase::closed;
                         wire_.close("");
                     }));
}

std::size_t Session::receive(Bytes input, const Buffer* owner) {
    received_ms_ = wire_.now_ms();
    wall_ms_ = broker_.wall_ms();
    traffic_.bytes_received += input.size();
    if (phase_ == Phase::connected && !early_.empty()) {
        early_.append(as_text(input));
        resume_packets();
        traffic_.flush();
        return input.size();
    }
    const std::size_t taken = receive_packets(input, owner);
    traffic_.bytes_received -= input.size() - taken;  // they come again
    traffic_.flush();
    return taken;
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
    traffic_.packets_received += 1;
    if (phase_ == Phase::authenticating && frame.type() != PacketType::auth &&
        frame.type() != PacketType::disconnect) {
        return refuse(Reason::protocol_error, "a packet within the authentication");
    }
    if (frame.type() == PacketType::publish) {
        const auto publish = decode_publish(frame.first, body, version_);
        if (!publish) return fail(reason_of(publish.error()), publish.error().message());
        return on(*publish, owner);
    }
    if (const auto ack = decode_plain_ack(frame.first, body);
        ack && phase_ != Phase::authenticating) {
        return acknowledged(ack->type, ack->packet_id, Reason::success);
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
    broker_.log_in({connect.user_name, connect.password},
                   then([this, data = std::string(connect.properties.authentication_data.value_or(
                                   ""))](std::error_code error) { logged_in(error, data); }));
}

void Session::logged_in(std::error_code error, const std::string& authentication_data) {
    if (!error) error = broker_.begin_session();
    if (error == broker::Errc::too_many_sessions) {
        return refuse(Reason::quota_exceeded, error.message());
    }
    if (error) {
        return refuse(Reason::bad_user_name_or_password, "the user name or password is invalid");
    }
    if (will_ && broker_.guarded() && is_refused(will_->topic)) {
        return refuse(Reason::not_authorized, "the client may not publish its will");
    }
    if (authentication_ == nullptr) return take_place();
    authenticate(authentication_data);
}

void Session::take_place() {
    if (!options_.redirect.empty()) {
        return refuse(
            options_.redirects_for_good ? Reason::server_moved : Reason::use_another_server,
            "clients are sent to " + options_.redirect);
    }
    phase_ = Phase::connecting;
    broker_.identify(client_id_, kInstance, broker::Takeover::own,
                     then([this](std::error_code error) {
                         if (error) {
                             return refuse(Reason::client_identifier_not_valid,
                                           "the client id is in use: " + client_id_);
                         }
                         if (!options_.link_stealing) hold_place(true);
                         broker_.introduce(client_id_);
                         open_session();
                     }));
}

/// `firmly`: until this is called again nobody else becomes this client.
void Session::hold_place(bool firmly) {
    broker_.identify(client_id_, firmly ? kFirmInstance : kInstance, broker::Takeover::own, {});
}

bool Session::accept(const Connect& connect) {
    const Properties& properties = connect.properties;
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
    if (keep_alive_s == 0 && options_.keep_alive_default_s != 0) {
        keep_alive_s = options_.keep_alive_default_s;
        if (v5()) server_keep_alive_s_ = keep_alive_s;
    }
    keep_alive_ms_ = std::int64_t{keep_alive_s} * 1500;
    wanted_expiry_s_ = v5() ? properties.session_expiry_interval.value_or(0)
                            : (connect.clean_start ? 0 : options_.session_expiry_default_s);
    expiry_s_ = std::min(wanted_expiry_s_, options_.session_expiry_max_s);
    durable_ = expiry_s_ > 0;
    problem_information_ = properties.request_problem_information.value_or(1) != 0;
    wants_response_topic_ = properties.request_response_information.value_or(0) != 0;
    peer_packet_bytes_max_ = properties.maximum_packet_size.value_or(UINT32_MAX);
    inflight_max_ =
        std::min(properties.receive_maximum.value_or(UINT16_MAX), options_.inflight_max);
    peer_alias_max_ =
        std::min(properties.topic_alias_maximum.value_or(0), options_.topic_alias_max);
    return begin_authentication(properties);
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

void Session::finish_connect(bool session_present) {
    // What is to be retained has its place before the moment it is needed in.
    if (will_ && will_->retain && !will_->topic.starts_with('$')) {
        broker_.declare(retained_for(swap_names(will_->topic)), {});
    }
    if (!durable_) return finish_connect_answer(false);
    if (!session_present) {
        broker_.declare(state_queue(), {});
        open_state();
    }
    Then answer = [this, session_present](std::error_code error) {
        if (error) return refuse(Reason::server_unavailable, error.message());
        finish_connect_answer(session_present);
    };
    // The session is one from here on, even before its first subscription, and so is its will.
    const bool saves = !session_present || saved_expiry_s_ != expiry_s_;
    const bool saves_will = will_ && lasts();
    if (saves) {
        if (saves_will) save_will(INT64_MAX, {});
        return save_subscriptions(std::move(answer));
    }
    if (saves_will) return save_will(INT64_MAX, then(std::move(answer)));
    answer({});
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
    if (!method_.empty()) properties.authentication_method = method_;
    if (!authentication_data_.empty()) properties.authentication_data = authentication_data_;
    const std::string topic = wants_response_topic_ ? response_topic() : std::string();
    if (!topic.empty()) properties.response_information = topic;
    send(ack);
    phase_ = Phase::connected;
    traffic_.connected();
    received_ms_ = wire_.now_ms();
    if (keep_alive_ms_ != 0) wire_.tick_by(received_ms_ + keep_alive_ms_);
    for (const auto& [packet_id, flight] : flights_) {
        if (flight.state == Flight::State::released) answer(PacketType::pubrel, packet_id);
    }
    std::vector<std::uint16_t> begun;
    for (const auto& [packet_id, flight] : flights_) {
        if (flight.record.queue && flight.message != nullptr) begun.push_back(packet_id);
    }
    for (const std::uint16_t packet_id : begun) send_kept(packet_id, true);
    resume_subscriptions();
    resume_packets();
}

/// Where the client may be answered: below it, or on it, nobody else is. What a client id has that
/// no level of a topic's name may have is written as in URLs.
std::string Session::response_topic() const {
    constexpr std::size_t kRestBytesMax = 512;
    if (options_.response_topics.empty()) return {};
    std::string topic = options_.response_topics + "/";
    for (const char c : client_id_) {
        if (std::string_view("%/+#").contains(c)) {
            topic += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        } else {
            topic += c;
        }
    }
    // CONNACK must not become larger than the client takes.
    const std::size_t bytes_max = std::min<std::size_t>(peer_packet_bytes_max_, UINT16_MAX);
    return topic.size() + kRestBytesMax > bytes_max ? std::string() : topic;
}

void Session::refuse(Reason reason, std::string_view why) {
    if (phase_ == Phase::closed) return;
    will_.reset();
    ConnAck ack{.session_present = false,
                .code = v5() ? static_cast<std::uint8_t>(reason) : return_code(reason)};
    if (reason == Reason::use_another_server || reason == Reason::server_moved) {
        ack.properties.server_reference = options_.redirect;
    }
    send(ack);
    close(fmt::format("refused: {}", why));
}

void Session::on(const PingReq&) {
    send(PingResp{});
}

std::int64_t Session::tick(std::int64_t now_ms) {
    if (phase_ == Phase::away) return tick_away(now_ms);
    if (orphan_ || phase_ == Phase::closed || phase_ == Phase::left || phase_ == Phase::leaving) {
        return now_ms + kNever;
    }
    if (phase_ != Phase::connected) {
        const std::int64_t until = started_ms_ + options_.handshake_timeout_ms;
        if (now_ms < until) return until;
        close("no CONNECT in time");
        return now_ms + kNever;
    }
    if (keep_alive_ms_ == 0) return now_ms + kNever;
    if (!wire_.is_read()) received_ms_ = now_ms;
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
        traffic_.packets_sent += 1;
        traffic_.bytes_sent += scratch_.size();
    }
    scratch_.clear();
}

template void Session::send(const Ack&);
template void Session::send(const Auth&);
template void Session::send(const Disconnect&);
template void Session::send(const SubAck&);

}  // namespace tern::mqtt
