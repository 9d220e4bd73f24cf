#pragma once

#include "base/log.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::server {

/// Lines that come again and again: of those that one place in the program writes, some are let
/// pass in each period, the others are counted. Which they are does not depend on what strangers
/// have put into them, and there are no more kinds than places. From any thread.
class RepeatedLines {
public:
    /// How many of a kind pass in a period; 0: all.
    explicit RepeatedLines(std::uint32_t lines_max) : lines_max_(lines_max) {}

    /// Whether the line is to be written. All for which somebody asked by the level debug are.
    [[nodiscard]] bool pass(const log::Line& line);

    struct Withheld {
        log::Level level;
        std::string_view module;
        std::uint64_t count = 0;
        std::string last = {};  ///< one of them
    };
    /// What did not pass in the period that ends with this call.
    [[nodiscard]] std::vector<Withheld> end_period();

private:
    struct Kind {
        std::uint32_t passed = 0;
        Withheld withheld;
    };

    const std::uint32_t lines_max_;
    std::mutex mutex_;
    /// By the module and what a line's text is made from. Guarded by mutex_.
    std::map<std::pair<std::string_view, std::string_view>, Kind> kinds_;
};

}  // namespace tern::server
