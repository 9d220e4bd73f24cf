#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tern::gateway {

/// Memory to read into, for the connections of a shard that send much: lent as long as there is
/// some, so that ten thousand of them take no more than that. As much as clients send at a time.
class Blocks {
public:
    using Block = std::array<std::uint8_t, std::size_t{128} * 1024>;
    using Loan = std::unique_ptr<Block>;

    /// Null if all are lent.
    [[nodiscard]] Loan lend() {
        if (lent_ == kLentMax) return nullptr;
        ++lent_;
        if (spare_.empty()) return std::make_unique_for_overwrite<Block>();
        Loan block = std::move(spare_.back());
        spare_.pop_back();
        return block;
    }
    void give_back(Loan block) {
        if (block == nullptr) return;
        --lent_;
        if (spare_.size() < kSpareMax) spare_.push_back(std::move(block));
    }

private:
    static constexpr std::size_t kLentMax = 128;
    static constexpr std::size_t kSpareMax = 8;

    std::size_t lent_ = 0;
    std::vector<Loan> spare_;
};

}  // namespace tern::gateway
