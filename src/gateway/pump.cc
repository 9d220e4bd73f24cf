#include "gateway/pump.h"

#include "gateway/gateway.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tern::gateway {
namespace asio = boost::asio;
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPiecesPerWrite = 64;
constexpr int kReadsPerTurn = 5;
// After so many reads of less it is not said any more that a connection sends much.
constexpr std::size_t kMuchBytes = 2048;
constexpr int kSmallReadsMax = 64;
// A frame that lacks so much is read to where it stays; anything else in one go with what follows.
constexpr std::size_t kInPlaceBytesMin = std::size_t{32} * 1024;
// How long a peer may take to fetch the last words it is sent.
constexpr std::int64_t kForcedEndMs = 5000;
// Strangers are told together why they are refused, so that who guesses passwords, very many times
// a second, interrupts those who are in less often.
constexpr Millis kRefusedEvery{20};

bool is_large(std::span<const std::uint8_t> space) {
    return space.size() >= kInPlaceBytesMin;
}

}  // namespace

Pump::Pump(Gateway& gateway, asio::ip::tcp::socket socket, const Service& service, std::string peer,
           Admission admission)
    : gateway_(gateway),
      service_(service),
      socket_(std::move(socket)),
      resumed_(socket_.get_executor()),
      ticker_([this] { tick(); }),
      peer_(std::move(peer)),
      admission_(std::move(admission)) {}

void Pump::start() {
    asio::co_spawn(socket_.get_executor(), run(gate_.hold()), asio::detached);
    if (service_.is_plain()) return enter(*service_.rooms.front());
    stack_ = std::make_unique<Stack>(service_, peer_);
    gateway_.shard().timers().arm(ticker_,
                                  gateway_.shard().clock().now() + service_.detection_timeout);
}

void Pump::enter(const protocol::Room& room) {
    link_.emplace(
        gateway_.broker(), room,
        Peer{.address = peer_,
             .certificate = stack_ == nullptr ? std::string() : stack_->certificate(),
             .listener = service_.name,
             .security_domain = service_.security_domain,
             .limits = service_.limits},
        [this] { flush(); }, [this] { wake(); },
        [this](std::int64_t at_ms) { tick_sooner(at_ms); });
    link_->start();
    next_tick_ms_ = INT64_MAX;
    note_use();
    tick_sooner(std::min(link_->tick(), idle_at_ms()));
}

void Pump::take_layered(Bytes bytes) {
    if (refused_ || (link_ && link_->closing())) return;
    const End end = stack_->receive(bytes);
    if (!link_ && stack_->source()) peer_ = to_text(*stack_->source());
    if (!link_ && stack_->room() != nullptr) enter(*stack_->room());
    if (link_) {
        const std::string plain = stack_->take_plain();
        if (!plain.empty()) link_->received(as_bytes(plain));
    }
    if (end) return refuse(*end);
    if (link_ && !stack_->has_layers()) {
        stack_.reset();
    } else if (!stack_->out().empty()) {
        flush();
    }
}

bool Pump::may_read() {
    if (stack_ != nullptr && stack_->is_clogged()) return false;
    if (!link_) return true;
    if (!link_->readable()) return false;
    const bool held = sends_much() && !gateway_.intake().admits(sender_);
    link_->hold(held);
    return !held;
}

bool Pump::sends_much() {
    const bool much = sends_much_ || (link_ && is_large(link_->space()));
    return much && link_ && link_->only_sends();
}

void Pump::note_read(std::size_t count) {
    note_use();
    if (count >= kMuchBytes) {
        sends_much_ = true;
        small_reads_ = 0;
    } else if (sends_much_ && ++small_reads_ == kSmallReadsMax) {
        sends_much_ = false;
        small_reads_ = 0;
    }
    if (sends_much()) {
        gateway_.intake().took(sender_, count);
    } else {
        gateway_.intake().heard();
    }
}

void Pump::refuse(std::string_view reason) {
    refused_ = true;
    end_reason_ = reason;
    flush();
}

