#include "protocol/amqp10/connection.h"

#include "base/log.h"
#include "broker/api/errors.h"
#include "protocol/amqp10/codec/decode.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/errors.h"
#include "protocol/amqp10/filters.h"
#include "protocol/amqp10/session.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::amqp10 {
namespace {

constexpr std::uint16_t kChannelMax = 32'767;
// Until a client has come in, nothing it sends has to be large.
constexpr std::size_t kEarlyBytesMax = std::size_t{64} * 1024;
constexpr std::uint32_t kSaslFrameBytesMax = 8192;
constexpr std::int64_t kTickMs = 1000;
// A smaller interval of signs of life cannot be kept.
constexpr std::uint32_t kPeerIdleTimeoutMsMin = 1000;

// A token names the delivery whose publish it is, or a continuation.
constexpr std::uint64_t kPublishToken = std::uint64_t{1} << 63;
constexpr std::uint32_t kSerialMask = INT32_MAX;

void put_server(const Server& server, ByteWriter& out) {
    Compound entries(out, Compound::Type::map);
    put_symbol(out, "hostname");
    put_string(out, server.host);
    put_symbol(out, "network-host");
    put_string(out, server.host);
    put_symbol(out, "port");
    put_int(out, server.port);
    put_symbol(out, "scheme");
    put_string(out, "amqp");
    entries.end(8);
}

}  // namespace

Connection::Connection(const Environment& environment, std::uint64_t serial, protocol::Wire& wire,
                       broker::Broker& broker)
    : environment_(environment),
      serial_(serial),
      wire_(wire),
      broker_(broker),
      started_ms_(wire.now_ms()),
      received_ms_(started_ms_),
      sent_ms_(started_ms_) {}

Connection::~Connection() = default;

std::size_t Connection::header_or_frame_bytes(Bytes rest) {
    const bool header = state_ == State::header || state_ == State::sasl_done ||
                        (state_ == State::unopened && !rest.empty() && rest.front() == 'A');
    if (header) return kProtocolHeaderBytes;
    const std::uint32_t limit =
        state_ == State::sasl ? kSaslFrameBytesMax : options().frame_bytes_max;
    const auto size = frame_size(rest, limit);
    if (size) return *size;
    fail(kFramingError, size.error().message());
    return 0;
}

std::size_t Connection::receive(Bytes input, const Buffer* owner) {
    received_ = true;
    if (early_.empty() && state_ != State::logging_in) return take(input, owner);
    early_.append(as_text(input));
    if (state_ != State::logging_in) {
        resume();  // behind a part of a frame, as large as these may be
    } else if (early_.size() > kEarlyBytesMax) {
        hang_up("too much before the login");
    }
    return input.size();
}

/// What came while the broker was asked; a rest that is no whole frame waits for more.
void Connection::resume() {
    const std::string bytes = std::exchange(early_, {});
    const std::size_t taken = take(as_bytes(bytes), nullptr);
    early_.insert(0, bytes, taken);
    wanted_ = 0;
}

std::size_t Connection::take(Bytes input, const Buffer* owner) {
    std::size_t taken = 0;
    while (!closing_) {
        const Bytes rest = input.subspan(taken);
        if (state_ == State::logging_in) {
            early_ = as_text(rest);
            wanted_ = 0;
            return input.size();
        }
        wanted_ = header_or_frame_bytes(rest);
        if (closing_) break;
        if (wanted_ == 0 || wanted_ > rest.size()) {
            flush_settlements();
            return taken;
        }
        const std::size_t size = wanted_;
        if (state_ == State::header || state_ == State::sasl_done) {
            on_header(rest.first(size));
        } else {
            on_frame(rest.first(size), owner);
        }
        taken += size;
    }
    return input.size();  // whatever comes after the end is of no interest
}

void Connection::on_header(Bytes eight) {
    const auto id = read_protocol_header(eight);
    const bool again = state_ == State::sasl_done;
    if (!id || *id == ProtocolId::tls || (again && *id != ProtocolId::amqp)) {
        // Part 2, 2.2: answer with what one does speak.
        wire_.output().append(protocol_header(again ? ProtocolId::amqp : ProtocolId::sasl));
        return hang_up("no protocol header that is served here");
    }
    if (*id == ProtocolId::sasl) return send_sasl_header();
    wire_.output().append(protocol_header(ProtocolId::amqp));
    state_ = State::unopened;
}

