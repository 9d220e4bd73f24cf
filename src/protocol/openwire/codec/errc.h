#pragma once

#include "base/result.h"

namespace tern::openwire {

/// What can be wrong with encoded bytes, or with something to be encoded.
enum class Errc {
    /// A type byte that is no structure, or none of the negotiated version.
    unknown_type = 1,
    /// A structure where its type does not belong.
    unexpected_type,
    /// The bytes end inside a field, or a length goes beyond their end.
    truncated,
    /// Bytes are left behind the last field.
    trailing_bytes,
    /// A size prefix that is zero or negative.
    bad_frame_size,
    /// A frame above the limit, received or to be sent.
    frame_too_large,
    /// A cache slot that does not exist or was never filled.
    bad_cache_slot,
    /// The object cache would outgrow its limit.
    cache_full,
    /// Structures nested too deeply.
    too_deep,
    /// An array, a map or a stack trace with too many elements.
    too_many_elements,
    /// A string or byte array above its limit, received or to be sent.
    too_long,
    /// A primitive value of unknown type, or one that is not allowed in its place.
    bad_value,
    /// No WireFormatInfo of ActiveMQ.
    bad_magic,
    /// The peer speaks no version that we want to speak.
    unsupported_version,
};

std::error_code make_error_code(Errc code) noexcept;

}  // namespace tern::openwire

template <>
struct std::is_error_code_enum<tern::openwire::Errc> : std::true_type {};
