// The part of Queue that lets messages leave memory and brings them back.
#include "broker/queue/queue.h"

#include <algorithm>
#include <iterator>

namespace tern::broker {

Queue::Queue(QueueInfoPtr info, QueuePort& port, Memory& memory)
    : info_(std::move(info)), port_(port), memory_(memory) {
    limit_memory(0);
}

Queue::~Queue() {
    memory_.bytes -= entries_.bytes();
}

void Queue::limit_memory(std::size_t bytes) {
    bytes_max_ = bytes == 0 ? memory_.queue_bytes_max : std::min(bytes, memory_.queue_bytes_max);
    counted_max_ = bytes == 0 ? SIZE_MAX : bytes;
    check_at_bytes_ = bytes_max_;
    check_at_counted_ = counted_max_;
}

void Queue::count_at_least(std::size_t bytes) {
    entries_.count_at_least(bytes);
    note_bytes();
}

/// What its messages may take so that they count as no more than they may.
std::size_t Queue::may_take() const {
    const std::size_t counted = entries_.counted_bytes();
    if (counted_max_ == SIZE_MAX || counted == 0) return bytes_max_;
    const double share = static_cast<double>(entries_.bytes()) / static_cast<double>(counted);
    const double most = static_cast<double>(counted_max_) * share;
    return most < static_cast<double>(bytes_max_) ? static_cast<std::size_t>(most) : bytes_max_;
}

void Queue::account(std::size_t bytes_before) {
    memory_.bytes += entries_.bytes() - bytes_before;
}

/// Too much at once is let go, rather than a little each time.
void Queue::check_memory() {
    if (!takes_too_much()) return;
    leave_memory(may_take() / 2);
    // What could not leave is not tried again for every message.
    check_at_bytes_ = std::max(bytes_max_, entries_.bytes() + bytes_max_ / 8);
    check_at_counted_ = std::max(counted_max_, entries_.counted_bytes() + counted_max_ / 8);
}

void Queue::leave_memory(std::size_t bytes) {
    if (leaving_ > 0 || keeps_in_memory_) return;
    const std::size_t before = entries_.bytes();
    std::vector<PageOut> messages = entries_.page_out(bytes);
    account(before);
    page_out(std::move(messages));
}

void Queue::leave_journal(std::uint64_t before) {
    page_out(entries_.in_journal_before(before));
}

void Queue::page_out(std::vector<PageOut> messages) {
    if (messages.empty()) return;
    for (PageOut& one : messages) {
        // A mark that was asked for is durable before these are written anywhere.
        const std::uint64_t marked = std::max(marked_, mark_pending_);
        one.announced = one.announced || (one.at && one.at.lsn <= marked);
    }
    leaving_ += messages.size();
    port_.page_out(*info_, std::move(messages));
}

void Queue::paged_out(std::span<const PageOut> messages, std::span<const Place> places) {
    leaving_ -= messages.size();
    entries_.left(messages);
    for (std::size_t i = 0; i < places.size(); ++i) {
        Entry* const entry = entries_.find(messages[i].ordinal);
        if (entry == nullptr) {
            port_.released(*info_, {}, places[i]);  // it went while it was on its way
            continue;
        }
        if (entry->in_journal()) port_.released(*info_, entry->at, {});
        entry->place = places[i];
    }
    // With no room on the disk: not again before it pays.
    check_at_bytes_ = places.empty() ? entries_.bytes() + bytes_max_ / 8 : bytes_max_;
    check_at_counted_ = places.empty() ? entries_.counted_bytes() + counted_max_ / 8 : counted_max_;
}

void Queue::page_in(std::uint64_t from) {
    if (pages_asked_ >= kPagesMax) return;
    // Not before half of what was asked for last has been used.
    std::vector<PageIn> asked = entries_.page_in(from, kPageMessages / 2);
    if (asked.empty()) return;
    std::ranges::copy(entries_.page_in(asked.back().ordinal + 1, kPageMessages / 2),
                      std::back_inserter(asked));
    ++pages_asked_;
    port_.page_in(*info_, std::move(asked), std::min(kPageBytesMax, may_take() / 4));
}

void Queue::await_page(std::uint64_t ordinal) {
    waits_for_page_ = true;
    if (!entries_.is_coming(ordinal)) page_in(ordinal);
}

/// What follows the head comes if it does not drive out anything.
void Queue::read_ahead() {
    if (entries_.missing() == 0 || consumers_.count() == 0 || pages_asked_ > 0) return;
    const bool room =
        entries_.bytes() <= may_take() / 2 && memory_.bytes + kPageBytesMax <= memory_.bytes_max;
    const std::uint64_t head = entries_.first_ready();
    if (room && head != entries_.end()) page_in(head);
}

void Queue::await_expired(std::int64_t now_ms) {
    // Something comes in any case: then this is called again.
    expired_are_coming_ = true;
    if (pages_asked_ < kPagesMax) page_in_due(now_ms);
}

void Queue::read_due(std::int64_t now_ms) {
    const bool room = entries_.bytes() + kPageBytesMax <= may_take();
    if (entries_.missing() > 0 && pages_asked_ == 0 && room) {
        page_in_due(now_ms + kDueAheadMs);
    }
}

void Queue::page_in_due(std::int64_t by_ms) {
    // No more than there is room for: what has come may have to leave before the first one comes.
    const std::size_t bytes = std::min(kPageBytesMax, may_take() / 4);
    const std::size_t each =
        entries_.bytes_on_disk() / std::max(entries_.missing(), std::size_t{1});
    const std::size_t room = std::min(kPageMessages, bytes / std::max(each, std::size_t{1}));
    std::vector<std::uint64_t> due = deadlines_.due(by_ms, kPageMessages);
    std::size_t count = 0;
    for (std::size_t taken = 0; count < due.size() && (count == 0 || taken < room); ++count) {
        taken += entries_.has_undated_near(due[count]) ? Entries::kChunk : 1;
    }
    due.resize(count);
    std::vector<PageIn> asked = entries_.page_in(due);
    if (asked.empty()) return;
    ++pages_asked_;
    port_.page_in(*info_, std::move(asked), bytes);
}

void Queue::paged_in(std::span<const PageIn> asked, std::span<const PagedIn> came) {
    --pages_asked_;
    expired_are_coming_ = false;
    const std::size_t before = entries_.bytes();
    entries_.arrived(asked);
    for (const PagedIn& one : came) {
        if (one.message == nullptr) {
            entries_.give_up(one.ordinal);
            continue;
        }
        if (!entries_.is_dated(one.ordinal) && entries_.is_missing(one.ordinal)) {
            note_expiry(one.ordinal, one.message->header().expires_at_ms);
        }
        entries_.set_message({.ordinal = one.ordinal,
                              .lsn = one.lsn,
                              .message = one.message,
                              .announced = one.announced || one.lsn <= marked_},
                             seen_before(one));
    }
    account(before);
    for (const PagedIn& one : came) {
        if (one.message != nullptr && !entries_.is_missing(one.ordinal) &&
            entries_.is_ready(one.ordinal)) {
            note_value(one.ordinal, *one.message);
        }
    }
    browsers_.resume();
}

void Queue::set_gone(std::uint64_t ordinal) {
    forget_value(ordinal);
    const std::size_t before = entries_.bytes();
    entries_.set_gone(ordinal);
    account(before);
}

// ---- what an earlier run left

void Queue::recover(MessagePtr message, StoredAt at, Place place, bool announced) {
    const std::size_t before = entries_.bytes();
    const std::uint8_t priority = message == nullptr ? 4 : message->header().priority;
    const std::int64_t expires_at_ms = message == nullptr ? 0 : message->header().expires_at_ms;
    const Message* const known = message.get();
    const std::uint64_t ordinal =
        entries_.append(Entry{.message = std::move(message),
                              .at = at,
                              .place = place,
                              .failures = static_cast<std::uint16_t>(announced ? 1 : 0),
                              .priority = priority,
                              .announced = announced});
    account(before);
    note_expiry(ordinal, expires_at_ms);
    if (known != nullptr) note_value(ordinal, *known);
}

void Queue::recover(const PagedRun& run) {
    const std::uint64_t first = entries_.end();
    entries_.append(run);
    for (std::size_t i = 0; i < run.deadlines.size(); ++i) note_expiry(first + i, run.deadlines[i]);
    if (!run.deadlines.empty()) return;
    // It is known only that nothing of it expires before.
    for (std::uint64_t ordinal = first; ordinal < entries_.end();
         ordinal = (ordinal / Entries::kChunk + 1) * Entries::kChunk) {
        note_expiry(ordinal, run.first_expiry_ms);
    }
}

void Queue::end_recovery(std::uint64_t marked) {
    entries_.end_recovery();
    marked_ = marked;
    marked_before_ = marked;
}

}  // namespace tern::broker
