#include "gateway/link.h"

#include <algorithm>
#include <cstring>

namespace tern::gateway {
namespace {

// A frame's size is what a stranger claims: memory grows with the bytes that came, not with it.
constexpr std::size_t kPartialBytesMin = 4 * 1024;
constexpr std::size_t kPartialGrowth = 2;
// All that is kept of a stranger.
constexpr std::size_t kStrangerBytesMax = std::size_t{64} * 1024;

}  // namespace

Link::Link(engine::ShardBroker& shard, const protocol::Room& room, Peer peer, Task flush,
           Task resume, std::move_only_function<void(std::int64_t)> tick_by,
           const std::string& resident)
    : shard_(shard),
      peer_(std::move(peer)),
      flush_(std::move(flush)),
      resume_(std::move(resume)),
      tick_by_(std::move(tick_by)),
      ears_(session_, output_) {
    connection_ = &shard_.connect(ears_);
    ears_.set(*connection_);
    if (resident.empty()) {
        connection_->describe({.protocol = room.name(),
                               .peer = peer_.address,
                               .certificate = peer_.certificate,
                               .listener = peer_.listener,
                               .security_domain = peer_.security_domain,
                               .consumers_max = peer_.limits.consumers_max,
                               .producers_max = peer_.limits.producers_max});
        session_ = room.make_session(*this, *connection_);
    } else {
        connection_->hide();
        session_ = room.make_resident(resident, *this, *connection_);
    }
}

Link::~Link() {
    TERN_ASSERT(connection_ == nullptr);
}

void Link::start() {
    session_->start();
}

std::span<std::uint8_t> Link::space() {
    if (partial_bytes_ == 0) return {};
    return {partial_.data() + partial_bytes_, partial_.capacity() - partial_bytes_};
}

void Link::received(Bytes bytes) {
    note_received();
    if (partial_bytes_ == 0) return take(bytes, nullptr);
    while (!bytes.empty() && !closing_) {
        const std::span<std::uint8_t> room = space();
        const std::size_t count = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), count);
        bytes = bytes.subspan(count);
        filled(count);
        if (partial_bytes_ == 0 && !bytes.empty()) return take(bytes, nullptr);
    }
}

void Link::note_received() {
    if (!gathers_) return;
    unacknowledged_ = true;
    schedule_flush();
}

void Link::filled(std::size_t count) {
    note_received();
    partial_bytes_ += count;
    const std::size_t wanted = session_->wanted();
    if (!connection_->admitted() && is_too_much(std::max(partial_bytes_, wanted))) return;
    if (wanted == 0) return offer_partial();
    if (partial_bytes_ < partial_.capacity() && partial_bytes_ < wanted) return;
    const std::size_t size = std::exchange(partial_bytes_, 0);
    // The block is given away: a large body stays where it was received.
    const Buffer whole = std::exchange(partial_, MutableBuffer()).freeze(size);
    take(whole.bytes(), &whole);
}

void Link::offer_partial() {
    const std::size_t size = partial_bytes_;
    const std::size_t taken = hear({partial_.data(), size}, nullptr);
    TERN_ASSERT(taken <= size);
    if (taken == 0 && size < partial_.capacity() && !closing_) return;
    MutableBuffer block = std::exchange(partial_, MutableBuffer());
    partial_bytes_ = 0;
    if (taken < size && !closing_) keep({block.data() + taken, size - taken});
}

void Link::take(Bytes bytes, const Buffer* owner) {
    const std::size_t taken = hear(bytes, owner);
    TERN_ASSERT(taken <= bytes.size());
    if (taken < bytes.size() && !closing_) keep(bytes.subspan(taken));
}

std::size_t Link::hear(Bytes bytes, const Buffer* owner) {
    shard_.set_hears(true);
    const std::size_t taken = session_->receive(bytes, owner);
    shard_.set_hears(false);
    return taken;
}

void Link::keep(Bytes rest) {
    if (!connection_->admitted() && is_too_much(std::max(rest.size(), session_->wanted()))) return;
    const std::size_t wanted = session_->wanted() == 0 ? SIZE_MAX : session_->wanted();
    const std::size_t capacity =
        std::max(rest.size() + 1,
                 std::min(wanted, std::max(kPartialBytesMin, rest.size() * kPartialGrowth)));
    MutableBuffer block(capacity);
    std::memcpy(block.data(), rest.data(), rest.size());
    partial_ = std::move(block);
    partial_bytes_ = rest.size();
}

bool Link::is_too_much(std::size_t bytes) {
    if (bytes <= kStrangerBytesMax) return false;
    partial_ = MutableBuffer();
    partial_bytes_ = 0;
    close("too much for a client that has not logged in");
    return true;
}

bool Link::is_read() const {
    return !held_ && !connection_->blocked();
}

bool Link::readable() {
    if (closing_ || !connection_->blocked()) return true;
    connection_->when_unblocked([this] { resume_(); });
    return false;
}

void Link::written(std::size_t count) {
    output_.consume(count);
    if (ears_.holds() && !closing_) ears_.go_on();
    if (!output_was_high_ || output_.size() > kOutputBytesHigh / 2) return;
    output_was_high_ = false;
    if (!closing_) session_->drained();
}

void Link::shut_down() {
    // One that ended in this turn may still be known to its owner.
    if (session_ != nullptr) session_->shut_down();
}

bool Link::lingers() {
    partial_ = MutableBuffer();
    partial_bytes_ = 0;
    lingering_ = session_->lingers();
    return lingering_;
}

void Link::end() {
    session_->ended();
    shard_.disconnect(std::exchange(connection_, nullptr)->number());
    session_.reset();
}

/// A session that holds something back has seen here that the output is high, in the middle of a
/// turn perhaps: nothing of that may be left when the turn ends.
Output& Link::output() {
    if (lingering_) output_.consume(output_.size());
    if (output_.size() >= kOutputBytesHigh) output_was_high_ = true;
    schedule_flush();
    return output_;
}

void Link::close(std::string_view reason) {
    if (std::exchange(lingering_, false)) return resume_();
    if (closing_) return;
    closing_ = true;
    close_reason_ = reason;
    schedule_flush();
}

std::int64_t Link::now_ms() const {
    return std::chrono::duration_cast<Millis>(shard_.loop().clock().now().time_since_epoch())
        .count();
}

void Link::schedule_flush() {
    if (std::exchange(flush_scheduled_, true)) return;
    shard_.loop().at_turn_end([weak = std::weak_ptr(self_)] {
        const auto self = weak.lock();
        if (self == nullptr) return;
        Link& link = **self;
        if (!link.closing_ && link.session_ != nullptr) link.session_->before_flush();
        link.flush_scheduled_ = false;
        link.flush_();
    });
}

}  // namespace tern::gateway
