#include "protocol/amqp091/session.h"

#include "base/log.h"
#include "protocol/amqp091/codec/errc.h"
#include "protocol/amqp091/json.h"
#include "protocol/amqp091/publish_token.h"

#include <algorithm>
#include <array>

namespace tern::amqp091 {
namespace {

constexpr std::uint32_t kFirstFrameBytesMax = 8192;  // before anybody has logged in
constexpr std::int64_t kTickMs = 1000;
constexpr std::int64_t kCloseOkTimeoutMs = 30'000;
constexpr std::int64_t kSecond = 1000;

std::uint64_t mixed(std::uint64_t value) {
    value ^= value >> 30;
    value *= 0xBF58476D1CE4E5B9ULL;
    value ^= value >> 27;
    value *= 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

}  // namespace

Session::Session(const Options& options, const message::Formats& formats,
                 std::atomic<std::uint64_t>& names, protocol::Wire& wire, broker::Broker& broker)
    : options_(options),
      formats_(formats),
      names_(names),
      wire_(wire),
      broker_(broker),
      exchanges_(broker.exchanges()),
      started_ms_(wire.now_ms()),
      received_ms_(started_ms_),
      sent_ms_(started_ms_) {}

std::size_t Session::receive(Bytes input, const Buffer* owner) {
    received_ms_ = wire_.now_ms();
    std::size_t taken = input.size();
    if (!then_ && deferred_.empty()) {
        taken = process(input, owner);
    } else {
        deferred_.insert(deferred_.end(), input.begin(), input.end());
        if (!then_) resume();
    }
    hand_over();
    return taken;
}

void Session::hand_over() {
    const std::uint64_t unroutable = exchanges_.unroutable();
    if (unroutable != unroutable_) tally_.add(Total::unroutable, unroutable - unroutable_);
    unroutable_ = unroutable;
    tally_.hand_over(*options_.totals);
}

std::size_t Session::process(Bytes input, const Buffer* owner) {
    std::size_t taken = 0;
    while (!wire_closed_ && !then_) {
        const Bytes rest = input.subspan(taken);
        if (phase_ == Phase::header) {
            const std::size_t count = take_protocol_header(rest);
            if (count == 0) return taken;
            taken += count;
            continue;
        }
        const auto size = frame_size(rest, frame_limit());
        if (!size) {
            close_with({ReplyCode::frame_error, size.error().message()});
            break;
        }
        wanted_ = *size;
        if (*size == 0 || *size > rest.size()) return taken;
        taken += *size;
        const auto frame = split_frame(rest.first(*size));
        if (!frame) {
            close_with({ReplyCode::frame_error, frame.error().message()});
            break;
        }
        handle(*frame, owner);
    }
    if (!then_) return input.size();  // what comes after the end is of no interest
    const Bytes rest = input.subspan(taken);
    deferred_.insert(deferred_.end(), rest.begin(), rest.end());
    return input.size();
}

std::size_t Session::take_protocol_header(Bytes input) {
    wanted_ = kProtocolHeader.size();
    const std::size_t count = std::min(input.size(), kProtocolHeader.size());
    const bool fits = std::ranges::equal(input.first(count), Bytes(kProtocolHeader).first(count));
    if (!fits) {
        wire_.output().append(Bytes(kProtocolHeader));
        wire_closed_ = true;
        wire_.close("not a client of AMQP 0-9-1");
        return input.size();
    }
    if (count < kProtocolHeader.size()) return 0;
    start_connection();
    return count;
}

std::uint32_t Session::frame_limit() const {
    return phase_ == Phase::running || phase_ == Phase::closing ? frame_max_ : kFirstFrameBytesMax;
}

void Session::handle(const Frame& frame, const Buffer* owner) {
    method_ = {};
    if (frame.type == FrameType::heartbeat) {
        if (frame.channel == 0) return;
        return close_with({ReplyCode::unexpected_frame, "heartbeat on another channel than 0"});
    }
    if (phase_ == Phase::closing) return handle_closing(frame);
    if (frame.type == FrameType::method) return handle_method(frame);
    Channel* const channel = find_channel(frame.channel);
    if (channel != nullptr && channel->closing) return;
    if (channel == nullptr || !channel->incoming) {
        return close_with({ReplyCode::unexpected_frame, "content that no method announced"});
    }
    if (frame.type == FrameType::header) return take_header(*channel, frame.payload);
    take_body(*channel, frame.payload, owner);
}

void Session::handle_method(const Frame& frame) {
    method_ = method_id(frame.payload);
    const auto method = decode_method(frame.payload);
    Channel* const channel = find_channel(frame.channel);
    if (channel != nullptr && channel->closing) {
        if (!method) return;
        if (std::holds_alternative<ChannelCloseOk>(*method)) return close_channel(*channel);
        if (std::holds_alternative<ChannelClose>(*method)) send(frame.channel, ChannelCloseOk{});
        return;
    }
    if (!method) {
        const bool unknown = method.error() == make_error_code(Errc::unknown_method);
        return fail({unknown ? ReplyCode::command_invalid : ReplyCode::frame_error,
                     method.error().message()});
    }
    if (channel != nullptr && channel->incoming) {
        method_ = BasicPublish::kId;
        return fail({ReplyCode::unexpected_frame, "a method inside of content"});
    }
    std::visit(
        [&](const auto& m) {
            if constexpr (requires { this->on(m); }) {
                if (frame.channel == 0) return on(m);
                return fail({ReplyCode::command_invalid, "a connection method on a channel"});
            } else if constexpr (requires { this->on(*channel, m); }) {
                if (phase_ != Phase::running || frame.channel == 0) {
                    return fail({ReplyCode::channel_error, "expected 'channel.open'"});
                }
                using M = std::decay_t<decltype(m)>;
                if (channel != nullptr) return on(*channel, m);
                if (std::is_same_v<M, ChannelOpen>) return open_channel(frame.channel);
                return fail({ReplyCode::channel_error, "expected 'channel.open'"});
            } else {
                fail({ReplyCode::command_invalid, "a method that clients do not send"});
            }
        },
        *method);
}

void Session::handle_closing(const Frame& frame) {
    if (frame.type != FrameType::method || frame.channel != 0) return;
    const MethodId id = method_id(frame.payload);
    if (id == ConnectionClose::kId) send(0, ConnectionCloseOk{});
    if (id == ConnectionClose::kId || id == ConnectionCloseOk::kId) {
        wire_closed_ = true;
        wire_.close(close_reason_);
    }
}

void Session::close_with(const Failure& failure, MethodId method) {
    if (phase_ == Phase::closing) return;
    const std::string text = reply_text(failure.code, failure.text);
    send(0, ConnectionClose{.reply_code = static_cast<std::uint16_t>(failure.code),
                            .reply_text = text,
                            .class_id = method.class_id,
                            .method_id = method.method_id});
    const bool out_of_step = failure.code == ReplyCode::frame_error;
    phase_ = Phase::closing;
    close_reason_ = text;
    constexpr std::int64_t kFrameErrorWaitMs = 3000;
    close_at_ms_ = wire_.now_ms() + (out_of_step ? kFrameErrorWaitMs : kCloseOkTimeoutMs);
    if (!out_of_step && heartbeat_ms_ > 0) {
        close_at_ms_ = std::min(close_at_ms_, wire_.now_ms() + heartbeat_ms_);
    }
    wire_.tick_by(close_at_ms_);
}

void Session::fail(Channel& channel, const Failure& failure) {
    if (is_hard(failure.code)) return close_with(failure, method_);
    const std::string text = reply_text(failure.code, failure.text);
    log::debug("amqp091", "{}: channel {} closed: {}", wire_.peer(), channel.number, text);
    const MethodId method = method_;
    release_everything(channel);
    channel.closing = true;
    send(channel.number, ChannelClose{.reply_code = static_cast<std::uint16_t>(failure.code),
                                      .reply_text = text,
                                      .class_id = method.class_id,
                                      .method_id = method.method_id});
}

broker::Token Session::wait_for(Then then) {
    TERN_ASSERT(!then_);
    then_ = std::move(then);
    return broker::Token{++last_token_};
}

void Session::answered(broker::Token token, std::error_code error,
                       const broker::QueueCounts& counts) {
    if (!then_ || token.value != last_token_) return;
    Then then = std::exchange(then_, nullptr);
    then(error, counts);
    if (!then_) resume();
}

void Session::resume() {
    if (deferred_.empty() || then_) return;
    const std::vector<std::uint8_t> input = std::exchange(deferred_, {});
    const std::size_t taken = process(input, nullptr);
    if (taken < input.size()) {
        deferred_.insert(deferred_.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken),
                         input.end());
    }
}

void Session::completed(broker::Token token, std::error_code error) {
    if (wire_closed_) return;
    if (is_publish(token)) return published(token, error);
    answered(token, error, {});
}

void Session::counted(broker::Token token, std::error_code error,
                      const broker::QueueCounts& counts) {
    if (!wire_closed_) answered(token, error, counts);
}

Channel* Session::find_channel(std::uint16_t number) {
    const auto found = channels_.find(number);
    return found == channels_.end() ? nullptr : found->second.get();
}

std::string Session::generated(std::string_view prefix) {
    const std::uint64_t count = names_.fetch_add(1, std::memory_order_relaxed) + 1;
    std::array<std::uint8_t, 16> bytes{};
    store_big_endian(bytes.data(), mixed(options_.instance + count));
    store_big_endian(bytes.data() + 8, mixed(options_.instance ^ mixed(count)));
    return std::string(prefix) + to_base64_url(as_text(bytes));
}

std::int64_t Session::tick(std::int64_t now_ms) {
    if (wire_closed_) return now_ms + kTickMs;
    const auto end = [&](std::string_view reason) {
        wire_closed_ = true;
        wire_.close(reason);
    };
    if (phase_ == Phase::closing) {
        if (now_ms >= close_at_ms_) end(close_reason_);
    } else if (phase_ != Phase::running) {
        if (now_ms - started_ms_ >= options_.handshake_timeout_ms) end("no handshake in time");
    } else {
        tell_blocked();
        check_consumer_timeouts(now_ms);
    }
    if (phase_ == Phase::running && heartbeat_ms_ > 0) {
        // Reading stops while the broker owes an answer: that is no silence of the peer's.
        if (then_ || !wire_.is_read()) received_ms_ = now_ms;
        if (now_ms - received_ms_ > 2 * heartbeat_ms_ + kSecond) {
            end("missed heartbeats from client");
        } else if (now_ms - sent_ms_ >= heartbeat_ms_ / 2) {
            sent_ms_ = now_ms;
            const std::size_t begun = begin_frame(scratch_, FrameType::heartbeat, 0);
            end_frame(scratch_, begun);
            wire_.output().append(scratch_.bytes());
            scratch_.clear();
        }
    }
    return now_ms + std::min(kTickMs, options_.handshake_timeout_ms / 2 + 1);
}

void Session::before_flush() {
    for (const std::uint16_t number : std::exchange(with_news_, {})) {
        Channel* const channel = find_channel(number);
        if (channel == nullptr || channel->closing) continue;
        for (const std::uint64_t sequence : channel->confirms.nacks()) {
            send(number, BasicNack{.delivery_tag = sequence});
        }
        for (const Confirms::Ack& ack : channel->confirms.acks()) {
            send(number, BasicAck{.delivery_tag = ack.sequence, .multiple = ack.multiple});
        }
    }
    sent_ms_ = wire_.now_ms();
    hand_over();
}

void Session::shut_down() {
    if (wire_closed_ || phase_ != Phase::running) {
        wire_closed_ = true;
        return wire_.close("");
    }
    close_with({ReplyCode::connection_forced,
                "broker forced connection closure with reason "
                "'shutdown'"});
    wire_closed_ = true;
    wire_.close("");
}

void Session::evicted(broker::ConnectionEnd why) {
    close_with({ReplyCode::connection_forced, std::string(to_text(why))});
}

}  // namespace tern::amqp091
