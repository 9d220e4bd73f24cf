#include "broker/policy/policy.h"

#include <algorithm>
#include <cmath>

namespace tern::broker {

std::int64_t Policy::redelivery_after(std::uint32_t failures, double dice) const {
    if (redelivery_ms <= 0 || failures == 0) return 0;
    const auto first = static_cast<double>(redelivery_ms);
    const double most =
        redelivery_ms_max >= 0 ? static_cast<double>(redelivery_ms_max) : 10 * first;
    const double grown = first * std::pow(redelivery_multiplier, failures - 1);
    const double spread_out = grown * (1 + (2 * dice - 1) * redelivery_spread);
    return static_cast<std::int64_t>(std::clamp(spread_out, 0.0, most));
}

}  // namespace tern::broker
