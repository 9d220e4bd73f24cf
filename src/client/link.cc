#include "client/link.h"

#include "base/assert.h"
#include "client/handshake.h"

#include <utility>

namespace tern::client {

using Clock = std::chrono::steady_clock;

Result<std::unique_ptr<Link>> Link::open(Socket socket, const ConnectionOptions& options,
                                         std::string_view host, Socket::Instant deadline,
                                         const WakeUp* cancel) {
    std::unique_ptr<Link> link(new Link(std::move(socket)));
    if (link->wake_up_.descriptor() < 0) return failure(Errc::unreachable, "too many open files");
    if (auto done = link->negotiate(options, host, deadline, cancel); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return link;
}

Link::~Link() {
    TERN_ASSERT(!thread_.joinable());
}

Result<void> Link::negotiate(const ConnectionOptions& options, std::string_view host,
                             Socket::Instant deadline, const WakeUp* cancel) {
    const auto ours = wire_format_properties(options, host);
    if (auto taken = take(openwire::encode_wire_format_info(ours, scratch_)); !taken) return taken;
    const auto sent = socket_.write_some(queued_);
    if (!sent) return std::unexpected(sent.error());
    const auto frame = read_first_frame(deadline, cancel);
    if (!frame) return std::unexpected(frame.error());
    const auto agreed = conclude(ours, *frame);
    if (!agreed) return std::unexpected(agreed.error());

    decoder_ = openwire::Decoder(agreed->format, {.frame_bytes_max = agreed->frame_bytes_max});
    encoder_ = openwire::Encoder(agreed->format, agreed->frame_bytes_max);
    inbox_.set_frame_bytes_max(agreed->frame_bytes_max);
    inactivity_ = Inactivity(agreed->read_check_period, agreed->initial_delay, Clock::now());
    return {};
}

Result<Bytes> Link::read_first_frame(Socket::Instant deadline, const WakeUp* cancel) {
    std::vector<std::uint8_t> first;
    for (;;) {
        const auto space = inbox_.prepare();
        const auto count = socket_.read_some(space);
        if (!count) return std::unexpected(count.error());
        if (*count) {
            first.insert(first.end(), space.begin(),
                         space.begin() + static_cast<std::ptrdiff_t>(**count));
            if (auto good = recognise(first); !good) return std::unexpected(good.error());
            inbox_.commit(**count);
            const auto frame = inbox_.next();
            if (!frame) return failure(Errc::protocol_error, frame.error().message());
            if (!frame->empty()) return *frame;
        } else if (Clock::now() >= deadline || (cancel != nullptr && cancel->signalled())) {
            return failure(Errc::timed_out, "the broker has not introduced itself");
        } else {
            const int other = cancel == nullptr ? wake_up_.descriptor() : cancel->descriptor();
            std::ignore = socket_.wait(Socket::Want::read, other, deadline);
        }
    }
}

Result<void> Link::start(Handler& handler) {
    handler_ = &handler;
    const std::lock_guard starting(starting_);
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
        return failure(Errc::unreachable, error.what());
    }
    return {};
}

Error connection_closed() {
    return {.code = Errc::closed, .text = "the connection is closed"};
}

void Link::stop() {
    {
        const Lock lock(mutex_);
        stopping_ = true;
        // Also if the broker hung up first.
        ended_ = connection_closed();
        room_.notify_all();
    }
    wake_up_.signal();
    const std::lock_guard starting(starting_);
    if (thread_.joinable()) thread_.join();
}

// Sending.

Result<void> Link::send(const WireMessage& message, Flush how) {
    Lock lock(mutex_);
    if (auto room = wait_for_room(lock); !room) return room;
    const auto content_at = encoder_.encode_around_content(message.message, scratch_);
    if (!content_at) return take(tern::failure(content_at.error()));
    const Bytes frame = scratch_.bytes();
    queued_.append(frame.first(*content_at));
    queued_.append(message.content);
    queued_.append(frame.subspan(*content_at));
    scratch_.clear();
    flush(lock, how);
    return {};
}

Result<void> Link::wait_for_room(Lock& lock) {
    if (std::this_thread::get_id() != own_thread_) {
        room_.wait(lock,
                   [this] { return ended_ || queued_.size() + sending_bytes_ < kUnsentBytesMax; });
    }
    if (ended_) return std::unexpected(*ended_);
    return {};
}

/// Moves what was encoded into the queue.
Result<void> Link::take(const tern::Result<void>& encoded) {
    if (!encoded) return failure(Errc::unsendable, encoded.error().message());
    queued_.append(scratch_.bytes());
    scratch_.clear();
    return {};
}

void Link::flush(Lock& lock, Flush flush) {
    if (writing_ || blocked_) return;  // somebody takes ours along
    if (flush == Flush::now) {
        write_out(lock);
    } else if (!wake_pending_) {
        wake();
    }
}

void Link::wake() {
    wake_pending_ = true;
    wake_up_.signal();
}

/// Writes what is there, without the mutex meanwhile. What the socket does not take, and what
/// others keep adding, is left to the link's thread.
void Link::write_out(Lock& lock) {
    constexpr int kRoundsMax = 8;
    if (writing_) return;
    writing_ = true;
    for (int round = 0; !blocked_; ++round) {
        if (sending_.empty()) std::swap(sending_, queued_);
        if (sending_.empty() && !socket_.has_unsent()) break;
        if (round == kRoundsMax) {
            wake();
            break;
        }
        sending_bytes_ = sending_.size();
        lock.unlock();
        const auto written = socket_.write_some(sending_);
        lock.lock();
        wrote_ = true;
        // An error shows on the reading side as well, behind what the broker said last.
        if (!written) sending_ = {};
        sending_bytes_ = sending_.size();
        if (written && !*written) {
            blocked_ = true;
            wake();
        }
        room_.notify_all();
    }
    writing_ = false;
}

// The link's thread.

void Link::run() {
    {
        const Lock lock(mutex_);
        own_thread_ = std::this_thread::get_id();
    }
    Error why = serve();
    {
        const Lock lock(mutex_);
        if (stopping_) return;
        ended_ = why;
        room_.notify_all();
    }
    handler_->on_lost(why);
}

/// Returns why it is over; that means nothing when `stop` was called.
Error Link::serve() {
    // The first frame may have come with others behind it.
    if (auto handled = handle_frames(); !handled) return handled.error();
    for (;;) {
        Socket::Want want = Socket::Want::read;
        {
            const Lock lock(mutex_);
            if (blocked_) want = Socket::Want::read_and_write;
        }
        const auto ready = socket_.wait(want, wake_up_.descriptor(), inactivity_.next_check());
        if (!on_ready(ready)) return {};
        if (ready.socket_read) {
            if (auto received = receive(); !received) return received.error();
        }
        if (auto watched = watch_silence(); !watched) return watched.error();
    }
}

/// False when it is time to stop.
bool Link::on_ready(Socket::Ready ready) {
    if (ready.other_read) wake_up_.clear();
    Lock lock(mutex_);
    if (stopping_) return false;
    wake_pending_ = false;
    if (ready.socket_write) blocked_ = false;
    write_out(lock);
    return true;
}

Result<void> Link::receive() {
    // Writing gets its turn, too.
    constexpr int kReadsMax = 16;
    for (int i = 0; i < kReadsMax; ++i) {
        const auto space = inbox_.prepare();
        const auto count = socket_.read_some(space);
        if (!count) return std::unexpected(count.error());
        if (!*count) return {};
        inactivity_.received();
        inbox_.commit(**count);
        if (auto handled = handle_frames(); !handled) return handled;
        if (**count < space.size()) return {};
    }
    return {};
}

Result<void> Link::handle_frames() {
    for (;;) {
        const auto frame = inbox_.next();
        if (!frame) return failure(Errc::protocol_error, frame.error().message());
        if (frame->empty()) return {};
        auto command = decoder_.decode(*frame);
        if (!command) return failure(Errc::protocol_error, command.error().message());
        handle(*command);
    }
}

void Link::handle(openwire::Command& command) {
    const auto* const keep_alive = std::get_if<openwire::KeepAliveInfo>(&command);
    if (keep_alive == nullptr) {
        handler_->on_command(command);
    } else if (keep_alive->response_required) {
        send_keep_alive({.command_id = keep_alive->command_id});
    }
}

Result<void> Link::watch_silence() {
    const auto now = Clock::now();
    if (now < inactivity_.next_check()) return {};
    {
        const Lock lock(mutex_);
        if (std::exchange(wrote_, false)) inactivity_.sent();
    }
    switch (inactivity_.check(now)) {
        case Inactivity::Verdict::fine:
            break;
        case Inactivity::Verdict::send_keep_alive:
            send_keep_alive({});
            break;
        case Inactivity::Verdict::peer_is_dead:
            return failure(Errc::connection_lost, "the broker has been silent for too long");
    }
    return {};
}

void Link::send_keep_alive(const openwire::KeepAliveInfo& info) {
    // A failure ends the connection elsewhere.
    std::ignore = send(info, Flush::now);
}

}  // namespace tern::client