void Connection::send_sasl_header() {
    wire_.output().append(protocol_header(ProtocolId::sasl));
    state_ = State::sasl;
    sasl_ = std::make_unique<Sasl>(broker_.login_ways(), std::string(wire_.certificate()));
    send_sasl(SaslMechanisms{sasl_->mechanisms()});
}

template <class T>
void Connection::send_sasl(const T& frame) {
    const std::size_t at = begin_frame(scratch_, FrameType::sasl, 0);
    encode(frame, scratch_);
    end_frame(scratch_, at);
    wire_.output().append(scratch_.bytes());
    scratch_.clear();
}

void Connection::on_frame(Bytes bytes, const Buffer* owner) {
    const auto frame = read_frame(bytes);
    if (!frame) return fail(kFramingError, frame.error().message());
    if (state_ == State::sasl) {
        if (frame->type != FrameType::sasl) return hang_up("an AMQP frame during SASL");
        return on_sasl(frame->body);
    }
    if (frame->type != FrameType::amqp) return fail(kFramingError, "a SASL frame after SASL");
    if (frame->body.empty()) return;
    if (is_transfer(frame->body)) return on_transfer(*frame, owner);
    const auto performative = decode(frame->body);
    if (!performative) return fail(kDecodeError, performative.error().message());
    handle(frame->channel, *performative, owner);
}

void Connection::on_transfer(const Frame& frame, const Buffer* owner) {
    const auto transfer = decode_transfer(frame.body);
    if (!transfer) return fail(kDecodeError, transfer.error().message());
    amqp10::Session* const session = session_of(frame.channel);
    if (session != nullptr && !session->ended()) session->on(*transfer, owner);
}

/// Null, and the connection has failed, when the peer may not use the channel.
amqp10::Session* Connection::session_of(std::uint16_t channel) {
    const auto found = sessions_.find(channel);
    if (state_ == State::unopened) {
        fail(kFramingError, "the first frame is no open");
    } else if (found == sessions_.end()) {
        fail(kNotAllowed, "a frame on a channel without session");
    } else {
        return found->second.get();
    }
    return nullptr;
}

void Connection::on_sasl(Bytes body) {
    const auto frame = decode_sasl(body);
    if (!frame) return hang_up(frame.error().message());
    if (const auto* init = std::get_if<SaslInit>(&*frame)) {
        return on_sasl(
            sasl_->begin(init->mechanism, as_text(init->initial_response.value_or(Bytes()))));
    }
    if (const auto* response = std::get_if<SaslResponse>(&*frame)) {
        return on_sasl(sasl_->respond(as_text(response->response)));
    }
    hang_up("a SASL frame that only servers send");
}

void Connection::on_sasl(const Sasl::Step& step) {
    using What = Sasl::Step::What;
    switch (step.what) {
        case What::challenge:
            return send_sasl(SaslChallenge{as_bytes(step.data)});
        case What::ask:
            return log_in(step);
        case What::ask_for_keys:
            return ask_for_keys(step.user, step.hash);
        case What::denied:
            return deny(SaslCode::auth);
        case What::unknown_mechanism:
            send_sasl(SaslOutcome{.code = SaslCode::sys_perm});
            return hang_up("a SASL mechanism that was not offered");
    }
}

void Connection::log_in(const Sasl::Step& step) {
    state_ = State::logging_in;
    const bool shows_secret = step.password || step.proof;
    broker::Login login;
    if (shows_secret && !step.user.empty()) login.user = step.user;
    if (step.password) login.password = *step.password;
    if (step.proof) {
        login.proof =
            broker::ScramProof{step.proof->hash, step.proof->signed_text, step.proof->proof};
    }
    // Who shows a certificate may say whom it stands for.
    const std::string claimed = shows_secret ? std::string() : step.user;
    broker_.log_in(login, then([this, claimed, data = step.data](std::error_code error) {
                       const bool other = !claimed.empty() && claimed != broker_.user();
                       if (error == broker::Errc::too_many_sessions)
                           return deny(SaslCode::sys_temp);
                       if (error || (other && broker_.guarded())) return deny(SaslCode::auth);
                       logged_in(data);
                       if (!early_.empty()) resume();
                   }));
}

