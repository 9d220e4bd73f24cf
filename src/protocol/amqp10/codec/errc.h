#pragma once

#include "base/result.h"

namespace tern::amqp10 {

/// What can be wrong with bytes that a peer sent, or with what they ask for.
enum class Errc {
    /// A value that ends beyond its frame, or is of no known type.
    malformed = 1,
    /// A field of the wrong type, or one that is missing.
    bad_field,
    /// A performative or section that does not exist, or not here.
    unexpected,
    /// A frame above the negotiated size, or below that of its own header.
    bad_frame_size,
    /// Values nested too deeply.
    too_deep,
    /// Message sections that stand in the wrong order.
    bad_order,
    /// A protocol header for something else.
    bad_protocol,
};

[[nodiscard]] std::error_code make_error_code(Errc code) noexcept;

}  // namespace tern::amqp10

template <>
struct std::is_error_code_enum<tern::amqp10::Errc> : std::true_type {};
