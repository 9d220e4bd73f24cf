#include "protocol/stomp/session.h"

#include "broker/api/errors.h"
#include "protocol/stomp/codec/errc.h"
#include "protocol/stomp/number.h"

#include <algorithm>

namespace tern::stomp {
namespace {

// Until a client has said who it is, nothing it sends has to be large.
constexpr std::size_t kFirstBytesMax = std::size_t{64} * 1024;
constexpr std::int64_t kTickMs = 1000;
// A beat comes a little earlier than promised: the way takes time, too.
constexpr double kBeatEarly = 0.9;
// How many silent intervals make a dead peer: one may be just over when the next beat arrives.
constexpr std::int64_t kSilentIntervals = 2;

std::size_t line_ends(Bytes input) {
    const auto end = std::ranges::find_if(
        input, [](std::uint8_t byte) { return byte != '\n' && byte != '\r' && byte != 0; });
    return static_cast<std::size_t>(end - input.begin());
}

Limits first_limits(Limits limits) {
    limits.frame_bytes = std::min(limits.frame_bytes, kFirstBytesMax);
    return limits;
}

std::optional<std::int64_t> milliseconds(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    const auto number = parse_number<std::int32_t>(text);
    if (!number || *number < 0) return {};
    return *number;
}

bool lists(std::string_view versions, Version version) {
    while (!versions.empty()) {
        const std::size_t comma = versions.find(',');
        std::string_view one = versions.substr(0, comma);
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (one == to_text(version)) return true;
        versions =
            comma == std::string_view::npos ? std::string_view() : versions.substr(comma + 1);
    }
    return false;
}

/// A stranger, such as a client that wants TLS, is to hear at once that it is wrong here.
bool begins_like_a_command(std::string_view first) {
    return std::ranges::all_of(first.substr(0, first.find_first_of("\r\n")),
                               [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

Session::Session(const Options& options, const message::Formats& formats, std::string connection_id,
                 protocol::Wire& wire, broker::Broker& broker)
    : options_(options),
      formats_(formats),
      connection_id_(std::move(connection_id)),
      wire_(wire),
      broker_(broker),
      decoder_(first_limits(options.limits)),
      started_ms_(wire.now_ms()) {}

std::size_t Session::receive(Bytes input, const Buffer* owner) {
    if (client_beat_ms_ != 0) received_ms_ = wire_.now_ms();
    if (early_.empty() && state_ != State::connecting) {
        const std::size_t taken = process(input, owner);
        // What came behind CONNECT is kept here: nobody would offer it again by itself.
        if (state_ == State::connecting) early_.assign(as_text(input.subspan(taken)));
        return state_ == State::connecting ? input.size() : taken;
    }
    early_.append(as_text(input));
    if (state_ == State::connecting) {
        if (early_.size() > kFirstBytesMax) fail_for_good({}, "Too much before CONNECTED");
    } else {
        early_.erase(0, process(as_bytes(early_), nullptr));
    }
    return input.size();
}

std::size_t Session::process(Bytes input, const Buffer* owner) {
    std::size_t taken = 0;
    while (state_ != State::connecting) {
        // Whatever comes after the end is of no interest.
        if (state_ >= State::leaving) return input.size();
        taken += line_ends(input.subspan(taken));
        const Bytes rest = input.subspan(taken);
        if (rest.empty()) break;
        if (state_ == State::new_peer && !begins_like_a_command(as_text(rest))) {
            fail_for_good({}, "This is not STOMP.");
            continue;
        }
        const auto end = decoder_.find_end(rest);
        if (!end) {
            fail_for_good({}, end.error().message());
            continue;
        }
        if (*end == 0) break;
        taken += *end;
        handle(decoder_.decode(rest.first(*end), version_), owner);
    }
    return taken;
}

void Session::handle(const Frame& frame, const Buffer* owner) {
    const std::string_view command = frame.command;
    if (state_ == State::new_peer) {
        if (command == "CONNECT" || command == "STOMP") return on_connect(frame);
        return fail_for_good(frame.get("receipt"), "Not connected.");
    }
    // The beginning of a word is enough for some: old clients rely on it.
    if (command.starts_with("SEND")) return on_send(frame, owner);
    if (command.starts_with("ACK")) return on_ack(frame, true);
    if (command.starts_with("NACK")) return on_ack(frame, false);
    if (command.starts_with("SUB")) return on_subscribe(frame);
    if (command.starts_with("UNSUB")) return on_unsubscribe(frame);
    if (command.starts_with("BEGIN")) return on_begin(frame);
    if (command.starts_with("COMMIT")) return on_end(frame, true);
    if (command.starts_with("ABORT")) return on_end(frame, false);
    if (command.starts_with("DISCONNECT")) return on_disconnect(frame);
    if (command == "CONNECT" || command == "STOMP") {
        return fail_for_good(frame.get("receipt"), "Already connected.");
    }
    fail_for_good(frame.get("receipt"), "Unknown STOMP action: " + std::string(command));
}

Result<void> Session::negotiate(const Frame& frame) {
    const auto accepted = frame.find("accept-version");
    if (!accepted) return {};  // 1.0
    for (const Version version : {Version::v1_2, Version::v1_1, Version::v1_0}) {
        if (!lists(*accepted, version)) continue;
        version_ = version;
        return {};
    }
    return failure(Errc::no_common_version);
}

Result<void> Session::read_heart_beat(const Frame& frame) {
    client_beat_ms_ = options_.client_beat_ms;
    server_beat_ms_ = options_.server_beat_ms;
    if (const auto header = frame.find("heart-beat")) {
        const std::size_t comma = header->find(',');
        const auto sends = milliseconds(header->substr(0, comma));
        const auto wants = comma == std::string_view::npos
                               ? std::optional<std::int64_t>()
                               : milliseconds(header->substr(comma + 1));
        if (!sends || !wants) return failure(Errc::bad_heart_beat);
        client_beat_ms_ = *sends;
        server_beat_ms_ = *wants;
    }
    return {};
}

void Session::on_connect(const Frame& frame) {
    std::string response_id(frame.get("request-id"));
    if (response_id.empty()) response_id = frame.get("receipt");
    Result<void> agreed = negotiate(frame);
    if (agreed) agreed = read_heart_beat(frame);
    if (!agreed) {
        client_beat_ms_ = server_beat_ms_ = 0;
        return fail_for_good(response_id, agreed.error().message());
    }
    client_id_ = frame.get("client-id");
    if (client_id_.empty()) client_id_ = connection_id_;
    state_ = State::connecting;
    broker::Login login;
    login.user = frame.find("login");
    login.password = frame.find("passcode");
    const std::string user(login.user.value_or("null"));
    broker_.log_in(login, pending({}, {}, [this, response_id, user](std::error_code error) {
                       if (state_ != State::connecting) return;
                       if (!error) error = broker_.begin_session();
                       if (!error) return take_client_id(response_id);
                       if (error == broker::Errc::too_many_sessions) {
                           return fail_for_good(response_id, error.message());
                       }
                       fail_for_good(response_id,
                                     "User name [" + user + "] or password is invalid.");
                   }));
}

void Session::take_client_id(const std::string& response_id) {
    const broker::Token token = pending({}, {}, [this, response_id](std::error_code error) {
        if (state_ != State::connecting) return;
        if (error) {
            return fail_for_good(response_id, error.message() + ": " + client_id_);
        }
        connected(response_id);
    });
    broker_.identify(client_id_, connection_id_, broker::Takeover::own, token);
}

void Session::connected(std::string_view response_id) {
    state_ = State::connected;
    broker_.introduce(client_id_);
    decoder_.set_limits(options_.limits);
    const std::int64_t now = received_ms_ = wire_.now_ms();
    scratch_.clear();
    HeadWriter head("CONNECTED", version_, scratch_);
    head.plain_header("version", to_text(version_));
    head.plain_header("session", client_id_.find_first_of("\r\n") == std::string::npos
                                     ? client_id_
                                     : connection_id_);
    head.plain_header("server", "TernMQ/" + options_.version);
    head.plain_header("heart-beat",
                      std::to_string(server_beat_ms_) + "," + std::to_string(client_beat_ms_));
    if (!response_id.empty()) {
        head.header("response-id", response_id);
        head.header("receipt-id", response_id);
    }
    head.end();
    scratch_.append(kFrameEnd);
    out().append(scratch_.bytes());
    wire_.tick_by(now);
    if (early_.empty()) return;
    early_.erase(0, process(as_bytes(early_), nullptr));
}

void Session::on_disconnect(const Frame& frame) {
    state_ = State::leaving;
    leave_receipt_ = frame.get("receipt");
    leave_when_answered();
}

void Session::leave_when_answered() {
    if (state_ != State::leaving || !pending_.empty()) return;
    if (!leave_receipt_.empty()) receipt(leave_receipt_);
    state_ = State::closed;
    wire_.close({});
}

std::int64_t Session::tick(std::int64_t now_ms) {
    if (state_ == State::closed) return now_ms + kTickMs;
    if (state_ < State::connected) {
        const std::int64_t until = started_ms_ + options_.connect_timeout_ms;
        if (now_ms < until) return until;
        fail_for_good({}, "No CONNECT in time");
        return now_ms + kTickMs;
    }
    std::int64_t next = now_ms + 60 * kTickMs;
    if (client_beat_ms_ != 0) {
        if (!wire_.is_read()) received_ms_ = now_ms;
        const double patience = static_cast<double>(client_beat_ms_ * kSilentIntervals) *
                                std::max(1.0, options_.beat_grace);
        const std::int64_t until = received_ms_ + static_cast<std::int64_t>(patience);
        if (now_ms >= until) {
            fail_for_good({}, "The client sends no heart-beats");
            return now_ms + kTickMs;
        }
        next = std::min(next, until);
    }
    if (server_beat_ms_ != 0) {
        const auto interval = std::max<std::int64_t>(
            1, static_cast<std::int64_t>(static_cast<double>(server_beat_ms_) * kBeatEarly));
        if (now_ms >= wrote_ms_ + interval) out().append(as_bytes("\n"));
        next = std::min(next, wrote_ms_ + interval);
    }
    return std::max(next, now_ms + 1);
}

void Session::shut_down() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    wire_.close({});
}

/// A subscription cannot be ended from here: without an error the client would wait for ever.
void Session::revoked(broker::ConsumerNumber consumer) {
    const auto found = subscriptions_.find(consumer);
    if (found == subscriptions_.end()) return;
    const std::string where = std::move(found->second->destination);
    fail_for_good({}, "User " + std::string(broker_.user()) +
                          " is not authorized any more to read from: " + where);
}

void Session::evicted(broker::ConnectionEnd why) {
    fail_for_good({}, why == broker::ConnectionEnd::taken_over
                          ? "Another connection took the client id " + client_id_
                          : std::string(to_text(why)));
}

Output& Session::out() {
    if (server_beat_ms_ != 0) wrote_ms_ = wire_.now_ms();
    return wire_.output();
}

void Session::fail(std::string_view receipt, std::string_view problem) {
    if (state_ == State::closed) return;
    scratch_.clear();
    HeadWriter head("ERROR", version_, scratch_);
    head.header("message", problem);
    head.plain_header("content-type", "text/plain");
    if (!receipt.empty()) head.header("receipt-id", receipt);
    head.end();
    scratch_.append(problem.substr(0, problem.find('\0')));
    scratch_.append(kFrameEnd);
    out().append(scratch_.bytes());
}

void Session::fail_for_good(std::string_view receipt, std::string_view problem) {
    if (state_ == State::closed) return;
    fail(receipt, problem);
    state_ = State::closed;
    held_.clear();
    wire_.close(problem);
}

void Session::receipt(std::string_view id) {
    if (id.empty() || state_ == State::closed) return;
    scratch_.clear();
    HeadWriter head("RECEIPT", version_, scratch_);
    head.header("receipt-id", id);
    head.end();
    scratch_.append(kFrameEnd);
    out().append(scratch_.bytes());
}

broker::Token Session::pending(const Frame& frame, std::string about, Continuation then) {
    pending_.push_back({.receipt = std::string(frame.get("receipt")),
                        .then = std::move(then),
                        .about = std::move(about)});
    return broker::Token{first_pending_ + pending_.size() - 1};
}

void Session::completed(broker::Token token, std::error_code error) {
    Pending& done = pending_[token.value - first_pending_];
    done.answered = true;
    const std::string id = std::move(done.receipt);
    const std::string about = std::move(done.about);
    Continuation then = std::move(done.then);
    while (!pending_.empty() && pending_.front().answered) {
        pending_.pop_front();
        ++first_pending_;
    }
    if (then) then(error);
    if (error) {
        const std::string denied = broker::access_text(error, broker_.user(), about);
        if (!about.empty()) fail(id, denied.empty() ? error.message() + ": " + about : denied);
    } else {
        receipt(id);
    }
    leave_when_answered();
}

}  // namespace tern::stomp
