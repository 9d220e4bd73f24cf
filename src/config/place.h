#pragma once

#include <cstdint>
#include <string>

namespace tern::config {

/// Where in a document something stands. Both count from 1; 0: nowhere in particular.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    auto operator<=>(const Place&) const = default;
};

/// What is wrong, and where.
struct Problem {
    Place place;
    std::string text;
};

}  // namespace tern::config
