#pragma once

#include "bytes/buffer.h"
#include "client/value.h"
#include "protocol/openwire/codec/data_type.h"

#include <optional>

namespace tern::client {

/// A body that grows beyond this is not unpacked.
constexpr std::size_t kInflatedBytesMax = std::size_t{256} * 1024 * 1024;

/// Unpacks the compressed content of a message of this type (OpenWire reference, 5.3). Nothing when
/// it is broken or too large.
[[nodiscard]] std::optional<Blob> inflate(openwire::DataType type, Bytes content);

}  // namespace tern::client
