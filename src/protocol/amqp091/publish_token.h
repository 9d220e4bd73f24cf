#pragma once

#include "broker/api/ids.h"

namespace tern::amqp091 {

// The token of a publish says by itself which one it was: channel and count, above everything that
// is counted up.
constexpr std::uint64_t kPublishToken = std::uint64_t{1} << 63;
constexpr int kChannelShift = 47;

[[nodiscard]] constexpr broker::Token publish_token(std::uint16_t incarnation,
                                                    std::uint64_t count) {
    const std::uint64_t mask = (std::uint64_t{1} << kChannelShift) - 1;
    return broker::Token{kPublishToken | std::uint64_t{incarnation} << kChannelShift |
                         (count & mask)};
}
[[nodiscard]] constexpr bool is_publish(broker::Token token) {
    return (token.value & kPublishToken) != 0;
}
[[nodiscard]] constexpr std::uint16_t incarnation_of(broker::Token token) {
    return static_cast<std::uint16_t>(token.value >> kChannelShift & 0xFFFF);
}
[[nodiscard]] constexpr std::uint64_t count_of(broker::Token token) {
    return token.value & ((std::uint64_t{1} << kChannelShift) - 1);
}

}  // namespace tern::amqp091