asio::awaitable<void> Pump::run(Gate::Hold hold) {
    // Who was let in late has said something already, or was not read for a while.
    bool asks = true;
    while (!ended_) {
        if (refusal_ == Turn::awaited || !may_read()) {
            held_off_ = true;
            co_await resumed_.wait();
            held_off_ = false;
            note_use();
            asks = true;
            continue;
        }
        if (!std::exchange(asks, false)) {
            // To wait costs an idle connection no memory to read into.
            const auto [error] = co_await socket_.async_wait(socket_.wait_read, kAsTuple);
            if (error || ended_) break;
        }
        if (!read_what_came()) break;
    }
    if (!ended_ && link_ && !link_->space().empty()) end_reason_ = "the peer left inside a frame";
    if (!ended_ && !refused_ && stack_ && stack_->is_undecided()) {
        end_reason_ = "the peer left within its first words";
    }
    // A peer that has said its last word may still listen to the answers to it.
    if (!ended_ && link_) flush();
    ended_ = true;
    ticker_.cancel();
    gateway_.intake().forget(sender_);
    if (!said_goodbye_) {
        Error ignored;
        socket_.close(ignored);
    } else if (is_stranger()) {
        gateway_.see_off_stranger(std::move(socket_));
    } else {
        gateway_.see_off(std::move(socket_));
    }
    {
        const Gate::Hold done = std::move(hold);
    }
    co_await gate_.close();
    if (end_reason_.empty() && link_) end_reason_ = link_->close_reason();
    if (!end_reason_.empty()) {
        gateway_.note_end(peer_, end_reason_, !link_ || link_->admitted());
    }
    if (link_) {
        co_await linger();
        link_->end();
    }
    gateway_.forget(*this);
}

asio::awaitable<void> Pump::linger() {
    if (!link_->lingers()) co_return;
    next_tick_ms_ = INT64_MAX;
    tick_sooner(link_->tick());
    while (link_->lingering()) co_await resumed_.wait();
    ticker_.cancel();
}

bool Pump::read_what_came() {
    // Bounded, so that one busy peer does not keep the others waiting.
    for (int reads = 0; reads < kReadsPerTurn; ++reads) {
        const std::span<std::uint8_t> into = room();
        const ssize_t count =
            ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
        if (count == 0) return false;
        if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        const auto bytes = static_cast<std::size_t>(count);
        note_read(bytes);
        take(into.first(bytes));
        if (bytes < into.size() || !may_go_on()) return true;
    }
    return true;
}

bool Pump::may_go_on() {
    if (refused_ || ended_ || (link_ && link_->closing())) return false;
    if (stack_ != nullptr) return may_read();
    return link_->readable() && (!sends_much() || gateway_.intake().may_go_on());
}

std::span<std::uint8_t> Pump::room() {
    if (stack_ == nullptr && is_large(link_->space())) return link_->space();
    return gateway_.scratch();
}

void Pump::take(Bytes bytes) {
    if (stack_ != nullptr) return take_layered(bytes);
    if (link_->closing()) return;
    if (bytes.data() == link_->space().data()) {
        link_->filled(bytes.size());
    } else {
        link_->received(bytes);
    }
}

Output& Pump::outgoing() {
    if (stack_ == nullptr) return link_->pending();
    if (link_) stack_->carry(*link_);
    return stack_->out();
}

bool Pump::waits_for_others() {
    if (refusal_ == Turn::come || !is_over() || !is_stranger()) return false;
    if (std::exchange(refusal_, Turn::awaited) == Turn::none) {
        gateway_.shard().timers().arm(ticker_, gateway_.shard().clock().now() + kRefusedEvery);
    }
    return true;
}

void Pump::flush() {
    if (writing_ || ended_ || waits_for_others()) return;
    if (link_ && link_->takes_acknowledgement() && outgoing().empty()) acknowledge();
    while (!outgoing().empty()) {
        if (write_some()) continue;
        if (ended_) return;
        writing_ = true;
        await_progress();
        asio::co_spawn(socket_.get_executor(), write_when_ready(gate_.hold()), asio::detached);
        break;
    }
    if (!is_over()) return;
    if (outgoing().empty()) return say_goodbye();
    if (!std::exchange(forced_end_, true)) {
        gateway_.shard().timers().arm(ticker_,
                                      gateway_.shard().clock().now() + Millis(kForcedEndMs));
    }
}

