// The frames of OpenWire reference, section 7: all of them were accepted by the Java
// implementation.

#include "protocol/openwire/codec/body.h"
#include "protocol/openwire/codec/frame.h"
#include "protocol/openwire/codec/negotiation.h"
#include "protocol/openwire/codec/testing.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using testing::from_hex;
using testing::to_hex;

constexpr WireFormat kLoose{};
constexpr WireFormat kTight{.tight = true};

/// Both directions: the frame decodes to the command, and the command encodes to the frame.
void expect_frame(std::string_view dump, const Command& command, const WireFormat& format) {
    const auto frame = from_hex(dump);
    const auto length = frame_length(frame, kFrameBytesMax);
    ASSERT_EQ(length, frame.size());
    const auto decoded = Decoder(format).decode(Bytes(frame).subspan(kSizePrefixBytes));
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_TRUE(*decoded == command);

    ByteWriter out;
    ASSERT_TRUE(Encoder(format).encode(command, out));
    EXPECT_EQ(to_hex(out.bytes()), to_hex(frame));
}

TEST(WorkedExamples, WireFormatInfo) {
    const auto frame = from_hex(R"(
        00 00 00 5E 01
        41 63 74 69 76 65 4D 51
        00 00 00 0C
        01 00 00 00 4C
        00 00 00 03
        00 14 54 69 67 68 74 45 6E 63 6F 64 69 6E 67 45 6E 61 62 6C 65 64
        01 01
        00 0C 43 61 63 68 65 45 6E 61 62 6C 65 64
        01 00
        00 15 4D 61 78 49 6E 61 63 74 69 76 69 74 79 44 75 72 61 74 69 6F 6E
        06 00 00 00 00 00 00 75 30)");
    const auto decoded = Decoder().decode(Bytes(frame).subspan(kSizePrefixBytes));
    ASSERT_TRUE(decoded);
    const auto& info = std::get<WireFormatInfo>(*decoded);
    EXPECT_EQ(info.version, 12);
    const auto properties = read_properties(info);
    ASSERT_TRUE(properties);
    WireFormatProperties expected;
    expected.tight_encoding_enabled = true;
    expected.max_inactivity_duration = std::chrono::milliseconds(30000);
    EXPECT_EQ(*properties, expected);

    PrimitiveMap map;
    map.put("TightEncodingEnabled", {true});
    map.put("CacheEnabled", {false});
    map.put("MaxInactivityDuration", {std::int64_t{30000}});
    ByteWriter encoded_map;
    ASSERT_TRUE(encode_map(map, encoded_map));
    ByteWriter out;
    ASSERT_TRUE(Encoder().encode(WireFormatInfo{.properties = encoded_map.bytes()}, out));
    EXPECT_EQ(to_hex(out.bytes()), to_hex(frame));
}

ConnectionInfo connection_info() {
    return {.command_id = 1,
            .response_required = true,
            .connection_id = ConnectionId{.value = "ID:h-1"},
            .client_id = "c1",
            .password = "p",
            .user_name = "u",
            .manageable = true};
}

TEST(WorkedExamples, ConnectionInfoLoose) {
    expect_frame(R"(
        00 00 00 25 03
        00 00 00 01 01
        01 78 01 00 06 49 44 3A 68 2D 31
        01 00 02 63 31
        01 00 01 70
        01 00 01 75
        00 00 01 01 00 00 00)",
                 connection_info(), kLoose);
}

TEST(WorkedExamples, ConnectionInfoTight) {
    expect_frame(R"(
        00 00 00 1C 03
        03 FF 33 00
        00 00 00 01
        78 00 06 49 44 3A 68 2D 31
        00 02 63 31
        00 01 70
        00 01 75)",
                 connection_info(), kTight);
}

TEST(WorkedExamples, Response) {
    expect_frame("00 00 00 0A 1E 00 00 00 00 00 00 00 00 01", Response{.correlation_id = 1},
                 kLoose);
    expect_frame("00 00 00 0B 1E 01 00 00 00 00 00 00 00 00 01", Response{.correlation_id = 1},
                 kTight);
}

