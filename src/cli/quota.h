#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace tern::cli {

/// Deals out the messages of a limited count to several workers, so that together they never take
/// one too many. When there are fewer than workers, who gives one back goes to the end of the line.
class Quota {
public:
    /// Nothing is no limit.
    explicit Quota(std::optional<std::uint64_t> count) : left_(count) {}

    /// Takes one; waits while others have them all. False when all are used up, and after `close`.
    [[nodiscard]] bool take();
    /// The one taken was not needed: somebody else may have it.
    void give_back();
    /// The one taken was used.
    void use();
    /// Nobody gets anything any more.
    void close();

    /// All of the count was used.
    [[nodiscard]] bool is_used_up() const;

private:
    [[nodiscard]] bool is_over() const { return closed_ || (left_ == 0 && taken_ == 0); }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<std::uint64_t> left_;
    std::uint64_t taken_ = 0;  ///< neither used nor given back
    std::uint64_t next_ticket_ = 0;
    std::deque<std::uint64_t> line_;
    bool closed_ = false;
};

}  // namespace tern::cli
