#pragma once

#include "base/result.h"
#include "bytes/buffer.h"

namespace tern::openwire {

constexpr std::size_t kSizePrefixBytes = 4;

/// The length of the frame that starts with `received`, size prefix included, or 0 when too few
/// bytes are there to tell. The frame is whole when `received` has that many bytes; its part behind
/// the prefix goes to the decoder. Ask before making room for it.
/// Errors: bad_frame_size; frame_too_large (the prefix exceeds `frame_bytes_max`).
[[nodiscard]] Result<std::size_t> frame_length(Bytes received, std::int64_t frame_bytes_max);

/// Whether a connection speaks OpenWire, from its first bytes (OpenWire reference, 2.3): `unknown`
/// when all fit so far but they are too few.
enum class Recognition { yes, no, unknown };
[[nodiscard]] Recognition recognise(Bytes first);

}  // namespace tern::openwire
