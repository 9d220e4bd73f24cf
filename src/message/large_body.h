#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace tern {

/// A body that is too large for memory. It lies in a file of its own for as long as any message
/// refers to it, in memory or stored. Immutable, shared by all shards.
class LargeBody {
public:
    /// It is read in pieces of this size, but for the last one.
    static constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

    virtual ~LargeBody() = default;
    LargeBody(const LargeBody&) = delete;
    LargeBody& operator=(const LargeBody&) = delete;

    /// Never used for another one.
    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] virtual std::uint64_t size() const = 0;

protected:
    explicit LargeBody(std::uint64_t id) : id_(id) {}

private:
    std::uint64_t id_;
};

using LargeBodyPtr = std::shared_ptr<const LargeBody>;

/// Finds the bodies that stored messages refer to. From any thread.
class LargeBodyFinder {
public:
    virtual ~LargeBodyFinder() = default;
    /// Null when there is none of that id and size.
    [[nodiscard]] virtual LargeBodyPtr find(std::uint64_t id, std::uint64_t size) const = 0;
};

}  // namespace tern
