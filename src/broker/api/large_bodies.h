#pragma once

#include "base/result.h"
#include "message/message.h"

#include <functional>
#include <memory>
#include <vector>

namespace tern::broker {

/// A body while it comes. One that goes before `finish` never was.
class LargeBodyWriter {
public:
    virtual ~LargeBodyWriter() = default;

    virtual void append(Bytes piece) = 0;
    /// All of it has come; it must not be empty. The message that gets it is published like any
    /// other: the broker waits until the body is safe, and answers no_space or storage_failed when
    /// it cannot be.
    [[nodiscard]] virtual LargeBodyPtr finish() = 0;
};

/// Bodies that lie in files, written and read piece by piece. While too much of them is on its way
/// to the disk, the connection is not read.
///
/// Runs on: the connection's shard.
class LargeBodies {
public:
    virtual ~LargeBodies() = default;

    [[nodiscard]] virtual std::unique_ptr<LargeBodyWriter> write() = 0;

    /// One or several pieces, the first of which begins at `offset`. Answered later, and not if the
    /// connection has ended by then. Errors: the store's.
    using Read = std::move_only_function<void(Result<std::vector<Buffer>>)>;
    virtual void read(const LargeBodyPtr& body, std::uint64_t offset, Read done) = 0;
};

}  // namespace tern::broker
