#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tern::amqp091 {

/// What sessions count, for whoever watches. Those of messages that go to clients are there for
/// classic queues and, behind these, for quorum queues.
enum class Total : std::uint8_t {
    logins,
    logins_refused,
    channels_opened,
    channels_closed,
    queues_declared,
    queues_created,
    queues_deleted,
    received,
    received_confirm,  ///< on channels with confirms
    unroutable,
    returned,
    confirmed,
    publishers,         ///< channels that sent something
    publishers_closed,  ///< and those of them that are gone
    get_empty,
    get_empty_quorum,
    got_acked,  ///< by `basic.get`, to be acknowledged
    got_acked_quorum,
    got_unacked,
    got_unacked_quorum,
    consumed_acked,
    consumed_acked_quorum,
    consumed_unacked,
    consumed_unacked_quorum,
    redelivered,
    redelivered_quorum,
    acknowledged,
    acknowledged_quorum,
};

constexpr std::size_t kTotals = static_cast<std::size_t>(Total::acknowledged_quorum) + 1;

/// The same of a quorum queue.
[[nodiscard]] constexpr Total of_queue(Total classic, bool quorum) {
    return static_cast<Total>(static_cast<std::uint8_t>(classic) + (quorum ? 1 : 0));
}

/// Those of all sessions, on all shards.
class Totals {
public:
    [[nodiscard]] std::uint64_t operator[](Total what) const {
        return all_[static_cast<std::size_t>(what)].load(std::memory_order_relaxed);
    }
    void add(Total what, std::uint64_t count) {
        all_[static_cast<std::size_t>(what)].fetch_add(count, std::memory_order_relaxed);
    }

private:
    std::array<std::atomic<std::uint64_t>, kTotals> all_{};
};

/// One session's, which others see once they are handed over: not with each message.
class Tally {
public:
    void add(Total what, std::uint64_t count = 1) {
        counts_[static_cast<std::size_t>(what)] += count;
        counted_ |= std::uint32_t{1} << static_cast<std::uint8_t>(what);
    }
    void hand_over(Totals& all) {
        for (auto left = std::exchange(counted_, 0); left != 0; left &= left - 1) {
            const auto which = static_cast<std::size_t>(std::countr_zero(left));
            all.add(static_cast<Total>(which), std::exchange(counts_[which], 0));
        }
    }

private:
    std::array<std::uint64_t, kTotals> counts_{};
    std::uint32_t counted_ = 0;  ///< a bit for each that is not handed over
    static_assert(kTotals <= 32);
};

}  // namespace tern::amqp091
