#include "broker/api/errors.h"
#include "broker/schedule/schedule.h"
#include "engine/connection.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <utility>

// Flow control: what has no space waits for it, in order, and holds up nothing else.

namespace tern::engine {

using broker::Destination;
using broker::DestinationView;
using broker::Errc;
using broker::Limit;
using broker::Token;

namespace {

constexpr Millis kTryAgain{10};
constexpr std::size_t kBytesAtOnce = 64 * 1024;
constexpr std::size_t kBlockedMax = 1000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

}  // namespace

bool Connection::waits_for_space(const broker::Publish& command,
                                 std::span<const broker::QueueInfoPtr> queues, bool durable) {
    // What a protocol keeps for itself must not wait for others' consumers.
    if (command.to.name.starts_with('$') && !broker::is_schedule(command.to)) return false;
    const std::size_t bytes = command.message->memory_bytes();
    const bool behind = !lines_.empty() && lines_.contains(command.to);
    const auto found = shard_.what_is_full(command.to, queues, durable, bytes);
    if (!behind && !found) return false;
    const Limit full = found.value_or(Limit::destination);
    if (found && shard_.drops(command.to, full)) {
        shard_.note_dropped(command.to);
        complete(command.token);
        return true;
    }
    if (found) shard_.note_waiting(command.to, full, command.message);
    const auto patience = shard_.patience(command.to, full);
    if (patience == std::chrono::milliseconds(0)) {
        ++shard_.flow().refused_sends;
        complete(command.token, make_error_code(Errc::no_space));
        return true;
    }
    const auto attempt = [this, to = Destination(command.to), kept = command, bytes,
                          durable](bool forced) mutable {
        kept.to = to.view();
        std::vector<broker::QueueInfoPtr> way;
        const auto now = shard_.find_queues(kept.to, *kept.message, way);
        const auto still = shard_.what_is_full(kept.to, now, durable, bytes);
        if (!forced && still) return std::optional(Obstacle{to, *still});
        if (forced) kept.token = {};
        const Publisher self = publisher();
        send(std::move(kept), now, route(*kept.message, now, &self));
        return std::optional<Obstacle>();
    };
    wait(command.to, {.attempt = attempt,
                      .stopped_by = full,
                      .at = Destination(command.to),
                      .token = command.token,
                      .give_up_ms = patience ? wall_ms() + patience->count() : kNever,
                      .bytes = bytes,
                      .staged_bytes = 0});
    return true;
}

bool Connection::waits_for_space(broker::TransactionNumber transaction, Token token) {
    const auto found = transactions_.find(transaction);
    if (found == transactions_.end()) return false;
    const bool behind = lines_.contains(DestinationView{});
    const auto stopped = obstacle(found->second);
    if (!behind && !stopped) return false;
    std::optional<Millis> patience;
    if (stopped) {
        shard_.note_waiting(stopped->at.view(), stopped->full, nullptr);
        patience = shard_.patience(stopped->at.view(), stopped->full);
    }
    const auto attempt = [this, transaction, token](bool forced) {
        const auto still = transactions_.find(transaction);
        if (!forced && still != transactions_.end()) {
            if (auto full = obstacle(still->second)) return full;
        }
        commit_now(transaction, forced ? Token() : token);
        return std::optional<Obstacle>();
    };
    wait({}, {.attempt = attempt,
              .stopped_by = stopped ? stopped->full : Limit(),
              .at = stopped ? stopped->at : Destination(),
              .token = token,
              .transaction = transaction,
              .give_up_ms = patience ? wall_ms() + patience->count() : kNever,
              .bytes = 0,
              .staged_bytes = found->second.bytes});
    if (patience == std::chrono::milliseconds(0)) try_line({});
    return true;
}

std::optional<Connection::Obstacle> Connection::obstacle(const Transaction& work) const {
    for (const StagedPublish& one : work.publishes) {
        std::vector<broker::QueueInfoPtr> found;
        const std::span<const broker::QueueInfoPtr> queues =
            one.queues.empty() ? shard_.find_queues(one.to.view(), *one.message, found)
                               : std::span<const broker::QueueInfoPtr>(one.queues);
        const auto full = shard_.what_is_full(one.to.view(), queues,
                                              one.message->header().durable == Durable::yes, 0);
        if (full && !shard_.drops(one.to.view(), *full)) return Obstacle{one.to, *full};
    }
    return {};
}

void Connection::drop_unwanted(Transaction& work) {
    std::erase_if(work.publishes, [this](const StagedPublish& one) {
        std::vector<broker::QueueInfoPtr> found;
        const auto queues = shard_.find_queues(one.to.view(), *one.message, found);
        const auto full = shard_.what_is_full(one.to.view(), queues,
                                              one.message->header().durable == Durable::yes, 0);
        const bool drops = full && shard_.drops(one.to.view(), *full);
        if (drops) shard_.note_dropped(one.to.view());
        return drops;
    });
}

void Connection::wait(const DestinationView& in_line, Waiting waiting) {
    waiting_bytes_ += waiting.bytes;
    shard_.add_waiting(waiting.bytes + waiting.staged_bytes);
    ++shard_.flow().waited_sends;
    waiting.since = shard_.loop().clock().now();
    auto& blocked = shard_.flow().blocked;
    const bool told = blocked.size() < kBlockedMax || blocked.contains(waiting.at);
    if (!waiting.at.name.empty() && told) ++blocked[waiting.at].count;
    lines_[Destination(in_line)].push_back(std::move(waiting));
    arm_space_timer();
}

void Connection::note_waited(const Waiting& waiting) {
    waiting_bytes_ -= waiting.bytes;
    shard_.remove_waiting(waiting.bytes + waiting.staged_bytes);
    const auto found = shard_.flow().blocked.find(waiting.at);
    if (found == shard_.flow().blocked.end()) return;
    const Instant::duration waited = shard_.loop().clock().now() - waiting.since;
    found->second.waited_us +=
        std::chrono::duration_cast<std::chrono::microseconds>(waited).count();
}

void Connection::explain_sends(std::vector<broker::Obstacle>& found) const {
    for (const auto& [to, line] : lines_) {
        const Waiting& first = line.front();
        found.push_back({.why = broker::Obstacle::Why::limit,
                         .count = line.size(),
                         .until_ms = first.give_up_ms == kNever ? 0 : first.give_up_ms,
                         .connection = broker::ConnectionRef{shard_id(), number_},
                         .at = to,
                         .limit = first.stopped_by});
    }
}

void Connection::arm_space_timer() {
    if (space_timer_.armed()) return;
    shard_.loop().timers().arm(space_timer_, shard_.loop().clock().now() + kTryAgain);
}

void Connection::try_waiting() {
    // Answers may bring new commands, and so other lines.
    std::vector<Destination> names;
    for (const auto& [name, waiting] : lines_) names.push_back(name);
    for (const Destination& name : names) try_line(name);
    if (!lines_.empty()) arm_space_timer();
    unblock();
}

void Connection::try_line(const Destination& name) {
    const std::int64_t now = wall_ms();
    // What is sent shows in what is full only when it has arrived.
    std::size_t left = kBytesAtOnce;
    for (auto line = lines_.find(name); line != lines_.end(); line = lines_.find(name)) {
        std::deque<Waiting>& waiting = line->second;
        Waiting& first = waiting.front();
        std::optional<Obstacle> stopped;
        if (left > 0) stopped = first.attempt(false);
        const bool done = left > 0 && !stopped;
        if (stopped && stopped->full != std::exchange(first.stopped_by, stopped->full)) {
            shard_.note_waiting(stopped->at.view(), stopped->full, nullptr);
        }
        if (!done && now < first.give_up_ms) return;
        left -= std::min(left, first.bytes + 1);
        note_waited(first);
        if (!done) ++shard_.flow().refused_sends;
        const Token refused = done ? Token() : first.token;
        const broker::TransactionNumber abandoned =
            done ? broker::TransactionNumber() : first.transaction;
        waiting.pop_front();
        if (waiting.empty()) lines_.erase(name);
        if (auto work = transactions_.extract(abandoned); !work.empty()) {
            forget(abandoned, std::move(work.mapped()));
        }
        if (refused) complete(refused, make_error_code(Errc::no_space));
    }
}

void Connection::send_waiting() {
    space_timer_.cancel();
    for (auto& [to, waiting] : std::exchange(lines_, {})) {
        for (Waiting& one : waiting) {
            note_waited(one);
            one.attempt(true);
        }
    }
}

}  // namespace tern::engine
