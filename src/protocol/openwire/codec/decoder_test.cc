#include "protocol/openwire/codec/decoder.h"

#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/testing.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using testing::all_formats;
using testing::allocations;
using testing::describe;
using testing::frame_of;
using testing::from_hex;
using testing::RandomFiller;

constexpr WireFormat kTight{.tight = true};

std::error_code error_of(Bytes frame, const WireFormat& format = {}, const Limits& limits = {}) {
    const auto command = Decoder(format, limits).decode(frame);
    return command ? std::error_code{} : command.error();
}
std::error_code error_of(std::string_view hex, const WireFormat& format = {},
                         const Limits& limits = {}) {
    return error_of(Bytes(from_hex(hex)), format, limits);
}

TEST(Decoder, EveryTruncationIsAnError) {
    for (const WireFormat& format : all_formats()) {
        for (std::uint64_t seed = 0; seed < std::variant_size_v<Command>; ++seed) {
            RandomFiller filler(seed, format);
            const auto command = filler.command(seed);
            if (!command) continue;
            const auto frame = frame_of(*command, format);
            for (std::size_t size = 0; size < frame.size(); ++size) {
                // In a place of its own, so that a read beyond the end is found.
                const std::vector<std::uint8_t> part(frame.begin(), frame.begin() + size);
                ASSERT_EQ(error_of(Bytes(part), format), Errc::truncated)
                    << describe(format) << " seed " << seed << " at " << size;
            }
        }
    }
}

TEST(Decoder, TrailingBytesAreAnError) {
    for (const WireFormat& format : all_formats()) {
        for (std::uint64_t seed = 0; seed < std::variant_size_v<Command>; ++seed) {
            RandomFiller filler(seed, format);
            const auto command = filler.command(seed);
            if (!command) continue;
            auto frame = frame_of(*command, format);
            frame.push_back(0);
            ASSERT_EQ(error_of(Bytes(frame), format), Errc::trailing_bytes)
                << describe(format) << " seed " << seed;
        }
    }
}

TEST(Decoder, PaddingOfTheBooleanStreamIsNoError) {
    EXPECT_TRUE(Decoder(kTight).decode(from_hex("0A 03 00 00 00 00000001")));
    EXPECT_TRUE(Decoder(kTight).decode(from_hex("0A C0 01 00 00000001")));
    EXPECT_TRUE(Decoder(kTight).decode(from_hex("0A 80 0001 00 00000001")));
}

TEST(Decoder, RandomDamageIsHarmless) {
    for (const WireFormat& format : all_formats()) {
        for (std::uint64_t seed = 0; seed < 4 * std::variant_size_v<Command>; ++seed) {
            RandomFiller filler(seed, format);
            const auto command = filler.command(seed % std::variant_size_v<Command>);
            if (!command) continue;
            auto frame = frame_of(*command, format);
            for (int i = 0; i < 3; ++i) {
                frame[filler.below(frame.size())] = static_cast<std::uint8_t>(filler.below(256));
            }
            Decoder decoder(format);
            const auto damaged = decoder.decode(frame);
            // What still decodes is a command like any other.
            if (damaged) {
                EXPECT_FALSE(frame_of(*damaged, format).empty());
            }
        }
    }
}

TEST(Decoder, UnknownTypes) {
    EXPECT_EQ(error_of("00"), Errc::unknown_type);
    EXPECT_EQ(error_of("0D 00000001 00"), Errc::unknown_type);
    EXPECT_EQ(error_of("FF 00000001 00"), Errc::unknown_type);
    // Structures that only stand inside others.
    EXPECT_EQ(error_of("64 01 0001 51"), Errc::unknown_type);
    EXPECT_EQ(error_of("20 00000001 00 00000001 01 05"), Errc::truncated);
    EXPECT_EQ(error_of("20 00000001 00 00000001 01 0D 00"), Errc::unknown_type);
}

TEST(Decoder, TypesOfLaterVersionsAreUnknown) {
    const auto pull = frame_of(MessagePull{}, {.version = 12});
    EXPECT_EQ(error_of(Bytes(pull), {.version = 1}), Errc::unknown_type);
    const auto blob = frame_of(Message{.type = DataType::blob_message}, {.version = 12});
    EXPECT_EQ(error_of(Bytes(blob), {.version = 2}), Errc::unknown_type);
    const auto subscriptions = frame_of(BrokerSubscriptionInfo{}, {.version = 12});
    EXPECT_EQ(error_of(Bytes(subscriptions), {.version = 11}), Errc::unknown_type);
}