void Connection::ask_for_keys(const std::string& user, broker::ScramHash hash) {
    state_ = State::logging_in;
    broker_.challenge(user, hash, [this](std::optional<broker::ScramChallenge> challenge) {
        if (closing_) return;
        state_ = State::sasl;
        on_sasl(sasl_->challenged(std::move(challenge)));
        if (!closing_ && !early_.empty()) resume();
    });
}

void Connection::logged_in(std::string_view data) {
    SaslOutcome outcome;
    if (!data.empty()) outcome.additional_data = as_bytes(data);
    send_sasl(outcome);
    sasl_.reset();
    logged_in_ = true;
    state_ = State::sasl_done;
}

void Connection::deny(SaslCode why) {
    send_sasl(SaslOutcome{.code = why});
    hang_up("login denied");
}

Output& Connection::output() {
    sent_ = true;
    return postponed_ != nullptr ? *postponed_ : wire_.output();
}

template <class T>
void Connection::send(std::uint16_t channel, const T& performative) {
    if (closing_) return;
    const std::size_t at = begin_frame(scratch_, FrameType::amqp, channel);
    encode(performative, scratch_);
    end_frame(scratch_, at);
    output().append(scratch_.bytes());
    scratch_.clear();
}

template void Connection::send(std::uint16_t, const Begin&);
template void Connection::send(std::uint16_t, const Attach&);
template void Connection::send(std::uint16_t, const Flow&);
template void Connection::send(std::uint16_t, const Transfer&);
template void Connection::send(std::uint16_t, const Disposition&);
template void Connection::send(std::uint16_t, const Detach&);
template void Connection::send(std::uint16_t, const End&);

void Connection::handle(std::uint16_t channel, const Performative& performative,
                        const Buffer* owner) {
    if (const auto* open = std::get_if<Open>(&performative)) return on(*open);
    if (state_ == State::unopened) return fail(kFramingError, "the first frame is no open");
    if (const auto* close = std::get_if<Close>(&performative)) return on(*close);
    if (const auto* begin = std::get_if<Begin>(&performative)) return on(channel, *begin);
    amqp10::Session* const session = session_of(channel);
    if (session == nullptr) return;
    // What crossed our end on its way.
    if (session->ended() && !std::holds_alternative<End>(performative)) return;
    std::visit(
        [&](const auto& p) {
            using T = std::decay_t<decltype(p)>;
            if constexpr (std::is_same_v<T, Transfer>) {
                session->on(p, owner);
            } else if constexpr (std::is_same_v<T, End>) {
                const bool ours = session->ended();
                session->flush();
                session->end();
                if (!ours) send(channel, End{});
                sessions_.erase(channel);
            } else if constexpr (requires { session->on(p); }) {
                session->on(p);
            }
        },
        performative);
}

Open Connection::make_open(Bytes properties) const {
    Open open;
    open.container_id = options().container_id;
    open.frame_bytes_max = options().frame_bytes_max;
    open.channel_max = kChannelMax;
    open.idle_timeout_ms = options().idle_timeout_ms;
    open.offered = {"sole-connection-for-container", "SHARED-SUBS", "ANONYMOUS-RELAY"};
    if (options().delayed_delivery) open.offered.emplace_back(kDelayedDelivery);
    open.properties = properties;
    return open;
}

void Connection::on(const Open& open) {
    if (state_ != State::unopened) return fail(kFramingError, "a second open");
    state_ = State::opening;
    container_id_ = open.container_id;
    peer_frame_bytes_max_ = std::max(kFrameBytesMin, open.frame_bytes_max);
    channel_max_ = std::min(open.channel_max, kChannelMax);
    peer_idle_timeout_ms_ = open.idle_timeout_ms;
    postponed_ = std::make_unique<Output>();
    if (peer_idle_timeout_ms_ != 0 && peer_idle_timeout_ms_ < kPeerIdleTimeoutMsMin) {
        return refuse_open({.condition = kPreconditionFailed,
                            .description = "the idle timeout is too short to be kept"});
    }
    if (!options().redirect.host.empty()) {
        ByteWriter where;
        put_server(options().redirect, where);
        return refuse_open({.condition = kConnectionRedirect,
                            .description = "another server is in charge",
                            .info = where.bytes()});
    }
    sole_ = std::ranges::find(open.desired, "sole-connection-for-container") != open.desired.end();
    if (logged_in_) return take_container_id();
    // A client without SASL: it is nobody in particular.
    broker_.log_in(
        {}, then([this](std::error_code error) {
            if (!error) return take_container_id();
            refuse_open({.condition = condition_of(error), .description = error.message()});
        }));
}