TEST(WorkedExamples, ExceptionResponse) {
    expect_frame(R"(
        00 00 00 29 1F
        00 00 00 00 00
        00 00 00 03
        01
        01 00 16 6A 61 76 61 78 2E 6A 6D 73 2E 4A 4D 53 45 78 63 65 70 74 69 6F 6E
        01 00 02 6E 6F)",
                 ExceptionResponse{.correlation_id = 3,
                                   .exception = Throwable{.class_name = "javax.jms.JMSException",
                                                          .message = "no"}},
                 kLoose);
}

TEST(WorkedExamples, TextMessageTight) {
    ByteWriter body;
    ASSERT_TRUE(encode_text_body("hi", body));
    const ProducerId producer{.connection_id = "ID:h-1", .value = 1, .session_id = 1};
    Message message{.type = DataType::text_message,
                    .command_id = 5,
                    .producer_id = producer,
                    .destination = Destination{.physical_name = "Q"},
                    .message_id = MessageId{.producer_id = producer, .producer_sequence_id = 1},
                    .persistent = true,
                    .priority = 4,
                    .timestamp = 0x18D00000000,
                    .content = body.bytes()};
    expect_frame(R"(
        00 00 00 49 1C
        07 AE A7 AB 20 16 00 00
        00 00 00 05
        7B 00 06 49 44 3A 68 2D 31 00 01 00 01
        64 00 01 51
        6E 7B 00 06 49 44 3A 68 2D 31 00 01 00 01
        00 01
        00 00 00 00
        04
        00 00 01 8D 00 00 00 00
        00 00 00 06 00 00 00 02 68 69
        00 00 00 00)",
                 message, kTight);
}

TEST(WorkedExamples, NullDispatchTight) {
    expect_frame(
        R"(
        00 00 00 1D 15 02 AE 07  00 00 00 00
        7A 00 06 49 44 3A 68 2D 31 00 01 00 01
        64 00 01 51  00 00 00 00)",
        MessageDispatch{
            .consumer_id = ConsumerId{.connection_id = "ID:h-1", .session_id = 1, .value = 1},
            .destination = Destination{.physical_name = "Q"}},
        kTight);
}

// The frames of 7.6 are shown in part there; here they are whole.
TEST(WorkedExamples, Caching) {
    const std::string_view kFrames[] = {
        "04 00 00 00 02 00 01 00 00 01 79 01 00 06 49 44 3A 68 2D 31 00 00 00 00 00 00 00 01",
        "06 00 00 00 03 00 01 00 01 01 7B 01 00 06 49 44 3A 68 2D 31 00 00 00 00 00 00 00 01 "
        "00 00 00 00 00 00 00 01 01 00 02 00 00 00 00 00 00 00",
        "06 00 00 00 03 00 00 00 01 00 00 02 00 00 00 00 00 00",
    };
    const SessionInfo session{.command_id = 2,
                              .session_id = SessionId{.connection_id = "ID:h-1", .value = 1}};
    const ProducerInfo producer{
        .command_id = 3,
        .producer_id = ProducerId{.connection_id = "ID:h-1", .value = 1, .session_id = 1}};
    const Command kCommands[] = {session, producer, producer};

    const WireFormat format{.cache = true, .cache_slots = 1024, .size_prefix = false};
    Encoder encoder(format);
    Decoder decoder(format);
    for (std::size_t i = 0; i < std::size(kFrames); ++i) {
        const auto frame = from_hex(kFrames[i]);
        ByteWriter out;
        ASSERT_TRUE(encoder.encode(kCommands[i], out));
        EXPECT_EQ(to_hex(out.bytes()), to_hex(frame));
        const auto decoded = decoder.decode(frame);
        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_TRUE(*decoded == kCommands[i]) << i;
    }
}

}  // namespace
}  // namespace tern::openwire