TEST(Decoder, WrongTypeInAField) {
    // A SessionInfo whose id is a queue; a RemoveInfo of a queue; a dispatch of a Response.
    EXPECT_EQ(error_of("04 00000001 00 01 64 01 0001 51"), Errc::unexpected_type);
    EXPECT_EQ(error_of("0C 00000001 00 01 64 01 0001 51 0000000000000000"), Errc::unexpected_type);
    EXPECT_EQ(error_of("15 00000001 00 00 00 01 1E 00000001 00 00000001 00000000"),
              Errc::unexpected_type);
}

TEST(Decoder, MessageOverloadTakesMessagesOnly) {
    Message message;
    const auto done = Decoder().decode(frame_of(KeepAliveInfo{}, {}), message);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(), Errc::unexpected_type);
}

TEST(Decoder, NestingHasALimit) {
    // DataResponses within each other.
    std::string hex = "20 00000001 00 00000001";
    for (int depth = 0; depth < 20; ++depth) hex += "01 20 00000001 00 00000001";
    hex += "00";
    EXPECT_TRUE(Decoder({}, {.depth_max = 20}).decode(from_hex(hex)));
    EXPECT_EQ(error_of(hex, {}, {.depth_max = 19}), Errc::too_deep);
}

TEST(Decoder, CausesCountAsNesting) {
    std::string hex = "1F 00000001 00 00000001";
    for (int depth = 0; depth < 20; ++depth) hex += "01 00 00 0000";
    hex += "00";
    const WireFormat format{.stack_traces = true};
    EXPECT_TRUE(Decoder(format, {.depth_max = 20}).decode(from_hex(hex)));
    EXPECT_EQ(error_of(hex, format, {.depth_max = 19}), Errc::too_deep);
}

TEST(Decoder, EndlessNestingInABooleanStreamEnds) {
    // Every flag says "there is more": 32767 bytes of ones, and data of zeros.
    std::vector<std::uint8_t> frame = {0x1F, 0x80, 0x7F, 0xFF};
    frame.resize(frame.size() + 32767, 0xFF);
    frame.resize(frame.size() + 100000, 0x00);
    const WireFormat format{.tight = true, .stack_traces = true};
    EXPECT_EQ(error_of(Bytes(frame), format), Errc::too_deep);
}

TEST(Decoder, GiantLengthsAllocateNothing) {
    const auto byte_array = from_hex("3C 00000001 01 7FFFFFFF 00");
    const auto negative = from_hex("3C 00000001 01 FFFFFFFF 00");
    const auto array = from_hex("21 00000001 00 00000001 01 FFFF 00");
    const auto stack = from_hex("1F 00000001 00 00000001 01 00 00 FFFF 00");
    const auto tight_array = from_hex("21 01 02 00000001 00000001 FFFF 00");
    const std::size_t before = allocations();
    EXPECT_EQ(error_of(Bytes(byte_array)), Errc::truncated);
    EXPECT_EQ(error_of(Bytes(negative)), Errc::truncated);
    EXPECT_EQ(allocations(), before);
    // The array object itself, but not its elements.
    EXPECT_EQ(error_of(Bytes(array)), Errc::truncated);
    EXPECT_EQ(error_of(Bytes(tight_array), kTight), Errc::truncated);
    EXPECT_EQ(error_of(Bytes(stack), {.stack_traces = true}), Errc::truncated);
    EXPECT_LE(allocations(), before + 3);
}

TEST(Decoder, ElementsHaveALimitPerFrame) {
    // Three arrays of four nulls each: one within the peerBrokerInfos of a BrokerInfo.
    const auto frame =
        frame_of(BrokerInfo{.peer_broker_infos = std::vector<Box<BrokerInfo>>{BrokerInfo{
                                .peer_broker_infos = std::vector<Box<BrokerInfo>>(8)}}},
                 {});
    EXPECT_TRUE(Decoder({}, {.array_elements_max = 9}).decode(frame));
    EXPECT_EQ(error_of(Bytes(frame), {}, {.array_elements_max = 8}), Errc::too_many_elements);
}

TEST(Decoder, TextsAndFramesHaveLimits) {
    const auto frame = frame_of(ControlCommand{.command = "shutdown"}, {});
    EXPECT_TRUE(Decoder({}, {.text_bytes_max = 8}).decode(frame));
    EXPECT_EQ(error_of(Bytes(frame), {}, {.text_bytes_max = 7}), Errc::too_long);
    const auto size = static_cast<std::int64_t>(frame.size());
    EXPECT_TRUE(Decoder({}, {.frame_bytes_max = size}).decode(frame));
    EXPECT_EQ(error_of(Bytes(frame), {}, {.frame_bytes_max = size - 1}), Errc::frame_too_large);
}

