#pragma once

#include "base/result.h"

namespace tern::mqtt {

/// Why bytes are not a packet we take.
enum class Errc {
    malformed_packet = 1,
    protocol_error,
    packet_too_large,
    unsupported_protocol_version,
    topic_filter_invalid,
    topic_name_invalid,
    does_not_fit,  ///< a packet of ours that the format, or the receiver's limit, cannot hold
};

[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), category()};
}

}  // namespace tern::mqtt

template <>
struct std::is_error_code_enum<tern::mqtt::Errc> : std::true_type {};
