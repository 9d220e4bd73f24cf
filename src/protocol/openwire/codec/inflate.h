#pragma once

#include "bytes/buffer.h"
#include "protocol/openwire/codec/data_type.h"

#include <optional>
#include <vector>

namespace tern::openwire {

/// A body that grows beyond this is not unpacked.
constexpr std::size_t kInflatedBytesMax = std::size_t{256} * 1024 * 1024;

/// Unpacks the compressed content of a message of this type (OpenWire reference, 5.3). Nothing when
/// it is broken or larger than `bytes_max`.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> inflate(
    DataType type, Bytes content, std::size_t bytes_max = kInflatedBytesMax);

}  // namespace tern::openwire
