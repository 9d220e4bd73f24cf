#include "broker/route/header_match.h"

#include <algorithm>

namespace tern::broker {
namespace {

HeaderValue plain(const message::ScalarView& value) {
    return std::visit(
        [](const auto& v) -> HeaderValue {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, bool>) {
                return v;
            } else if constexpr (std::is_integral_v<T>) {
                return std::int64_t{v};
            } else if constexpr (std::is_floating_point_v<T>) {
                return double{v};
            } else if constexpr (std::is_same_v<T, std::string_view>) {
                return std::string(v);
            } else {
                return std::monostate();
            }
        },
        value);
}

bool has(const message::ScalarView& found, const HeaderValue& wanted) {
    if (std::holds_alternative<std::monostate>(found) ||
        std::holds_alternative<message::BrokenValue>(found)) {
        return false;
    }
    return std::holds_alternative<std::monostate>(wanted) || plain(found) == wanted;
}

}  // namespace

bool matches(const HeaderMatch& match, const Message& message, const message::Formats& formats) {
    std::string scratch;
    const auto is_there = [&](const auto& header) {
        return has(formats.find(message, header.first, scratch), header.second);
    };
    return match.any ? std::ranges::any_of(match.headers, is_there)
                     : std::ranges::all_of(match.headers, is_there);
}

}  // namespace tern::broker
