#pragma once

#include "runtime/disk.h"
#include "store/large_format.h"
#include "store/tools/answer.h"
#include "store/tools/findings.h"

#include <functional>
#include <map>

namespace tern::store::tools {

/// The bodies in files of their own, of a store that nobody is using.
class StoredBodies final : public LargeBodyFinder {
public:
    explicit StoredBodies(Disk& disk) : disk_(disk) {}

    /// Looks which files there are.
    [[nodiscard]] Answer<void> open(Findings& findings);
    [[nodiscard]] LargeBodyPtr find(std::uint64_t id, std::uint64_t size) const override;
    /// How often `find` found no file.
    [[nodiscard]] std::uint64_t misses() const { return misses_; }

    /// Hands the pieces of a body to `take`, checking each. Error: the disk's, what is wrong with
    /// the file, or that of `take`.
    using Take = std::function<Answer<void>(Bytes piece)>;
    [[nodiscard]] Answer<void> read(std::uint64_t id, std::uint64_t size, const Take& take);
    /// Reads every file and says what is wrong with it, and which nobody has asked for.
    [[nodiscard]] Answer<void> check(Findings& findings);

    struct OfFile {
        std::uint64_t bytes = 0;
        mutable bool wanted = false;
    };
    [[nodiscard]] const std::map<std::uint64_t, OfFile>& files() const { return files_; }

private:
    Disk& disk_;
    std::map<std::uint64_t, OfFile> files_;
    mutable std::uint64_t misses_ = 0;
    mutable std::map<std::uint64_t, std::uint64_t> wrong_sizes_;  ///< what was asked for
};

/// A body of which only id and size are known here.
[[nodiscard]] LargeBodyPtr make_body(std::uint64_t id, std::uint64_t size);

}  // namespace tern::store::tools
