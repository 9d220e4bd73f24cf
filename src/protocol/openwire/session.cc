#include "protocol/openwire/session.h"

#include "base/log.h"
#include "protocol/openwire/codec/frame.h"

#include <algorithm>

namespace tern::openwire {
namespace {

// Until a client has said who it is, nothing it sends has to be large.
constexpr std::int64_t kFirstFrameBytesMax = 64 * 1024;
constexpr std::int64_t kTickMs = 1000;
// A refused client must read the refusal before the socket goes: OpenWire reference, 8.3.
constexpr std::int64_t kCloseDelayMs = 2000;

// A token says by itself what to answer, or names a continuation.
constexpr std::uint64_t kPlainToken = std::uint64_t{1} << 63;
constexpr std::uint64_t kWantedToken = std::uint64_t{1} << 62;
// Below these the number of a transaction, and that of the command.
constexpr int kTransactionShift = 32;

}  // namespace

Session::Session(const Options& options, const message::Formats& formats, Statistics& statistics,
                 protocol::Wire& wire, broker::Broker& broker)
    : options_(options),
      statistics_(statistics),
      wire_(wire),
      broker_(broker),
      notices_(options, broker),
      decoder_(WireFormat{.version = 1}, Limits{}),
      encoder_(WireFormat{.version = 1}),
      foreign_(formats),
      frame_bytes_max_(std::min(kFirstFrameBytesMax, options.frame_bytes_max)),
      started_ms_(wire.now_ms()) {}

void Session::start() {
    std::ignore = encode_wire_format_info(offer(), scratch_);  // always fits
    wire_.output().append(scratch_.bytes());
    scratch_.clear();
}

std::size_t Session::receive(Bytes input, const Buffer* owner) {
    received_ = true;
    std::size_t taken = 0;
    while (!closing_) {
        const Bytes rest = input.subspan(taken);
        const auto length = frame_length(rest, frame_bytes_max_);
        if (!length) {
            fail(length.error().message());
            break;
        }
        wanted_ = *length;
        if (*length == 0 || *length > rest.size()) return taken;
        receive_frame(rest.first(*length).subspan(kSizePrefixBytes), owner);
        taken += *length;
    }
    return input.size();  // whatever comes after the end is of no interest
}

void Session::receive_frame(Bytes frame, const Buffer* owner) {
    const auto command = decoder_.decode(frame);
    if (!command) return fail(command.error().message());
    const auto* info = std::get_if<WireFormatInfo>(&*command);
    if (!negotiated_) {
        if (info == nullptr) return fail("the first command is not WireFormatInfo");
        return negotiate(*info);
    }
    if (info != nullptr) return fail("a second WireFormatInfo");
    handle(*command, owner);
}

WireFormatProperties Session::offer() const {
    WireFormatProperties offer;
    offer.cache_enabled = options_.cache;
    offer.cache_size = options_.cache ? 1024 : 0;
    offer.tight_encoding_enabled = options_.tight_encoding;
    offer.tcp_no_delay_enabled = options_.tcp_no_delay;
    offer.max_inactivity_duration = std::chrono::milliseconds(options_.inactivity_ms);
    offer.max_inactivity_duration_initial_delay =
        std::chrono::milliseconds(options_.inactivity_initial_delay_ms);
    offer.max_frame_size = options_.frame_bytes_max;
    offer.max_frame_size_enabled = true;
    offer.provider_name = "TernMQ";
    offer.provider_version = options_.version;
    return offer;
}

void Session::negotiate(const WireFormatInfo& info) {
    const auto remote = read_properties(info);
    if (!remote) return fail(remote.error().message());
    const auto agreed = openwire::negotiate(offer(), *remote);
    if (!agreed) return fail(agreed.error().message());
    negotiated_ = true;
    if (!agreed->tcp_no_delay) wire_.gather();
    Limits limits;
    limits.frame_bytes_max = agreed->frame_bytes_max;
    decoder_ = Decoder(agreed->format, limits);
    encoder_ = Encoder(agreed->format, agreed->frame_bytes_max);
    decoder_limit_ = agreed->frame_bytes_max;
    frame_bytes_max_ = std::min(agreed->frame_bytes_max, kFirstFrameBytesMax);
    read_period_ms_ = agreed->read_check_period.count();
    next_read_check_ms_ = wire_.now_ms() + agreed->initial_delay.count() + read_period_ms_;

    BrokerInfo broker;
    broker.broker_id = BrokerId{options_.broker_id};
    broker.broker_name = options_.broker_name;
    broker.broker_url = "";
    send(broker);
}

void Session::handle(const Command& command, const Buffer* owner) {
    std::visit(
        [&](const auto& c) {
            using T = std::decay_t<decltype(c)>;
            if constexpr (requires { c.response_required; }) {
                if (c.response_required) wire_.will_answer();
            }
            if constexpr (std::is_same_v<T, Message>) {
                on(c, owner);
            } else if constexpr (requires { this->on(c); }) {
                on(c);
            } else if constexpr (requires { c.response_required; }) {
                // Accepted and ignored: OpenWire reference, 8.3.
                answer(reply_to(c));
            }
        },
        command);
}

void Session::fail(std::string_view reason) {
    if (std::exchange(closing_, true)) return;
    wire_.close(reason);
}

void Session::close_soon(std::string reason) {
    if (close_at_ms_ != 0) return;
    close_at_ms_ = wire_.now_ms() + kCloseDelayMs;
    close_reason_ = std::move(reason);
}

std::int64_t Session::tick(std::int64_t now_ms) {
    if (closing_) return now_ms + kTickMs;
    if (close_at_ms_ != 0 && now_ms >= close_at_ms_) {
        fail(close_reason_);
    } else if (!connected_ && now_ms - started_ms_ >= options_.handshake_timeout_ms) {
        fail("no ConnectionInfo in time");
    } else {
        check_liveness(now_ms);
        end_late_pulls(now_ms);
    }
    return now_ms + std::min(kTickMs, options_.handshake_timeout_ms / 2 + 1);
}

void Session::check_liveness(std::int64_t now_ms) {
    if (read_period_ms_ == 0) return;
    if (!wire_.is_read()) received_ = true;
    if (now_ms >= next_read_check_ms_) {
        next_read_check_ms_ = now_ms + read_period_ms_;
        if (!std::exchange(received_, false)) return fail("nothing received for too long");
    }
    // A third of the period is the protocol's rhythm (16.1); ticks come often enough for all
    // periods above a few seconds, and more often than needed costs a few bytes.
    const bool due = now_ms - last_write_check_ms_ >= read_period_ms_ / 3;
    if (!due) return;
    last_write_check_ms_ = now_ms;
    if (sent_frames_ == std::exchange(sent_frames_checked_, sent_frames_)) send(KeepAliveInfo{});
}

void Session::drained() {
    while (!held_.empty() && wire_.output().size() < protocol::Wire::kOutputBytesHigh) {
        const Held held = std::move(held_.front());
        held_.pop_front();
        ConsumerState* consumer = find_consumer(held.consumer);
        if (consumer == nullptr) continue;
        const Destination from{.type = held.from_type, .physical_name = held.from};
        if (held.delivery.message != nullptr) {
            send_delivery(*consumer, from, held.delivery);
        } else {
            send_nothing(*consumer, from);
        }
    }
}

void Session::shut_down() {
    if (closing_) return;
    if (negotiated_) send(ShutdownInfo{});
    closing_ = true;
    wire_.close("");
}

void Session::ended() {
    closing_ = true;
    close_connection(RemoveInfo::kUnknownDelivered);
}

void Session::evicted(broker::ConnectionEnd why) {
    log::info("openwire", "{}: connection {}: {}", wire_.peer(), connection_id_, to_text(why));
    notices_.disconnected();  // before the other one says that it is there
    fail("");
}

broker::Token Session::plain(Reply reply, broker::TransactionNumber sent_in) {
    return broker::Token{kPlainToken | (reply.wanted ? kWantedToken : 0) |
                         (sent_in.value & kTransactionMask) << kTransactionShift |
                         static_cast<std::uint32_t>(reply.command_id)};
}

broker::Token Session::then(Continuation continuation) {
    continuations_.emplace(++last_token_, std::move(continuation));
    return broker::Token{last_token_};
}

void Session::completed(broker::Token token, std::error_code error) {
    if (closing_) return;
    if ((token.value & kPlainToken) != 0) {
        const Reply reply{static_cast<std::int32_t>(token.value & 0xFFFFFFFF),
                          (token.value & kWantedToken) != 0};
        const broker::TransactionNumber sent_in{token.value >> kTransactionShift &
                                                kTransactionMask};
        if (error && !reply.wanted) fail_transaction(sent_in);
        return answer(reply, error, {});
    }
    auto continuation = continuations_.extract(token.value);
    if (!continuation.empty()) continuation.mapped()(error);
}

template <class T>
void Session::send(const T& command) {
    if (const auto encoded = encoder_.encode(command, scratch_); !encoded) {
        log::warning("openwire", "{}: cannot send a command: {}", wire_.peer(),
                     encoded.error().message());
        return;
    }
    wire_.output().append(scratch_.bytes());
    scratch_.clear();
    ++sent_frames_;
}

template void Session::send(const ProducerAck&);
template void Session::send(const ConnectionControl&);
template void Session::send(const ConsumerControl&);
template void Session::send(const KeepAliveInfo&);
template void Session::send(const IntegerResponse&);
template void Session::send(const DataArrayResponse&);
template void Session::send(const MessageDispatch&);

void Session::answer(Reply reply) {
    if (reply.wanted) send(Response{.correlation_id = reply.command_id});
}

void Session::refuse(Reply reply, std::string_view class_name, std::string_view message) {
    Throwable cause{.class_name = class_name, .message = message};
    if (reply.wanted) {
        return send(
            ExceptionResponse{.correlation_id = reply.command_id, .exception = std::move(cause)});
    }
    send(ConnectionError{.exception = std::move(cause)});
}

void Session::answer(Reply reply, std::error_code error, std::string_view about) {
    if (!error) return answer(reply);
    const Refusal refusal = openwire::refuse(error, about, broker_.user());
    refuse(reply, refusal.class_name, refusal.message);
}

}  // namespace tern::openwire
