#include "client/redelivery.h"

#include <algorithm>
#include <cmath>

namespace tern::client {
namespace {

/// The front of a name up to its first dot, which is taken away with it.
std::string_view take_element(std::string_view& name) {
    const std::size_t end = std::min(name.find('.'), name.size());
    const std::string_view element = name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
    return element;
}

/// `*` is one element, `>` at the end all that are left, or none.
bool matches(std::string_view pattern, std::string_view name) {
    while (!pattern.empty()) {
        const std::string_view wanted = take_element(pattern);
        if (wanted == ">" && pattern.empty()) return true;
        if (name.empty()) return false;
        const std::string_view there = take_element(name);
        if (wanted != "*" && wanted != there) return false;
    }
    return name.empty();
}

}  // namespace

const RedeliveryPolicy& policy_of(const ConnectionOptions& options,
                                  const Destination& destination) {
    const auto found = std::ranges::find_if(
        options.redelivery_of, [&destination](const RedeliveryPolicyEntry& entry) {
            return entry.destination.kind == destination.kind &&
                   matches(entry.destination.name, destination.name);
        });
    return found == options.redelivery_of.end() ? options.redelivery : found->policy;
}

milliseconds delay_of(const RedeliveryPolicy& policy, int redeliveries, double chance) {
    const double factor = std::max(policy.delay_multiplier, 1.0);
    auto delay = static_cast<double>(policy.delay.count());
    if (redeliveries > 1 && delay > 0 && factor > 1) {
        delay *= std::pow(factor, redeliveries - 1);
    } else if (redeliveries > 1) {
        // Nothing cannot grow.
        const auto repeated =
            static_cast<double>(policy.repeated_delay.value_or(policy.delay).count());
        delay = repeated * std::pow(factor, redeliveries - 2);
    }
    delay = std::min(delay, static_cast<double>(policy.delay_max.count()));
    const double variation = std::clamp(policy.collision_avoidance, 0.0, 1.0) * (2 * chance - 1);
    return milliseconds(static_cast<std::int64_t>(delay * (1 + variation)));
}

}  // namespace tern::client
