#pragma once

#include "base/line_limit.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tern::log {

/// Lines that come again and again: of those that differ in nothing but numbers, some are let pass
/// in a time, as `LineLimit` has it. From any thread.
class Repetition {
public:
    /// Kinds of lines that are told apart; with more, all are forgotten.
    static constexpr std::size_t kKindsMax = 2000;

    /// Nothing: do not write the line. Otherwise how many of its kind were not written before it.
    [[nodiscard]] std::optional<std::uint64_t> pass(std::string_view module, std::string_view text,
                                                    std::int64_t now_ms);

private:
    std::mutex mutex_;
    std::unordered_map<std::string, LineLimit> kinds_;  // guarded by mutex_
};

}  // namespace tern::log