void Connection::take_container_id() {
    if (!sole_ || container_id_.empty()) return answer_open();
    broker_.identify(
        container_id_, fmt::format("amqp-{}", serial_), broker::Takeover::own,
        then([this](std::error_code error) {
            if (!error) return answer_open();
            ByteWriter info;
            Compound entries(info, Compound::Type::map);
            put_symbol(info, "invalid-field");
            put_symbol(info, "container-id");
            entries.end(2);
            const std::string text = error.message();
            refuse_open(
                {.condition = condition_of(error), .description = text, .info = info.bytes()});
        }));
}

void Connection::answer_open() {
    broker_.introduce(container_id_);
    ByteWriter properties;
    Compound entries(properties, Compound::Type::map);
    put_symbol(properties, "product");
    put_string(properties, "TernMQ");
    put_symbol(properties, "version");
    put_string(properties, options().version);
    std::uint32_t count = 4;
    if (!options().failover_servers.empty()) {
        put_symbol(properties, "failover-server-list");
        Compound servers(properties, Compound::Type::list);
        for (const Server& server : options().failover_servers) put_server(server, properties);
        servers.end(static_cast<std::uint32_t>(options().failover_servers.size()));
        count += 2;
    }
    entries.end(count);
    const std::unique_ptr<Output> postponed = std::exchange(postponed_, nullptr);
    state_ = State::open;
    const Open open = make_open(properties.bytes());
    const std::size_t at = begin_frame(scratch_, FrameType::amqp, 0);
    encode(open, scratch_);
    end_frame(scratch_, at);
    output().append(scratch_.bytes());
    scratch_.clear();
    while (!postponed->empty()) {
        std::array<Bytes, 16> pieces;
        const std::size_t gathered = postponed->gather(pieces);
        for (std::size_t i = 0; i < gathered; ++i) {
            output().append(pieces[i]);
        }
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < gathered; ++i) bytes += pieces[i].size();
        postponed->consume(bytes);
    }
}

void Connection::refuse_open(const Error& error) {
    ByteWriter properties;
    Compound entries(properties, Compound::Type::map);
    put_symbol(properties, "amqp:connection-establishment-failed");
    put_boolean(properties, true);
    entries.end(2);
    postponed_.reset();
    send(0, make_open(properties.bytes()));
    send(0, Close{error});
    hang_up(error.description);
}

void Connection::on(std::uint16_t channel, const Begin& begin) {
    if (channel > channel_max_) return fail(kFramingError, "a channel above the maximum");
    if (begin.remote_channel || sessions_.contains(channel)) {
        return fail(kFramingError, "a session begun twice");
    }
    last_session_ = (last_session_ + 1) & kSerialMask;
    const auto error = broker_.begin_session();
    const auto made = sessions_.emplace(
        channel, std::make_unique<amqp10::Session>(*this, channel, last_session_, begin));
    // Part 2, 2.5.3: it has to be begun to be ended.
    if (error) made.first->second->refuse(error);
}

void Connection::on(const Close&) {
    before_flush();
    end_sessions();
    send(0, Close{});
    hang_up("");
}

void Connection::fail(std::string_view condition, std::string_view description) {
    if (closing_) return;
    if (state_ < State::unopened) {
        return hang_up(description);
    }
    if (state_ != State::open) {
        postponed_.reset();
        send(0, make_open({}));
    }
    send(0, Close{Error{.condition = condition, .description = description}});
    hang_up(description);
}

void Connection::hang_up(std::string_view reason) {
    if (std::exchange(closing_, true)) return;
    flush_settlements();
    wire_.close(reason);
}

void Connection::end_sessions() {
    for (const auto& [channel, session] : sessions_) session->end();
}

