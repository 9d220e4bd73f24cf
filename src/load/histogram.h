#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tern::load {

/// How often something took how long, in classes that are less than one percent as wide as what is
/// in them: those of an HdrHistogram with two digits, in its order. Debian 12 has that library for
/// Go and Java only, and the broker's own (broker/api/latencies.h) is small, coarse and made to
/// forget.
class Histogram {
public:
    Histogram() : counts_(kClasses) {}

    void add(std::int64_t ns) {
        ns = std::clamp<std::int64_t>(ns, 0, kMost);
        ++counts_[index(static_cast<std::uint64_t>(ns))];
        ++count_;
        sum_ += static_cast<double>(ns);
        most_ = std::max(most_, ns);
        least_ = count_ == 1 ? ns : std::min(least_, ns);
    }
    Histogram& operator+=(const Histogram& other) {
        if (other.count_ == 0) return *this;
        for (std::size_t i = 0; i < kClasses; ++i) counts_[i] += other.counts_[i];
        least_ = count_ == 0 ? other.least_ : std::min(least_, other.least_);
        most_ = std::max(most_, other.most_);
        count_ += other.count_;
        sum_ += other.sum_;
        return *this;
    }
    void clear() { *this = Histogram(); }

    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// How often each class, from nothing upwards, has been seen.
    [[nodiscard]] std::span<const std::uint64_t> classes() const { return counts_; }
    [[nodiscard]] std::int64_t least_ns() const { return least_; }
    [[nodiscard]] std::int64_t most_ns() const { return most_; }
    [[nodiscard]] double mean_ns() const {
        return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
    }
    /// What this share of them, from 0 to 1, did not exceed; 0 when there are none.
    [[nodiscard]] std::int64_t quantile_ns(double share) const {
        const double wanted = std::max(1.0, share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < kClasses; ++i) {
            seen += counts_[i];
            // The last one of a class, as HdrHistogram says it; nobody took longer than the most.
            if (static_cast<double>(seen) >= wanted) return std::min(last_of(i), most_);
        }
        return most_;
    }

    static constexpr int kBits = 42;  ///< over an hour
    static constexpr std::int64_t kMost = (std::int64_t{1} << kBits) - 1;

private:
    /// Classes for each power of two.
    static constexpr std::uint64_t kParts = 128;
    static constexpr std::size_t kClasses = (kBits - 6) * kParts;

    [[nodiscard]] static std::size_t index(std::uint64_t value) {
        if (value < kParts) return value;
        const auto shift = static_cast<std::size_t>(std::bit_width(value)) - 8;
        return kParts * shift + (value >> shift);
    }
    [[nodiscard]] static std::int64_t last_of(std::size_t index) {
        if (index < 2 * kParts) return static_cast<std::int64_t>(index);
        const std::size_t shift = index / kParts - 1;
        const std::uint64_t first = (kParts + index % kParts) << shift;
        return static_cast<std::int64_t>(first + (std::uint64_t{1} << shift) - 1);
    }

    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    double sum_ = 0;
    std::int64_t least_ = 0;
    std::int64_t most_ = 0;
};

}  // namespace tern::load
