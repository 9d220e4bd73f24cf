#include "store/store.h"

#include "base/log.h"
#include "store/merge.h"
#include "store/replay_progress.h"

#include <unordered_set>

namespace tern::store {
namespace {

using Accepted = std::unordered_map<broker::QueueId, std::vector<std::uint64_t>>;

/// The messages that prepared branches have accepted.
Result<Accepted> accepted_by(std::span<const RecoveredDocument> documents,
                             const LargeBodyFinder* bodies) {
    Accepted accepted;
    for (const RecoveredDocument& one : documents) {
        if (one.document.key.kind != DocumentKind::branch) continue;
        ByteReader in(as_bytes(one.document.value));
        for (const Branch::Part& part : decode_branch(in, bodies).parts) {
            for (const Settled& message : part.accepts) {
                accepted[message.queue].push_back(message.lsn);
            }
        }
        if (!in.done()) return failure(std::make_error_code(std::errc::bad_message));
    }
    return accepted;
}

/// The highest number of a record that segments speak of, needed or not.
std::uint64_t last_number(const SegmentSet& set) {
    std::uint64_t last = 0;
    for (const auto& [number, segment] : set.segments()) {
        for (const Block& block : segment->blocks()) last = std::max(last, block.last_lsn);
        for (const auto& [queue, lsn] : segment->marks()) last = std::max(last, lsn);
    }
    return last;
}

/// The highest id of a queue that segments speak of, needed or not.
broker::QueueId last_queue(const SegmentSet& set) {
    broker::QueueId last;
    for (const auto& [number, segment] : set.segments()) {
        for (const Block& block : segment->blocks()) last = std::max(last, block.queue);
        for (const auto& [queue, lsn] : segment->marks()) last = std::max(last, queue);
    }
    return last;
}

}  // namespace

Store::Store(journal::Journal& journal, Segments& segments, LargeFiles* large)
    : journal_(journal), segments_(segments), large_(large) {
    segments_.keep_free(reserve_bytes());
    if (large_ == nullptr) return;
    segments_.set().find_bodies_in(*large_);
    large_->keep_free(reserve_bytes());
    large_->run_behind([this](Task task) {
        journal::Batch nothing;
        nothing.done = [task = std::move(task)](const auto& outcome) mutable {
            if (outcome) task();
        };
        std::ignore = journal_.append(std::move(nothing));
    });
}

Result<Recovered> Store::recover() {
    if (large_ != nullptr) {
        if (auto opened = large_->open(); !opened) return failure(opened.error());
    }
    if (auto opened = segments_.set().open(); !opened) return failure(opened.error());
    const std::uint64_t used = last_number(segments_.set());
    const broker::QueueId known = last_queue(segments_.set());
    // A move that failed half-way, for want of space, was made anew.
    const auto doubles = SegmentLookup(segments_.set()).doubles();
    if (!doubles) return failure(doubles.error());
    segments_.set().settle(*doubles);
    const SegmentLookup lookup(segments_.set());
    Recovery recovery(&lookup, large_);
    std::error_code broken;
    using Clock = std::chrono::steady_clock;
    ReplayProgress progress(Clock::now());
    const auto visit = [&](const journal::Position& position, std::uint8_t type, Bytes body) {
        if (broken) return;
        if (const auto line = progress.note(position.file, Clock::now())) {
            log::info("store", "{}", *line);
        }
        if (const auto applied = recovery.apply(position, type, body); !applied) {
            broken = applied.error();
            log::error("store", "record {} of the journal makes no sense: {}", position.lsn.value,
                       broken.message());
        }
    };
    if (const auto replayed = journal_.replay(visit); !replayed) return failure(replayed.error());
    if (broken) return failure(broken);
    if (const auto line = progress.end(Clock::now())) log::info("store", "{}", *line);
    Recovered recovered{.queues = recovery.finish(),
                        .documents = recovery.documents(),
                        .last_queue = std::max(recovery.last_queue(), known),
                        .producers = recovery.producers(),
                        .message_ids = recovery.message_ids()};
    if (auto merged = merge(recovery, recovered); !merged) return failure(merged.error());
    // With files of messages that are gone, gone for good: the journal may forget what it says of
    // them.
    if (auto synced = segments_.set().sync(); !synced) return failure(synced.error());
    if (const auto started = journal_.start(recovery.holds()); !started) {
        return failure(started.error());
    }
    if (auto right = segments_.start(journal_.id()); !right) return failure(right.error());
    keeps_files_ = !segments_.set().empty();
    if (keeps_files_) journal_.allow_reuse(journal::FileNumber{0});
    skip_numbers(used);
    return recovered;
}

/// What is in a segment had been durable in the journal before. If the journal ends earlier, its
/// end is damaged or was never synced; and a number must not get a second meaning: the next start
/// would take the message that the segment has for the one that the journal has.
void Store::skip_numbers(std::uint64_t used) {
    const std::uint64_t next = journal_.next().value;
    if (used < next) return;
    log::error("store",
               "the journal's end is damaged or was never synced: records {} to {} are gone, of "
               "which segments have messages; what only the journal had is lost",
               next, used);
    // Records that say nothing take the numbers. A crash before they are durable finds the same.
    ByteWriter out(4);
    encode_settled(out, {});
    const Buffer nothing = out.freeze();
    constexpr std::uint64_t kAtOnce = 65'536;
    for (std::uint64_t left = used - next + 1; left > 0;) {
        const std::uint64_t count = std::min(left, kAtOnce);
        journal::Batch batch;
        batch.records.assign(count, {.type = static_cast<std::uint8_t>(RecordType::settle),
                                     .holds = 0,
                                     .parts = {nothing}});
        std::ignore = journal_.append(std::move(batch));
        left -= count;
    }
}

void Store::end_recovery() {
    if (large_ != nullptr) large_->end_recovery();
}

Result<void> Store::merge(Recovery& recovery, Recovered& recovered) {
    SegmentSet& set = segments_.set();
    const auto accepted = accepted_by(recovered.documents, large_);
    if (!accepted) return failure(accepted.error());
    std::vector<broker::Place> settled;
    {
        SegmentLookup lookup(set);
        for (const Settled& one : recovery.settled_elsewhere()) {
            const auto place = lookup.find(one.queue, one.lsn);
            if (!place) return failure(place.error());
            if (*place) settled.push_back(**place);
        }
        std::unordered_set<broker::QueueId> defined;
        for (const RecoveredQueue& queue : recovered.queues) {
            defined.insert(queue.definition.queue);
        }
        for (const broker::QueueId queue : lookup.queues()) {
            if (!defined.contains(queue)) set.remove(queue);
        }
    }
    set.settle(settled);
    SegmentLookup lookup(set);
    for (RecoveredQueue& queue : recovered.queues) {
        const auto moved = [&](broker::StoredAt at) { recovery.release(at); };
        const auto held = accepted->find(queue.definition.queue);
        const auto one_by_one =
            held == accepted->end() ? std::span<const std::uint64_t>() : std::span(held->second);
        if (auto added = add_waiting(lookup, queue, one_by_one, moved); !added) return added;
        if (queue.marked > 0) set.mark(queue.definition.queue, queue.marked);
    }
    return {};
}

journal::Lsn Store::append(Batch batch, Done done) {
    journal::Batch sealed = std::move(batch).seal();
    sealed.done =
        [this, done = std::move(done)](Result<std::span<const journal::Position>> outcome) mutable {
            const std::uint64_t file =
                outcome && !outcome->empty() ? outcome->back().file.value : std::uint64_t{0};
            done(std::move(outcome));
            if (file > last_file_) begun(file);
        };
    return journal_.append(std::move(sealed));
}

void Store::page_out(broker::QueueId queue, std::vector<broker::PageOut> messages,
                     Segments::PutDone done) {
    {
        const std::lock_guard lock(mutex_);
        if (!keeps_files_) journal_.allow_reuse(journal::FileNumber{0});
        keeps_files_ = true;
    }
    segments_.put(queue, std::move(messages), std::move(done));
}

// Runs on: the journal's lane, as what follows.
void Store::begun(std::uint64_t file) {
    last_file_ = file;
    check_relief();
}

void Store::check_relief() {
    if (relieving_ || !relieve_ || last_file_ < kFilesKept + relieved_up_to_ + 1) return;
    const journal::FileNumber up_to{last_file_ - kFilesKept};
    relieving_ = true;
    relieved_up_to_ = up_to.value;
    relieve_(journal_.end_of(up_to), [this, up_to] {
        segments_.flush([this, up_to](const Result<void>& flushed) {
            const std::lock_guard lock(mutex_);
            if (flushed && keeps_files_) journal_.allow_reuse(up_to);
            relieved();
        });
    });
}

/// Comes back to the journal's lane.
void Store::relieved() {
    journal::Batch nothing;
    nothing.done = [this](const auto& outcome) {
        if (!outcome) return;
        relieving_ = false;
        check_relief();
    };
    std::ignore = journal_.append(std::move(nothing));
}

}  // namespace tern::store
