#include "store/segments.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

namespace tern::store {

using broker::PagedIn;
using broker::PageIn;
using broker::PageOut;
using broker::Place;

void Segments::submit(Task task) {
    const std::lock_guard lock(mutex_);
    if (!closed_) lane_.submit(std::move(task));
}

void Segments::submit_if_used(Task task) {
    const std::lock_guard lock(mutex_);
    if (!closed_ && used_) lane_.submit(std::move(task));
}

void Segments::put(broker::QueueId queue, std::vector<PageOut> messages, PutDone done) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    used_ = true;
    puts_.push_back({queue, std::move(messages), std::move(done)});
    if (!std::exchange(putting_, true)) lane_.submit([this] { run_puts(); });
}

/// All that came while the lane was busy shares a sync.
void Segments::run_puts() {
    std::vector<Put> puts;
    {
        const std::lock_guard lock(mutex_);
        puts.swap(puts_);
        putting_ = false;
    }
    std::vector<Result<std::vector<Place>>> results;
    results.reserve(puts.size());
    for (const Put& put : puts) {
        results.push_back(put_one(put));
        if (!results.back() && results.back().error() == std::errc::no_space_on_device) {
            log::warning("store", "no space for messages that should leave memory or the journal");
        } else if (!results.back()) {
            error_ = results.back().error();
        }
    }
    if (!error_) {
        if (const auto synced = set_.sync(); !synced) error_ = synced.error();
    }
    if (error_) log::error("store", "writing segments failed: {}", error_.message());
    for (std::size_t i = 0; i < puts.size(); ++i) {
        if (error_) results[i] = failure(error_);
        puts[i].done(std::move(puts[i].messages), std::move(results[i]));
    }
    note_stats();
}

Result<std::vector<Place>> Segments::put_one(const Put& put) {
    if (error_) return failure(error_);
    const bool transient = std::ranges::none_of(
        put.messages, [](const PageOut& one) { return static_cast<bool>(one.at); });
    if (transient) {
        // What is left is for what keeps the journal going.
        const auto left = free_bytes();
        if (left && *left < reserve_bytes_) {
            return failure(std::make_error_code(std::errc::no_space_on_device));
        }
    }
    return set_.put(put.queue, put.messages);
}

void Segments::get(std::vector<PageIn> wanted, std::size_t bytes_max, GetDone done) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    gets_.push_back({std::move(wanted), bytes_max, std::move(done)});
    lane_.submit([this] { run_gets(); });
}

/// Consumers wait for it: it comes before whatever was asked for earlier. Nothing of that can have
/// made the places it asks for, which are known only when they are there.
void Segments::run_gets() {
    std::vector<Get> gets;
    {
        const std::lock_guard lock(mutex_);
        gets.swap(gets_);
    }
    for (Get& one : gets) {
        std::vector<PagedIn> got = set_.get(one.wanted, one.bytes_max);
        one.done(std::move(one.wanted), std::move(got));
    }
}

void Segments::settle(std::vector<Place> places) {
    submit([this, places = std::move(places)] {
        set_.settle(places);
        tidy();
    });
}

void Segments::mark(broker::QueueId queue, std::uint64_t lsn) {
    submit_if_used([this, queue, lsn] { set_.mark(queue, lsn); });
}

void Segments::remove(broker::QueueId queue) {
    submit_if_used([this, queue] {
        set_.remove(queue);
        tidy();
    });
}

void Segments::flush(std::move_only_function<void(Result<void>)> done) {
    submit([this, done = std::move(done)]() mutable {
        Result<void> flushed;
        if (error_) {
            flushed = failure(error_);
        } else {
            flushed = set_.flush();
            const bool final = !flushed && flushed.error() != std::errc::no_space_on_device;
            if (final) error_ = flushed.error();
        }
        note_stats();
        done(std::move(flushed));
    });
}

/// A step at a time: what others ask for meanwhile comes in between.
void Segments::tidy() {
    note_stats();
    if (std::exchange(tidying_, true)) return;
    submit([this] {
        tidying_ = false;
        if (error_) return;
        const auto more = set_.shrink();
        if (!more) {
            log::warning("store", "cannot write a segment anew: {}", more.error().message());
        } else if (*more) {
            tidy();
        }
    });
}

void Segments::close(Task done) {
    const std::lock_guard lock(mutex_);
    lane_.submit([this, done = std::move(done)]() mutable {
        if (!error_) {
            if (const auto flushed = set_.flush(); !flushed) {
                log::warning("store", "flushing segments: {}", flushed.error().message());
            }
        }
        done();
    });
    closed_ = true;
}

SegmentStats Segments::stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
}

Result<void> Segments::start(std::uint64_t journal) {
    if (auto started = set_.start(journal); !started) return started;
    used_ = !set_.empty();
    note_stats();
    return {};
}

void Segments::note_stats() {
    const SegmentStats now{.files = set_.segments().size(),
                           .bytes = set_.bytes(),
                           .live_bytes = set_.live_bytes(),
                           .temporary_bytes = set_.temporary_bytes()};
    const std::lock_guard lock(mutex_);
    stats_ = now;
}

}  // namespace tern::store
