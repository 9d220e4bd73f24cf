#include "journal/journal.h"

#include "base/log.h"
#include "journal/committer.h"
#include "runtime/system_random.h"

#include <algorithm>
#include <deque>

namespace tern::journal {

class Journal::Impl {
public:
    Impl(Disk& disk, Lane& writer, Lane& helper, Options options)
        : disk_(disk),
          writer_(writer),
          options_(options),
          files_(disk, helper, options.file_bytes, options.archive),
          committer_(disk, files_, options_) {}

    Result<void> replay(Visitor visit);
    Result<void> start(std::span<const Release> holds);
    Lsn append(Batch batch);
    bool withdraw(Lsn first);
    void close(Task done);
    Result<Buffer> read(const Position& position) { return committer_.read(position); }
    Stats stats() const;
    HeldFile oldest() const { return files_.oldest(); }
    Lsn end_of(FileNumber number) const { return files_.end_of(number); }
    std::uint64_t id() const { return committer_.journal(); }
    Lsn next() const;
    void allow_reuse(FileNumber up_to) { files_.allow_reuse(up_to); }

private:
    enum class State { fresh, replayed, open, closing };

    void schedule();
    void run();
    void take_incoming();
    void commit();
    void complete(std::size_t batches);
    void refuse(std::deque<Batch> batches, std::error_code error);
    void close_files();

    Disk& disk_;
    Lane& writer_;
    const Options options_;
    FileSet files_;
    Recovered recovered_;  // between `replay` and `start`

    mutable std::mutex mutex_;
    std::deque<Batch> incoming_;  // guarded by mutex_, as the next six
    Lsn next_;                    // of the record appended next
    std::deque<Batch> late_;      // appended after `close`
    bool scheduled_ = false;
    State state_ = State::fresh;
    Task on_closed_;
    Stats stats_;

    // The writer lane's.
    Committer committer_;
    std::deque<Batch> waiting_;
    std::error_code error_;

    Pending pending_;
};

Result<void> Journal::Impl::replay(Visitor visit) {
    TERN_ASSERT(state_ == State::fresh);
    auto found = recover(disk_, visit);
    if (!found) return failure(found.error());
    recovered_ = std::move(*found);
    state_ = State::replayed;
    return {};
}

Result<void> Journal::Impl::start(std::span<const Release> holds) {
    TERN_ASSERT(state_ == State::replayed);
    const Recovered found = std::move(recovered_);
    if (auto adopted = files_.adopt(found, holds); !adopted) return adopted;
    const std::uint64_t id = options_.id != 0 ? options_.id : SystemRandom().next() | 1;
    committer_.start(found.journal != 0 ? found.journal : id, found.next);
    const std::lock_guard lock(mutex_);
    next_ = found.next;
    state_ = State::open;
    return {};
}

Lsn Journal::Impl::next() const {
    const std::lock_guard lock(mutex_);
    return next_;
}

Lsn Journal::Impl::append(Batch batch) {
    Batch dropped;  // its `done` may hold anything: destroyed without the lock
    const std::lock_guard lock(mutex_);
    TERN_ASSERT(state_ == State::open || state_ == State::closing);
    const Lsn first = next_;
    next_ = Lsn(first.value + batch.records.size());
    if (state_ == State::closing && !on_closed_) {
        dropped = std::move(batch);  // the lane may have ended
        return first;
    }
    (state_ == State::open ? incoming_ : late_).push_back(std::move(batch));
    schedule();
    return first;
}

bool Journal::Impl::withdraw(Lsn first) {
    Batch taken;  // its `done` may hold anything: destroyed without the lock
    const std::lock_guard lock(mutex_);
    if (state_ != State::open || incoming_.empty()) return false;
    const std::size_t records = incoming_.back().records.size();
    if (records == 0 || first.value + records != next_.value) return false;
    taken = std::move(incoming_.back());
    incoming_.pop_back();
    next_ = first;
    return true;
}

void Journal::Impl::close(Task done) {
    const std::lock_guard lock(mutex_);
    TERN_ASSERT(state_ != State::closing);
    state_ = State::closing;
    on_closed_ = std::move(done);
    schedule();
}

Stats Journal::Impl::stats() const {
    const std::lock_guard lock(mutex_);
    Stats stats = stats_;
    stats.files = files_.count();
    stats.file_bytes = files_.file_bytes();
    stats.spare_bytes = files_.spares() * stats.file_bytes;
    stats.disk_bytes = stats.files * stats.file_bytes + stats.spare_bytes;
    return stats;
}

/// Under `mutex_`.
void Journal::Impl::schedule() {
    if (std::exchange(scheduled_, true)) return;
    writer_.submit([this, hold = Pending::Hold(pending_)] { run(); });
}

/// One commit; other tasks may use the lane before the next.
// Runs on: the writer lane.
void Journal::Impl::run() {
    take_incoming();
    if (!error_) error_ = files_.error();
    if (error_) {
        refuse(std::exchange(waiting_, {}), error_);
    } else if (!waiting_.empty()) {
        commit();
    }

    const std::lock_guard lock(mutex_);
    scheduled_ = false;
    // `close` may have come since we looked, and left it to us.
    if (!waiting_.empty() || !incoming_.empty() || !late_.empty()) {
        schedule();
    } else if (state_ == State::closing && on_closed_) {
        close_files();
    }
}

/// Takes all that came while the last commit was under way.
void Journal::Impl::take_incoming() {
    std::deque<Batch> late;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) {
            waiting_.swap(incoming_);
        } else {
            std::ranges::move(incoming_, std::back_inserter(waiting_));
            incoming_.clear();
        }
        late.swap(late_);
    }
    refuse(std::move(late), make_error_code(Errc::closed));
}

