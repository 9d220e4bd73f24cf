#include "protocol/openwire/codec/negotiation.h"

#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/primitive_map.h"

#include <gtest/gtest.h>

#include <climits>

namespace tern::openwire {
namespace {

using std::chrono::milliseconds;

/// What a Java client sends.
WireFormatProperties java_client() {
    return {.cache_enabled = true,
            .cache_size = 1024,
            .tight_encoding_enabled = true,
            .stack_trace_enabled = true,
            .tcp_no_delay_enabled = true,
            .max_inactivity_duration = milliseconds(30000),
            .max_inactivity_duration_initial_delay = milliseconds(10000),
            .max_frame_size = LLONG_MAX,
            .max_frame_size_enabled = true,
            .host = "localhost",
            .provider_name = "ActiveMQ",
            .provider_version = "5.17.2",
            .platform_details = "Java"};
}

WireFormatProperties broker() {
    WireFormatProperties properties = java_client();
    properties.stack_trace_enabled = false;
    properties.max_frame_size = 104857600;
    properties.host = {};
    return properties;
}

Result<WireFormatProperties> read(const PrimitiveMap& map) {
    ByteWriter bytes;
    EXPECT_TRUE(encode_map(map, bytes));
    return read_properties({.properties = bytes.bytes()});
}

std::error_code error_of(std::string_view key, PrimitiveValue value) {
    PrimitiveMap map;
    map.put(key, std::move(value));
    const auto properties = read(map);
    return properties ? std::error_code{} : properties.error();
}

TEST(WireFormatProperties, RoundTrip) {
    ByteWriter out;
    ASSERT_TRUE(encode_wire_format_info(java_client(), out));
    const auto command = Decoder().decode(out.bytes().subspan(4));
    ASSERT_TRUE(command);
    EXPECT_EQ(read_properties(std::get<WireFormatInfo>(*command)), java_client());
}

TEST(WireFormatProperties, AreWrittenWithTheTypesThatJavaCasts) {
    ByteWriter out;
    ASSERT_TRUE(write_properties(java_client(), out));
    const auto is = [&]<class T>(std::string_view key, T expected) {
        const auto value = find_property(out.bytes(), key);
        return value && std::holds_alternative<T>(*value) && std::get<T>(*value) == expected;
    };
    EXPECT_TRUE(is("CacheEnabled", true));
    EXPECT_TRUE(is("CacheSize", std::int32_t{1024}));
    EXPECT_TRUE(is("TightEncodingEnabled", true));
    EXPECT_TRUE(is("SizePrefixDisabled", false));
    EXPECT_TRUE(is("MaxInactivityDuration", std::int64_t{30000}));
    EXPECT_TRUE(is("MaxInactivityDurationInitalDelay", std::int64_t{10000}));
    EXPECT_TRUE(is("MaxFrameSize", std::int64_t{LLONG_MAX}));
    EXPECT_TRUE(is("MaxFrameSizeEnabled", true));
    EXPECT_TRUE(is("ProviderName", std::string_view("ActiveMQ")));
}

TEST(WireFormatProperties, EverythingMayBeMissing) {
    EXPECT_EQ(read_properties({}), WireFormatProperties{});
    EXPECT_EQ(read({}), WireFormatProperties{});
    EXPECT_FALSE(error_of("SomethingElse", {1.5}));
    EXPECT_FALSE(error_of("CacheSize", {}));
}

TEST(WireFormatProperties, RefusesWrongValues) {
    EXPECT_EQ(error_of("CacheSize", {std::int64_t{1024}}), Errc::bad_value);
    EXPECT_EQ(error_of("CacheSize", {std::int32_t{-1}}), Errc::bad_value);
    EXPECT_EQ(error_of("MaxFrameSize", {std::int32_t{1024}}), Errc::bad_value);
    EXPECT_EQ(error_of("CacheEnabled", {std::string_view("true")}), Errc::bad_value);
    EXPECT_EQ(error_of("Anything", {PrimitiveMap{}}), Errc::too_deep);
    const std::string text(513, 'x');
    EXPECT_EQ(error_of("Host", {std::string_view(text)}), Errc::too_long);
    EXPECT_EQ(read_properties({.magic = {'A'}}).error(), Errc::bad_magic);
}

TEST(Negotiation, JavaClientWithBroker) {
    const Negotiated expected{
        .format = {.version = 12, .tight = true, .cache = true, .cache_slots = 1024},
        .tcp_no_delay = true,
        .frame_bytes_max = 104857600,
        .read_check_period = milliseconds(30000),
        .initial_delay = milliseconds(10000)};
    EXPECT_EQ(negotiate(broker(), java_client()), expected);
    EXPECT_EQ(negotiate(java_client(), broker()), expected);
}

TEST(Negotiation, PeerWithoutOpinions) {
    const auto negotiated = negotiate(broker(), {.version = 3});
    ASSERT_TRUE(negotiated);
    EXPECT_EQ(negotiated->format.version, 3);
    EXPECT_FALSE(negotiated->format.tight);
    EXPECT_FALSE(negotiated->format.cache);
    EXPECT_TRUE(negotiated->format.size_prefix);
    EXPECT_EQ(negotiated->frame_bytes_max, 104857600);
    EXPECT_EQ(negotiated->read_check_period, milliseconds(0));
    EXPECT_EQ(negotiated->initial_delay, milliseconds(0));
}

TEST(Negotiation, Versions) {
    EXPECT_EQ(negotiate(broker(), {.version = 99})->format.version, 12);
    EXPECT_EQ(negotiate(broker(), {.version = 0}).error(), Errc::unsupported_version);
    EXPECT_EQ(negotiate(broker(), {.version = -1}).error(), Errc::unsupported_version);
    EXPECT_EQ(negotiate(broker(), {.version = 8}, 9).error(), Errc::unsupported_version);
    EXPECT_TRUE(negotiate(broker(), {.version = 9}, 9));
}

TEST(Negotiation, CacheSlots) {
    const auto slots = [](std::int32_t ours, std::int32_t theirs) {
        return negotiate({.cache_size = ours}, {.cache_size = theirs})->format.cache_slots;
    };
    EXPECT_EQ(slots(1024, 2048), 1024);
    EXPECT_EQ(slots(1024, 0), 16383);
    EXPECT_EQ(slots(0, 0), 16383);
    EXPECT_EQ(slots(1000000, 1000000), 32767);
}

TEST(Negotiation, FrameSizes) {
    const auto frame_bytes = [](std::int64_t ours, std::int64_t theirs) {
        return negotiate({.max_frame_size = ours}, {.max_frame_size = theirs})->frame_bytes_max;
    };
    EXPECT_EQ(frame_bytes(100, 50), 50);
    EXPECT_EQ(frame_bytes(100, 0), 100);
    EXPECT_EQ(frame_bytes(0, 50), 50);
    EXPECT_EQ(frame_bytes(0, 0), kFrameBytesMax);
    EXPECT_EQ(frame_bytes(LLONG_MAX, LLONG_MAX), kFrameBytesMax);
    EXPECT_EQ(frame_bytes(100, -5), 100);
}

TEST(Negotiation, SizePrefixGoesOnlyWhenBothWant) {
    EXPECT_TRUE(negotiate({.size_prefix_disabled = true}, {})->format.size_prefix);
    EXPECT_FALSE(negotiate({.size_prefix_disabled = true}, {.size_prefix_disabled = true})
                     ->format.size_prefix);
}

}  // namespace
}  // namespace tern::openwire
