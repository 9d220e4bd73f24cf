#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tern::broker {

/// How messages died on queues that clients declared.
struct DeathCounts {
    enum class Reason : std::uint8_t { rejected, expired, delivery_limit, maxlen };
    /// What the queue says of dead letters.
    enum class Letters : std::uint8_t { none, at_most_once, at_least_once };

    static constexpr std::size_t kReasons = 4;
    static constexpr std::size_t kLetters = 3;

    /// By the queue's type, quorum or not, and what it says.
    std::array<std::array<std::array<std::uint64_t, kReasons>, kLetters>, 2> dead = {};
    std::uint64_t confirmed = 0;  ///< at-least-once: the letter has arrived

    [[nodiscard]] std::uint64_t& of(bool quorum, Letters letters, Reason reason) {
        return dead[quorum ? 1 : 0][static_cast<std::size_t>(letters)]
                   [static_cast<std::size_t>(reason)];
    }
    [[nodiscard]] std::uint64_t of(bool quorum, Letters letters, Reason reason) const {
        return dead[quorum ? 1 : 0][static_cast<std::size_t>(letters)]
                   [static_cast<std::size_t>(reason)];
    }
    void add(const DeathCounts& other) {
        for (std::size_t type = 0; type < dead.size(); ++type) {
            for (std::size_t letters = 0; letters < kLetters; ++letters) {
                for (std::size_t reason = 0; reason < kReasons; ++reason) {
                    dead[type][letters][reason] += other.dead[type][letters][reason];
                }
            }
        }
        confirmed += other.confirmed;
    }
};

}  // namespace tern::broker
