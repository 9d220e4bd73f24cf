#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

namespace tern::broker {

/// How often something took how long, in classes that are as wide as an eighth of what is in them:
/// those of an HdrHistogram of little precision, in half a kilobyte, for each queue has some of
/// these. (Debian 12 has that library for Go and Java only.)
class Histogram {
public:
    void add(std::int64_t us) {
        std::uint16_t& count = counts_[index(us)];
        if (count < std::numeric_limits<std::uint16_t>::max()) ++count;
    }
    Histogram& operator+=(const Histogram& other) {
        for (std::size_t i = 0; i < kClasses; ++i) {
            counts_[i] = static_cast<std::uint16_t>(
                std::min<std::uint32_t>(std::uint32_t{counts_[i]} + other.counts_[i],
                                        std::numeric_limits<std::uint16_t>::max()));
        }
        return *this;
    }

    [[nodiscard]] std::uint64_t count() const {
        std::uint64_t all = 0;
        for (const std::uint16_t one : counts_) all += one;
        return all;
    }
    /// What this share of them, from 0 to 1, did not exceed: microseconds, in the middle of its
    /// class. 0 when there are none.
    [[nodiscard]] std::int64_t quantile(double share) const {
        const auto wanted = std::max(1.0, share * static_cast<double>(count()));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < kClasses; ++i) {
            seen += counts_[i];
            if (static_cast<double>(seen) >= wanted) return middle_us(i);
        }
        return 0;
    }

private:
    /// Classes for each power of two.
    static constexpr std::uint64_t kParts = 8;
    static constexpr std::size_t kClasses = 30 * kParts;  ///< up to an hour and more

    [[nodiscard]] static std::size_t index(std::int64_t us) {
        const std::uint64_t value = std::clamp<std::int64_t>(us, 0, (std::int64_t{1} << 32) - 1);
        if (value < kParts) return value;
        const std::size_t shift = std::bit_width(value) - 4;
        return kParts * shift + (value >> shift);
    }
    [[nodiscard]] static std::int64_t middle_us(std::size_t index) {
        if (index < 2 * kParts) return static_cast<std::int64_t>(index);
        const std::size_t shift = index / kParts - 1;
        const std::uint64_t first = (kParts + index % kParts) << shift;
        return static_cast<std::int64_t>(first + (std::uint64_t{1} << shift) / 2);
    }

    std::array<std::uint16_t, kClasses> counts_{};
};

/// How long some of the messages took: those of the last minute or two, and all since the start.
struct Latency {
    Histogram recent = {};
    std::uint64_t count = 0;
    std::uint64_t sum_us = 0;
};

/// Of a queue, told from some of its messages.
struct Latencies {
    Latency confirm = {};   ///< from when a durable message was taken until it was safe
    Latency queueing = {};  ///< from when it came to the queue until it went to a consumer
    Latency delivery = {};  ///< from then until it was accepted
};

using LatenciesPtr = std::shared_ptr<const Latencies>;

}  // namespace tern::broker
