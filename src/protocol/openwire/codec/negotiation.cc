#include "protocol/openwire/codec/negotiation.h"

#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/primitive_map.h"

#include <algorithm>

namespace tern::openwire {
namespace {

using std::chrono::milliseconds;

/// What Java accepts in a WireFormatInfo: no nested map or list either.
constexpr PrimitiveLimits kPropertyLimits{.depth_max = 1, .entries_max = 64, .text_bytes_max = 512};

/// The slots of a cache whose size nobody named.
constexpr int kCacheSlotsDefault = 16383;
constexpr int kCacheSlotsMax = 32767;

/// The table of OpenWire reference, 6.1. The misspelling "Inital" is part of the protocol.
template <class Self, class Visitor>
void for_each_property(Self& self, Visitor&& visit) {
    visit("CacheEnabled", self.cache_enabled);
    visit("CacheSize", self.cache_size);
    visit("TightEncodingEnabled", self.tight_encoding_enabled);
    visit("StackTraceEnabled", self.stack_trace_enabled);
    visit("TcpNoDelayEnabled", self.tcp_no_delay_enabled);
    visit("SizePrefixDisabled", self.size_prefix_disabled);
    visit("MaxInactivityDuration", self.max_inactivity_duration);
    visit("MaxInactivityDurationInitalDelay", self.max_inactivity_duration_initial_delay);
    visit("MaxFrameSize", self.max_frame_size);
    visit("MaxFrameSizeEnabled", self.max_frame_size_enabled);
    visit("Host", self.host);
    visit("ProviderName", self.provider_name);
    visit("ProviderVersion", self.provider_version);
    visit("PlatformDetails", self.platform_details);
}

/// The type a property has in the map.
template <class T>
struct WireType {
    using type = T;
};
template <>
struct WireType<milliseconds> {
    using type = std::int64_t;
};
template <>
struct WireType<std::optional<bool>> {
    using type = bool;
};
template <>
struct WireType<Text> {
    using type = std::string_view;
};

/// False when the value has another type than the property: Java would not take it either.
template <class T>
bool assign(const PrimitiveView& value, T& property) {
    if (std::holds_alternative<std::monostate>(value)) return true;
    const auto* const typed = std::get_if<typename WireType<T>::type>(&value);
    if (typed != nullptr) property = T(*typed);
    return typed != nullptr;
}

std::optional<PrimitiveValue> value_of(const Text& text) {
    if (text.is_null()) return std::nullopt;
    return PrimitiveValue{text.view()};
}
std::optional<PrimitiveValue> value_of(std::optional<bool> value) {
    if (!value) return std::nullopt;
    return PrimitiveValue{*value};
}
std::optional<PrimitiveValue> value_of(milliseconds value) {
    return PrimitiveValue{std::int64_t{value.count()}};
}
template <class T>
std::optional<PrimitiveValue> value_of(T value)
    requires std::is_arithmetic_v<T>
{
    return PrimitiveValue{value};
}

/// The smaller one; 0 or less is no opinion.
template <class T>
T smaller_opinion(T a, T b) {
    if (a <= 0 || b <= 0) return std::max(a, b);
    return std::min(a, b);
}

milliseconds smaller_period(milliseconds a, milliseconds b) {
    return std::max(std::min(a, b), milliseconds::zero());
}

int cache_slots(std::int32_t a, std::int32_t b) {
    const std::int32_t slots = std::min(a, b);
    return slots == 0 ? kCacheSlotsDefault : std::min(slots, kCacheSlotsMax);
}

}  // namespace

Result<WireFormatProperties> read_properties(const WireFormatInfo& info) {
    if (info.magic != kMagic) return failure(Errc::bad_magic);
    WireFormatProperties properties;
    properties.version = info.version;
    if (info.properties.is_null()) return properties;

    MapReader reader(info.properties.view(), kPropertyLimits);
    bool good = true;
    while (const auto entry = reader.next()) {
        for_each_property(properties, [&](std::string_view name, auto& property) {
            if (entry->key == name) good = assign(entry->value, property) && good;
        });
    }
    if (reader.error()) return failure(reader.error());
    if (!good || properties.cache_size < 0) return failure(Errc::bad_value);
    return properties;
}

Result<void> write_properties(const WireFormatProperties& properties, ByteWriter& out) {
    PrimitiveMap map;
    for_each_property(properties, [&map](std::string_view name, const auto& property) {
        if (auto value = value_of(property)) map.put(name, std::move(*value));
    });
    return encode_map(map, out);
}

Result<void> encode_wire_format_info(const WireFormatProperties& properties, ByteWriter& out) {
    ByteWriter map;
    if (const auto written = write_properties(properties, map); !written) return written;
    const WireFormatInfo info{.version = properties.version, .properties = map.bytes()};
    return Encoder().encode(info, out);
}

Result<Negotiated> negotiate(const WireFormatProperties& local, const WireFormatProperties& remote,
                             int version_min) {
    if (remote.version < version_min) return failure(Errc::unsupported_version);
    const WireFormat format{
        .version = std::min(smaller_opinion(local.version, remote.version), kVersionMax),
        .tight = local.tight_encoding_enabled && remote.tight_encoding_enabled,
        .cache = local.cache_enabled && remote.cache_enabled,
        .cache_slots = cache_slots(local.cache_size, remote.cache_size),
        .stack_traces = local.stack_trace_enabled && remote.stack_trace_enabled,
        .size_prefix = !(local.size_prefix_disabled && remote.size_prefix_disabled),
    };
    const auto frame_bytes = smaller_opinion(local.max_frame_size, remote.max_frame_size);
    return Negotiated{
        .format = format,
        .tcp_no_delay = local.tcp_no_delay_enabled && remote.tcp_no_delay_enabled,
        .frame_bytes_max = smaller_opinion(frame_bytes, kFrameBytesMax),
        .read_check_period =
            smaller_period(local.max_inactivity_duration, remote.max_inactivity_duration),
        .initial_delay = smaller_period(local.max_inactivity_duration_initial_delay,
                                        remote.max_inactivity_duration_initial_delay),
    };
}

}  // namespace tern::openwire
