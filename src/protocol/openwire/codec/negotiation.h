#pragma once

#include "base/result.h"
#include "bytes/byte_writer.h"
#include "protocol/openwire/codec/connection_commands.h"
#include "protocol/openwire/codec/wire_format.h"

#include <chrono>

namespace tern::openwire {

/// What one side says about itself in its WireFormatInfo. The defaults are what a missing property
/// means. OpenWire reference, 6.1.
struct WireFormatProperties {
    int version = kVersionMax;
    bool cache_enabled = false;
    std::int32_t cache_size = 0;
    bool tight_encoding_enabled = false;
    bool stack_trace_enabled = false;
    bool tcp_no_delay_enabled = false;
    bool size_prefix_disabled = false;
    /// 0 is no monitoring.
    std::chrono::milliseconds max_inactivity_duration{0};
    std::chrono::milliseconds max_inactivity_duration_initial_delay{0};
    /// 0 is no opinion.
    std::int64_t max_frame_size = 0;
    std::optional<bool> max_frame_size_enabled{};
    Text host{};
    Text provider_name{};
    Text provider_version{};
    Text platform_details{};

    bool operator==(const WireFormatProperties&) const = default;
};

/// The properties of a received WireFormatInfo; texts are views into it.
/// Errors: bad_magic; bad_value (a property of the wrong type, or an impossible one); what
/// MapReader may find.
[[nodiscard]] Result<WireFormatProperties> read_properties(const WireFormatInfo& info);

/// Appends the map of `properties`; null texts are left out. Errors: too_long.
[[nodiscard]] Result<void> write_properties(const WireFormatProperties& properties,
                                            ByteWriter& out);

/// Appends a whole WireFormatInfo frame: the first one of a connection, always loose.
[[nodiscard]] Result<void> encode_wire_format_info(const WireFormatProperties& properties,
                                                   ByteWriter& out);

/// What holds on a connection once both sides have said what they want.
struct Negotiated {
    WireFormat format;
    bool tcp_no_delay = false;
    /// The size prefix of a frame must not exceed this.
    std::int64_t frame_bytes_max = kFrameBytesMax;
    /// A peer silent for this long is dead; 0 is no monitoring.
    std::chrono::milliseconds read_check_period{0};
    std::chrono::milliseconds initial_delay{0};

    bool operator==(const Negotiated&) const = default;
};

/// Both sides compute the same from both WireFormatInfos (6.2).
/// Errors: unsupported_version (the peer's is below `version_min`).
[[nodiscard]] Result<Negotiated> negotiate(const WireFormatProperties& local,
                                           const WireFormatProperties& remote,
                                           int version_min = kVersionMin);

}  // namespace tern::openwire
