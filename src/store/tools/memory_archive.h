#pragma once

#include "store/tools/archive.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tern::store::tools {

/// An archive in memory, for tests.
class MemoryArchive final : public Sink, public Source {
public:
    [[nodiscard]] Result<void> write(std::span<const Bytes> parts) override {
        for (const Bytes part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
        return {};
    }
    [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> into) override {
        const std::size_t count = std::min(into.size(), bytes.size() - at);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
        at += count;
        return count;
    }

    std::vector<std::uint8_t> bytes;
    std::size_t at = 0;
};

}  // namespace tern::store::tools