void Journal::Impl::commit() {
    const auto batches = committer_.commit(waiting_);
    if (batches) return complete(*batches);
    error_ = batches.error();
    log::error("journal", "writing failed, nothing is accepted any more: {}", error_.message());
    refuse(std::exchange(waiting_, {}), error_);
}

/// The first `batches` of those that wait are durable.
void Journal::Impl::complete(std::size_t batches) {
    std::span<const Position> positions = committer_.positions();
    {
        const std::lock_guard lock(mutex_);
        stats_.syncs = committer_.syncs();
        stats_.records += positions.size();
        stats_.bytes += committer_.bytes();
    }
    for (std::size_t i = 0; i < batches; ++i) {
        Batch batch = std::move(waiting_.front());
        waiting_.pop_front();
        std::uint64_t holds = 0;
        for (const Record& record : batch.records) holds += record.holds;
        files_.apply(holds, batch.releases);
        if (batch.done) batch.done(positions.first(batch.records.size()));
        positions = positions.subspan(batch.records.size());
    }
    files_.tend();
}

void Journal::Impl::refuse(std::deque<Batch> batches, std::error_code error) {
    for (Batch& batch : batches) {
        if (batch.done) batch.done(failure(error));
    }
}

/// Under `mutex_`. The helper may still be at work; whoever leaves last comes back to this lane,
/// and its task knows us no more when it tells the owner.
void Journal::Impl::close_files() {
    files_.close([this, hold = Pending::Hold(pending_), done = std::move(on_closed_)]() mutable {
        writer_.submit([held = std::move(hold), closed = std::move(done)]() mutable {
            held.release();
            closed();
        });
    });
}

Journal::Journal(Disk& disk, Lane& writer, Lane& helper, Options options)
    : impl_(std::make_unique<Impl>(disk, writer, helper, options)) {}

Journal::~Journal() = default;

Result<void> Journal::replay(Visitor visit) {
    return impl_->replay(std::move(visit));
}

Result<void> Journal::start(std::span<const Release> holds) {
    return impl_->start(holds);
}

std::uint64_t Journal::id() const {
    return impl_->id();
}

Lsn Journal::next() const {
    return impl_->next();
}

void Journal::allow_reuse(FileNumber up_to) {
    impl_->allow_reuse(up_to);
}

Lsn Journal::end_of(FileNumber number) const {
    return impl_->end_of(number);
}

Lsn Journal::append(Batch batch) {
    return impl_->append(std::move(batch));
}

bool Journal::withdraw(Lsn first) {
    return impl_->withdraw(first);
}

Result<Buffer> Journal::read(const Position& position) {
    return impl_->read(position);
}

void Journal::close(Task done) {
    impl_->close(std::move(done));
}

Stats Journal::stats() const {
    return impl_->stats();
}

HeldFile Journal::oldest() const {
    return impl_->oldest();
}

}  // namespace tern::journal