TEST(Decoder, OneByteStringsAreLatin1) {
    // U+00E9 and NUL in a string flagged as one-byte: modified UTF-8 has two bytes for each.
    const auto frame = from_hex("0E 01 06 00000001 0003 61 E9 00");
    Decoder decoder(kTight);
    const auto command = decoder.decode(frame);
    ASSERT_TRUE(command);
    EXPECT_EQ(std::get<ControlCommand>(*command).command, Text("a\xC3\xA9\xC0\x80"));
}

TEST(Decoder, AnyNonZeroByteIsTrueInLooseFrames) {
    const auto command = Decoder().decode(from_hex("0A 00000001 80"));
    ASSERT_TRUE(command);
    EXPECT_TRUE(std::get<KeepAliveInfo>(*command).response_required);
}

TEST(Decoder, NumbersInWiderFormsThanNeeded) {
    // MessagePull with timeout 1 as u16, u32 and i64.
    for (const std::string_view hex : {"14 01 10 00000001 0001", "14 01 08 00000001 00000001",
                                       "14 01 18 00000001 0000000000000001"}) {
        const auto command = Decoder(kTight).decode(from_hex(hex));
        ASSERT_TRUE(command) << hex;
        EXPECT_EQ(std::get<MessagePull>(*command).timeout, 1) << hex;
    }
}

TEST(Decoder, NestedMessageWithABooleanStreamOfItsOwn) {
    // OpenWire reference, 3.5: the flag behind the null flag announces a separate encoding.
    const WireFormat format{.tight = true};
    const Message message{.command_id = 9, .persistent = true, .jms_type = "t"};
    const auto inner = frame_of(message, format);
    // Flags: responseRequired 0, consumerId 0, destination 0, message 1, own encoding 1.
    auto frame = from_hex("15 01 18 00000001 17 00000000");
    frame.insert(frame.end(), inner.begin(), inner.end());
    for (const std::uint8_t byte : from_hex("00000005")) frame.push_back(byte);
    const auto command = Decoder(format).decode(frame);
    ASSERT_TRUE(command) << command.error().message();
    const auto& dispatch = std::get<MessageDispatch>(*command);
    EXPECT_TRUE(dispatch.message == message);
    EXPECT_EQ(dispatch.redelivery_counter, 5);
}

TEST(Decoder, FieldsThatTheVersionLacksHaveTheirDefaults) {
    const WireFormat format{.version = 1};
    const auto remove =
        Decoder(format).decode(frame_of(RemoveInfo{.last_delivered_sequence_id = 77}, format));
    EXPECT_EQ(std::get<RemoveInfo>(*remove).last_delivered_sequence_id,
              RemoveInfo::kUnknownDelivered);
    const auto connection =
        Decoder(format).decode(frame_of(ConnectionInfo{.client_master = false}, format));
    EXPECT_TRUE(std::get<ConnectionInfo>(*connection).client_master);
}

TEST(Decoder, TheHotPathDoesNotAllocate) {
    const ProducerId producer{.connection_id = "ID:h-1", .value = 1, .session_id = 1};
    const MessageId id{.producer_id = producer, .producer_sequence_id = 1};
    const TransactionId transaction =
        LocalTransactionId{.value = 1, .connection_id = ConnectionId{.value = "ID:h-1"}};
    const Destination queue{.physical_name = "Q"};
    const std::string body(1024, 'x');
    const Message message{.producer_id = producer,
                          .destination = queue,
                          .transaction_id = transaction,
                          .message_id = id,
                          .content = as_bytes(body)};
    const Command commands[] = {
        message,
        MessageDispatch{.destination = queue, .message = message},
        MessageAck{.destination = queue, .transaction_id = transaction, .last_message_id = id},
        ProducerAck{.producer_id = producer, .size = 1},
        Response{.correlation_id = 1},
        TransactionInfo{.transaction_id = transaction},
    };
    for (const bool tight : {false, true}) {
        const WireFormat format{.tight = tight};
        for (const Command& command : commands) {
            const auto frame = frame_of(command, format);
            Decoder decoder(format);
            Encoder encoder(format);
            ByteWriter out(4096);
            ASSERT_TRUE(encoder.encode(command, out));
            const std::size_t before = allocations();
            EXPECT_TRUE(decoder.decode(frame));
            EXPECT_TRUE(encoder.encode(command, out));
            EXPECT_EQ(allocations(), before);
        }
    }
}

}  // namespace
}  // namespace tern::openwire
