#include "socket.h"

#include <algorithm>
#include <array>

namespace tern::simulation {

Socket::Socket(Machine& machine, ShardId shard, Ends& ends, std::function<void()> before_taking)
    : machine_(machine),
      shard_(shard),
      ends_(ends),
      before_taking_(std::move(before_taking)),
      ticker_([this] { tick(); }) {
    post([this] {
        link_ = std::make_unique<gateway::Link>(
            machine_.shard(shard_), machine_.room(), gateway::Peer{.address = "sim"},
            [this] { flush(); }, [] {}, [this](std::int64_t at_ms) { tick_sooner(at_ms); });
        link_->start();
        tick();
    });
}

Socket::~Socket() {
    TERN_ASSERT(link_ == nullptr);
}

void Socket::post(Task task) {
    machine_.world().loop(shard_).post(shard_, std::move(task));
}

void Socket::write(Bytes bytes, Given given, std::function<void()> taken) {
    if (closed()) return;
    sending_.insert(sending_.end(), bytes.begin(), bytes.end());
    taking_.push_back({taken_bytes_ + sending_.size(), given, std::move(taken)});
}

bool Socket::busy() const {
    if (link_ == nullptr || task_posted_) return false;
    if (arrived_ < written_) return true;
    if (ended_) return false;
    return !sending_.empty() || client_closed_ || (!stalled_ && !link_->pending().empty());
}

void Socket::move(Dice& dice) {
    if (arrived_ < written_ && dice.chance(50)) {
        arrived_ += 1 + dice.below(written_ - arrived_);
        while (!arriving_.empty() && arriving_.front().end <= arrived_) {
            const auto run = std::move(arriving_.front().run);
            arriving_.pop_front();
            if (!client_closed_ && !forsaken_ && run) run();
        }
        return;
    }
    if (ended_ || task_posted_) return;
    const bool can_write = !stalled_ && !link_->pending().empty();
    if (can_write && dice.chance(60)) {
        task_posted_ = true;
        const std::size_t size = link_->pending().size();
        const std::size_t bytes = dice.chance(70) ? size : 1 + dice.below(size);
        return post([this, bytes] {
            task_posted_ = false;
            write_out(bytes);
        });
    }
    if (!sending_.empty()) {
        task_posted_ = true;
        const std::size_t size = sending_.size();
        const std::size_t bytes = dice.chance(50) ? size : 1 + dice.below(size);
        return post([this, bytes, in_place = dice.chance(50)] {
            task_posted_ = false;
            read(bytes, in_place);
        });
    }
    if (client_closed_) cut();
}

/// How many bytes the broker may be given at once.
std::size_t Socket::one_piece() const {
    std::uint64_t begin = taken_bytes_;
    for (const Taken& next : taking_) {
        if (next.given == Given::alone)
            return (begin > taken_bytes_ ? begin : next.end) - taken_bytes_;
        begin = next.end;
    }
    return sending_.size();
}

/// As a pump reads: only when the link wants it, into the link's own memory if it offers some.
void Socket::read(std::size_t bytes_max, bool in_place) {
    if (ended_ || link_->closing() || !link_->readable()) return;
    before_taking_();
    ends_.caught_up();
    listen();
    std::size_t count = std::min(bytes_max, one_piece());
    const std::span<std::uint8_t> space = link_->space();
    if (in_place && !space.empty()) count = std::min(count, space.size());
    taken_bytes_ += count;
    while (!taking_.empty() && taking_.front().end <= taken_bytes_) {
        taking_.front().run();
        taking_.pop_front();
    }
    // The block is exactly as large as what was read: whoever looks beyond it is caught.
    const std::vector<std::uint8_t> bytes(sending_.begin(),
                                          sending_.begin() + static_cast<std::ptrdiff_t>(count));
    sending_.erase(sending_.begin(), sending_.begin() + static_cast<std::ptrdiff_t>(count));
    if (in_place && !space.empty()) {
        std::ranges::copy(bytes, space.begin());
        link_->filled(count);
    } else {
        link_->received(bytes);
    }
    if (!link_->closing() && link_->readable()) ends_.caught_up();
}

/// What the broker says here may follow from the end of another connection in the same turn.
void Socket::flush() {
    before_taking_();
    listen();
    watch();
}

/// Hears what the broker has said since the last time, frame by frame.
void Socket::listen() {
    if (link_ == nullptr || lost_) return;
    std::vector<Bytes> pieces(4096);
    pieces.resize(link_->pending().gather(pieces));
    std::uint64_t at = written_;
    for (const Bytes piece : pieces) {
        const std::uint64_t skip = std::min<std::uint64_t>(piece.size(), listened_ - at);
        at += piece.size();
        const Bytes fresh = piece.subspan(skip);
        partial_.insert(partial_.end(), fresh.begin(), fresh.end());
        listened_ += fresh.size();
    }
    std::size_t begin = 0;
    const auto left = [&] { return partial_.size() - begin; };
    const auto length = [&] {
        return left() < 4 ? SIZE_MAX : 4 + load_big_endian<std::uint32_t>(partial_.data() + begin);
    };
    while (length() <= left()) {
        const std::size_t size = length();
        const Bytes frame(partial_.data() + begin + 4, size - 4);
        begin += size;
        arriving_.push_back({listened_ - left(), ends_.said(frame)});
    }
    partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(begin));
    const std::size_t waiting = link_->pending().size();
    if (waiting >= protocol::Wire::kOutputBytesHigh) ends_.clogged(true);
    if (waiting < protocol::Wire::kOutputBytesHigh / 2) ends_.clogged(false);
}

void Socket::watch() {
    if (link_ == nullptr || lost_ || !link_->closing()) return;
    listen();
    lost_ = true;
    ends_.lost();
    post([this] { end(); });
}

void Socket::write_out(std::size_t bytes_max) {
    if (ended_) return;
    const std::size_t count = std::min(bytes_max, link_->pending().size());
    listen();
    if (count > 0) link_->written(count);
    written_ += count;
}

void Socket::cut() {
    if (cut_) return;
    cut_ = true;
    client_closed_ = true;
    sending_.clear();
    taking_.clear();
    post([this] { end(); });
}

void Socket::end() {
    if (ended_) return;
    listen();
    // What was said before the end can still arrive.
    if (!stalled_) write_out(SIZE_MAX);
    ended_ = true;
    ticker_.cancel();
    if (!std::exchange(lost_, true)) ends_.lost();
    link_->end();
    sending_.clear();
    taking_.clear();
}

void Socket::stall(bool stalled) {
    stalled_ = stalled;
}

void Socket::abandon() {
    ticker_.cancel();
    if (link_ != nullptr && !ended_) link_->end();
    ended_ = true;
    lost_ = true;
    link_.reset();
}

void Socket::tick() {
    if (ended_ || link_ == nullptr) return;
    next_tick_ms_ = INT64_MAX;
    tick_sooner(link_->tick());
}

void Socket::tick_sooner(std::int64_t at_ms) {
    if (at_ms >= next_tick_ms_) return;
    next_tick_ms_ = at_ms;
    machine_.world().loop(shard_).timers().arm(ticker_, Instant(Millis(at_ms)));
}

}  // namespace tern::simulation
