#pragma once

#include "protocol/openwire/codec/versions.h"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace tern::openwire {

/// How the frames of one connection are encoded, in both directions. The default is what holds
/// before negotiation (OpenWire reference, 6.2).
struct WireFormat {
    int version = kVersionMax;
    bool tight = false;
    bool cache = false;
    /// Slots of the object cache of each direction; matters with `cache` only.
    int cache_slots = 0;
    bool stack_traces = false;
    /// Without it the transport must delimit frames.
    bool size_prefix = true;

    bool operator==(const WireFormat&) const = default;
};

constexpr std::int64_t kFrameBytesMax = std::numeric_limits<std::int32_t>::max();

/// What a decoder accepts from the peer.
struct Limits {
    /// Size of a frame, as its size prefix counts it.
    std::int64_t frame_bytes_max = kFrameBytesMax;
    /// Structures within structures, causes of throwables included.
    int depth_max = 32;
    /// Elements of all arrays and stack traces of one frame together.
    std::size_t array_elements_max = 65535;
    /// Bytes of one string; the encoding itself ends at 65535.
    std::size_t text_bytes_max = 65535;
    /// Memory held by the object cache.
    std::size_t cache_bytes_max = std::size_t{8} * 1024 * 1024;
};

}  // namespace tern::openwire