std::int64_t Connection::tick(std::int64_t now_ms) {
    if (closing_) return now_ms + kTickMs;
    if (std::exchange(received_, false) || !wire_.is_read()) received_ms_ = now_ms;
    if (std::exchange(sent_, false)) sent_ms_ = now_ms;
    const bool open = state_ == State::open;
    if (!open && now_ms - started_ms_ >= options().handshake_timeout_ms) {
        hang_up("no open in time");
    } else if (open && options().idle_timeout_ms != 0 &&
               now_ms - received_ms_ >= std::int64_t{2} * options().idle_timeout_ms) {
        fail(kResourceLimit, "local-idle-timeout expired");
    } else if (open && peer_idle_timeout_ms_ != 0 &&
               now_ms - sent_ms_ >= peer_idle_timeout_ms_ / 2 - kPeerIdleTimeoutMsMin / 4) {
        std::ignore = begin_frame(scratch_, FrameType::amqp, 0);
        end_frame(scratch_, 0);
        output().append(scratch_.bytes());
        scratch_.clear();
    }
    const std::int64_t period = peer_idle_timeout_ms_ == 0
                                    ? kTickMs
                                    : std::min<std::int64_t>(kTickMs, peer_idle_timeout_ms_ / 4);
    return now_ms + std::min(period, options().handshake_timeout_ms / 2 + 1);
}

bool Connection::output_is_high() const {
    return wire_.output().size() >= protocol::Wire::kOutputBytesHigh;
}

void Connection::drained() {
    for (const auto& [channel, session] : sessions_) session->pump();
}

void Connection::flush_settlements() {
    for (const auto& [channel, session] : sessions_) session->flush_settlement();
}

void Connection::before_flush() {
    if (closing_) return;
    for (const auto& [channel, session] : sessions_) session->flush();
}

void Connection::shut_down() {
    if (closing_) return;
    before_flush();
    if (state_ == State::open) {
        send(0, Close{Error{.condition = kConnectionForced, .description = "the broker stops"}});
    }
    hang_up("");
}

void Connection::ended() {
    closing_ = true;
}

void Connection::evicted(broker::ConnectionEnd why) {
    fail(kConnectionForced, to_text(why));
}

broker::Token Connection::then(Continuation continuation) {
    continuations_.emplace(++last_token_, std::move(continuation));
    return broker::Token{last_token_};
}

broker::Token Connection::publish_token(std::uint32_t session, std::uint32_t delivery_id) {
    return broker::Token{kPublishToken | (std::uint64_t{session} << 32) | delivery_id};
}

void Connection::completed(broker::Token token, std::error_code error) {
    if (closing_) return;
    if ((token.value & kPublishToken) != 0) {
        const auto serial = static_cast<std::uint32_t>(token.value >> 32) & kSerialMask;
        if (amqp10::Session* const session = find_session(serial)) {
            session->published(static_cast<std::uint32_t>(token.value), error);
        }
        return;
    }
    auto continuation = continuations_.extract(token.value);
    if (!continuation.empty()) continuation.mapped()(error);
}

void Connection::deliver(broker::ConsumerNumber number, const broker::QueueInfo&,
                         std::span<const broker::Delivery> deliveries) {
    Consumer* const consumer = find_consumer(number);
    if (consumer == nullptr || closing_) return;
    consumer->session.deliver(*consumer, deliveries);
}

void Connection::browsed(broker::ConsumerNumber number, const broker::QueueInfo&,
                         std::span<const broker::Delivery> content, bool last) {
    Consumer* const consumer = find_consumer(number);
    if (consumer == nullptr || closing_) return;
    consumer->session.browsed(*consumer, content, last);
}

void Connection::cancelled(broker::ConsumerNumber number) {
    Consumer* const consumer = find_consumer(number);
    if (consumer != nullptr && !closing_) consumer->session.cancelled(*consumer);
}

void Connection::revoked(broker::ConsumerNumber number) {
    Consumer* const consumer = find_consumer(number);
    if (consumer != nullptr && !closing_) consumer->session.revoked(*consumer);
}

broker::ConsumerNumber Connection::add_consumer(Consumer& consumer) {
    const broker::ConsumerNumber number{++last_consumer_};
    consumers_.emplace(number, &consumer);
    return number;
}

Consumer* Connection::find_consumer(broker::ConsumerNumber number) {
    const auto found = consumers_.find(number);
    return found == consumers_.end() ? nullptr : found->second;
}

std::size_t Connection::producers() const {
    std::size_t count = 0;
    for (const auto& [channel, session] : sessions_) count += session->producers();
    return count;
}

amqp10::Session* Connection::find_session(std::uint32_t serial) {
    const auto found =
        std::ranges::find(sessions_, serial, [](const auto& s) { return s.second->serial(); });
    return found == sessions_.end() ? nullptr : found->second.get();
}

std::string Connection::make_temporary_name() {
    return fmt::format("{}:{}:{}", options().broker_id, serial_, ++last_temporary_);
}

}  // namespace tern::amqp10
