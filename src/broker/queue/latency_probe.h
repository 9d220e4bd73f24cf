#pragma once

#include "broker/api/latencies.h"

#include <array>
#include <cstdint>
#include <memory>

namespace tern::broker {

/// Times some of a queue's messages: one a millisecond at most, and no more than kUnderWay at a
/// time. Takes no memory before the first one.
class LatencyProbe {
public:
    /// The queue is being served: another message may be timed.
    void serve(std::int64_t now_ms) {
        if (now_ms == served_ms_) return;
        served_ms_ = now_ms;
        wants_message_ = true;
        wants_confirm_ = true;
    }
    [[nodiscard]] bool wants_message() const { return wants_message_; }
    [[nodiscard]] bool wants_confirm() const { return wants_confirm_; }

    /// Begins to time a message, if there is room. `is_lost(ordinal)`: it will not be accepted.
    template <class IsLost>
    void came(std::uint64_t ordinal, std::int64_t now_us, IsLost is_lost) {
        wants_message_ = false;
        if (Timed* const free = room(now_us, is_lost)) *free = {ordinal, now_us, 0};
    }
    void handed_out(std::uint64_t ordinal, std::int64_t now_us);
    void accepted(std::uint64_t ordinal, std::int64_t now_us);
    void confirmed(std::int64_t us);

    /// Null: there is nothing.
    [[nodiscard]] LatenciesPtr latencies(std::int64_t now_ms) const;

private:
    static constexpr std::size_t kUnderWay = 16;
    /// One that takes longer makes room for others.
    static constexpr std::int64_t kPatienceUs = std::int64_t{10} * 60 * 1'000'000;
    static constexpr std::int64_t kWindowMs = 60'000;

    struct Timed {
        std::uint64_t ordinal = 0;  ///< 0: none
        std::int64_t came_us = 0;
        std::int64_t handed_out_us = 0;  ///< 0: it was not
    };
    struct Window {
        Histogram confirm;
        Histogram queueing;
        Histogram delivery;
    };
    struct State {
        std::array<Timed, kUnderWay> timed{};
        std::int64_t since_ms = 0;
        Window now;
        Window before;
        Latencies totals;  ///< without `recent`
    };

    [[nodiscard]] State& state();
    [[nodiscard]] Timed* find(std::uint64_t ordinal);
    template <class IsLost>
    [[nodiscard]] Timed* room(std::int64_t now_us, IsLost is_lost) {
        for (Timed& one : state().timed) {
            if (one.ordinal == 0) return &one;
        }
        for (Timed& one : state_->timed) {
            if (now_us - one.came_us > kPatienceUs || is_lost(one.ordinal)) return &one;
        }
        return nullptr;
    }
    static void add(Latency& total, Histogram& recent, std::int64_t us);

    std::unique_ptr<State> state_;
    std::int64_t served_ms_ = 0;
    bool wants_message_ = true;
    bool wants_confirm_ = true;
};

}  // namespace tern::broker
