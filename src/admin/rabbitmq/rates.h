#pragma once

#include "admin/json.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tern::admin::rabbitmq {

/// How fast numbers grow, from what they were when somebody asked before: nobody counts while
/// nobody asks.
class Rates {
public:
    /// Rates are of at least so long, and what nobody asks for is forgotten after some time.
    static constexpr std::int64_t kPeriodMs = 1000;
    static constexpr std::int64_t kForgetMs = 300'000;

    /// In a second, of a number that grows, by any name.
    [[nodiscard]] double rate(const std::string& name, std::uint64_t value, std::int64_t now_ms);
    /// Adds the number to `object`, and its rate as `NAME_details`.
    void add(json::object& object, std::string_view name, const std::string& of,
             std::uint64_t value, std::int64_t now_ms);

private:
    struct Sample {
        std::uint64_t before = 0;
        std::int64_t before_ms = 0;
        std::uint64_t value = 0;
        std::int64_t at_ms = 0;
    };
    void forget(std::int64_t now_ms);

    std::unordered_map<std::string, Sample> samples_;
    std::int64_t looked_ms_ = 0;
};

}  // namespace tern::admin::rabbitmq
