#pragma once

#include "bytes/buffer.h"

namespace tern {

/// CRC-32C (Castagnoli) of `bytes`, continuing from `crc`; 0 starts anew. Uses the processor's
/// instruction where there is one.
[[nodiscard]] std::uint32_t crc32c(Bytes bytes, std::uint32_t crc = 0);

/// The same without the instruction: for other processors, and for the test that compares both.
[[nodiscard]] std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t crc = 0);

}  // namespace tern
