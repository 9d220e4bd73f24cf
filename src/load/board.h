#pragma once

#include "load/histogram.h"
#include "load/result.h"
#include "load/settings.h"
#include "load/stream.h"

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tern::load {

/// What the workers do now.
enum class Phase : std::uint8_t {
    waiting,
    connecting_idle,
    connecting_subscribers,
    connecting_publishers,
    publishing,
    draining,  ///< nothing more is published
    storming,
    leaving,
};

/// Numbers that one worker counts and others look at.
struct alignas(64) Tally {
    /// What it does: it sees a little late what it should do.
    std::atomic<Phase> phase = Phase::waiting;
    std::atomic<std::uint64_t> idle = 0;
    std::atomic<std::uint64_t> publishers = 0;
    std::atomic<std::uint64_t> subscribers = 0;
    std::atomic<std::uint64_t> sent = 0;
    std::atomic<std::uint64_t> confirmed = 0;
    std::atomic<std::uint64_t> received = 0;
    std::atomic<std::uint64_t> stormed = 0;

    /// Cheaper than the one of the processor that others could call, too.
    static void add(std::atomic<std::uint64_t>& to, std::uint64_t count) {
        to.store(to.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
};

/// What the workers and who leads them have in common.
struct Board {
    Board(const Settings& of, int workers)
        : settings(of),
          of_destination(by_destination(of)),
          tallies(static_cast<std::size_t>(workers)),
          clients(static_cast<std::size_t>(of.publishers) +
                  static_cast<std::size_t>(of.subscribers)) {}

    const Settings settings;
    /// The same, with the name of each destination.
    const std::vector<Settings> of_destination;
    /// Null: connections are plain.
    std::unique_ptr<TlsClients> tls;
    sockaddr_storage address{};
    socklen_t address_size = 0;
    std::uint32_t run = 0;

    std::atomic<Phase> phase = Phase::waiting;
    std::atomic<bool> measuring = false;
    /// When measuring began, of the steady clock.
    std::atomic<std::int64_t> measured_ns = 0;
    /// When publishing began, of the steady clock.
    std::atomic<std::int64_t> began_ns = 0;
    std::deque<Tally> tallies;
    /// What each publisher has sent, then what each subscriber has received.
    std::deque<std::atomic<std::uint64_t>> clients;

    template <class Member>
    [[nodiscard]] std::uint64_t sum(Member member) const {
        std::uint64_t all = 0;
        for (const Tally& one : tallies) all += (one.*member).load(std::memory_order_relaxed);
        return all;
    }

    /// The first reason counts. Runs on: any thread.
    void fail(const std::string& why) {
        const std::lock_guard lock(mutex);
        if (reason.empty()) reason = why;
        failed = true;
    }
    std::atomic<bool> failed = false;
    std::mutex mutex;  // guards what follows
    std::string reason;
    /// How long messages took that came in each interval of the measured time, as far as all
    /// workers have told it and nobody has taken it away: `intervals_taken` at the front.
    std::deque<Histogram> intervals;
    std::size_t intervals_taken = 0;

    /// Of one worker. Runs on: any thread.
    void tell(std::size_t interval, const Histogram& times) {
        const std::lock_guard lock(mutex);
        if (interval < intervals_taken) interval = intervals_taken;
        while (intervals_taken + intervals.size() <= interval) intervals.emplace_back();
        intervals[interval - intervals_taken] += times;
    }
    /// The first of them, if it is not `before` or a later one.
    [[nodiscard]] std::optional<Histogram> take_interval(std::size_t before) {
        const std::lock_guard lock(mutex);
        if (intervals.empty() || intervals_taken >= before) return std::nullopt;
        Histogram first = std::move(intervals.front());
        intervals.pop_front();
        ++intervals_taken;
        return first;
    }

private:
    static std::vector<Settings> by_destination(const Settings& of) {
        std::vector<Settings> all(static_cast<std::size_t>(of.destinations), of);
        for (std::size_t i = 0; all.size() > 1 && i < all.size(); ++i) {
            all[i].destination += "." + std::to_string(i);
        }
        return all;
    }
};

}  // namespace tern::load
