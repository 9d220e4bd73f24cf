#pragma once

#include "base/result.h"

namespace tern::amqp091 {

/// What can be wrong with encoded bytes.
enum class Errc {
    /// A frame above the limit.
    frame_too_large = 1,
    /// A frame that does not end in 0xCE: the line lost step.
    bad_frame_end,
    /// A frame that is neither method, header, body nor heartbeat.
    unknown_frame_type,
    /// Class and method numbers that mean nothing.
    unknown_method,
    /// The bytes end inside a field, or a length goes beyond their end.
    truncated,
    /// Bytes are left behind the last field.
    trailing_bytes,
    /// A table value of unknown type.
    bad_value,
    /// Tables and arrays nested too deeply.
    too_deep,
    /// Content of another class than basic.
    bad_content_class,
};

std::error_code make_error_code(Errc code) noexcept;

}  // namespace tern::amqp091

template <>
struct std::is_error_code_enum<tern::amqp091::Errc> : std::true_type {};