void Pump::await_progress() {
    if (service_.write_timeout == Millis(0) || !link_) return;
    stuck_at_ms_ = now_ms() + service_.write_timeout.count();
    tick_sooner(stuck_at_ms_);
}

void Pump::note_use() {
    if (service_.idle_timeout != Millis(0)) used_at_ms_ = now_ms();
}

std::int64_t Pump::idle_at_ms() const {
    if (service_.idle_timeout == Millis(0) || ended_) return INT64_MAX;
    return used_at_ms_ + service_.idle_timeout.count();
}

void Pump::say_goodbye() {
    if (stack_ != nullptr) {
        stack_->close(end_reason_.empty() && (!link_ || link_->close_reason().empty()));
        if (!stack_->out().empty()) return flush();
    }
    if (ended_) return;
    said_goodbye_ = true;
    ended_ = true;
    Error ignored;
    socket_.cancel(ignored);
    resumed_.tell();
}

asio::awaitable<void> Pump::write_when_ready(Gate::Hold) {
    const auto [error] = co_await socket_.async_wait(socket_.wait_write, kAsTuple);
    writing_ = false;
    if (error) {
        abandon({});
    } else {
        flush();
    }
}

void Pump::acknowledge() {
    // An even value: what has come is acknowledged now, and what will come not as it comes: that
    // would leave the peer nothing to gather.
    const int now = 2;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now);
}

bool Pump::write_some() {
    std::array<Bytes, kPiecesPerWrite> pieces;
    std::array<iovec, kPiecesPerWrite> vectors;
    Output& out = stack_ == nullptr ? link_->pending() : stack_->out();
    const std::size_t count = out.gather(pieces);
    for (std::size_t i = 0; i < count; ++i) {
        vectors[i] = {const_cast<std::uint8_t*>(pieces[i].data()), pieces[i].size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    // The last words go with the end of the stream.
    const int more = is_over() ? MSG_MORE : 0;
    const ssize_t written =
        ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT | more);
    if (written > 0) {
        note_use();
        if (stack_ == nullptr) {
            link_->written(static_cast<std::size_t>(written));
        } else {
            const bool was_clogged = stack_->is_clogged();
            out.consume(static_cast<std::size_t>(written));
            if (was_clogged && !stack_->is_clogged()) wake();
        }
        return true;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) abandon({});
    return false;
}

void Pump::abandon(std::string_view reason) {
    if (ended_) return;
    ended_ = true;
    if (!reason.empty()) end_reason_ = reason;
    Error ignored;
    socket_.shutdown(socket_.shutdown_both, ignored);
    socket_.cancel(ignored);
    resumed_.tell();
}

void Pump::shut_down() {
    if (!link_) return abandon({});
    link_->shut_down();
}

void Pump::end_stranger(const Service& service) {
    if (&service == &service_ && !link_) abandon("its listener was closed");
}

void Pump::tick() {
    const bool lingering = link_ && link_->lingering();
    if (ended_ && !lingering) return;
    if (refusal_ == Turn::awaited) {
        refusal_ = Turn::come;
        return flush();
    }
    if (forced_end_ && !lingering) return abandon("the peer does not fetch what it is sent");
    if (!link_) return abandon("nobody knows its protocol in time");
    if (writing_ && now_ms() >= stuck_at_ms_) return abandon("it takes nothing of what is written");
    if (held_off_) note_use();
    if (now_ms() >= idle_at_ms()) return abandon("nothing went over it for too long");
    next_tick_ms_ = INT64_MAX;
    tick_sooner(std::min(link_->tick(), idle_at_ms()));
    if (writing_) tick_sooner(stuck_at_ms_);
}

void Pump::tick_sooner(std::int64_t at_ms) {
    const bool over = forced_end_ || ended_ || refusal_ != Turn::none;
    if ((over && !link_->lingering()) || at_ms >= next_tick_ms_) return;
    next_tick_ms_ = at_ms;
    gateway_.shard().timers().arm(ticker_, Instant(Millis(at_ms)));
}

std::int64_t Pump::now_ms() const {
    const auto since = gateway_.shard().clock().now().time_since_epoch();
    return std::chrono::duration_cast<Millis>(since).count();
}

void Pump::wake() {
    resumed_.tell();
}

}  // namespace tern::gateway
