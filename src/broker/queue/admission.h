#pragma once

#include <atomic>
#include <cstdint>

namespace tern::broker {

/// Whether a queue that refuses what it has no room for has room for one more. Publishers ask on
/// any shard; the queue's shard says what there is. What was admitted counts until it arrives, so
/// that no more comes than may wait, however many send at once.
class Admission {
public:
    static constexpr std::uint64_t kAny = UINT64_MAX;

    /// Runs on: the queue's shard, as all that follow but `admit`. `kAny` for both: nothing is
    /// refused.
    void limit(std::uint64_t messages, std::uint64_t bytes) {
        messages_max_.store(messages, std::memory_order_relaxed);
        bytes_max_.store(bytes, std::memory_order_relaxed);
    }
    [[nodiscard]] bool refuses() const {
        return messages_max_.load(std::memory_order_relaxed) != kAny ||
               bytes_max_.load(std::memory_order_relaxed) != kAny;
    }

    struct Waiting {
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;   ///< of their bodies
        std::uint64_t wanted = 0;  ///< so many more would be handed out at once
    };
    void note(const Waiting& now);
    /// One that was admitted, or came otherwise, is there.
    void arrived(std::uint64_t body_bytes);

    /// False: the message is refused. Runs on: any shard.
    [[nodiscard]] bool admit(std::uint64_t body_bytes);

private:
    void take_back(std::uint64_t body_bytes);

    std::atomic<std::uint64_t> messages_max_{kAny};
    std::atomic<std::uint64_t> bytes_max_{kAny};
    std::atomic<std::uint64_t> waiting_{0};
    std::atomic<std::uint64_t> waiting_bytes_{0};
    std::atomic<std::uint64_t> wanted_{0};
    std::atomic<std::uint64_t> coming_{0};
    std::atomic<std::uint64_t> coming_bytes_{0};
};

}  // namespace tern::broker
