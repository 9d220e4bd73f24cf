#include "protocol/openwire/codec/encoder.h"

#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/testing.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using testing::all_formats;
using testing::describe;
using testing::RandomFiller;

template <class T>
std::error_code error_of(const T& command, const WireFormat& format,
                         std::int64_t frame_bytes_max = kFrameBytesMax) {
    ByteWriter out;
    out.u8(0xAB);
    const auto encoded = Encoder(format, frame_bytes_max).encode(command, out);
    if (encoded) return {};
    EXPECT_EQ(out.size(), 1) << "an error must leave the output as it was";
    return encoded.error();
}

TEST(Encoder, AroundContentIsTheSameFrame) {
    for (const WireFormat& format : all_formats()) {
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            RandomFiller filler(seed, format);
            const auto message = std::get<Message>(*filler.command(Command(Message{}).index()));
            const MessageDispatch dispatch{.message = message};
            ByteWriter whole;
            ASSERT_TRUE(Encoder(format).encode(dispatch, whole));
            ByteWriter around;
            around.append("what was there before");
            const std::size_t start = around.size();
            const auto at = Encoder(format).encode_around_content(dispatch, around);
            ASSERT_TRUE(at);

            const Bytes parts = around.bytes();
            std::string joined(as_text(parts.subspan(start, *at - start)));
            joined += as_text(message.content.view());
            joined += as_text(parts.subspan(*at));
            ASSERT_EQ(joined, as_text(whole.bytes())) << describe(format) << " seed " << seed;
        }
    }
}

TEST(Encoder, ContentOfAMessageInsideAMessageStaysInside) {
    const Message inner{.content = as_bytes("inner")};
    const Message outer{.data_structure = Object{Command(inner)}};
    for (const bool tight : {false, true}) {
        const WireFormat format{.tight = tight};
        ByteWriter whole;
        ByteWriter around;
        ASSERT_TRUE(Encoder(format).encode(outer, whole));
        const auto at = Encoder(format).encode_around_content(outer, around);
        EXPECT_EQ(at, around.size());
        EXPECT_EQ(as_text(around.bytes()), as_text(whole.bytes()));
    }
}

TEST(Encoder, WithoutSizePrefix) {
    for (const bool tight : {false, true}) {
        WireFormat format{.tight = tight};
        ByteWriter with;
        ASSERT_TRUE(Encoder(format).encode(Response{.correlation_id = 1}, with));
        format.size_prefix = false;
        ByteWriter without;
        ASSERT_TRUE(Encoder(format).encode(Response{.correlation_id = 1}, without));
        EXPECT_EQ(as_text(with.bytes().subspan(4)), as_text(without.bytes()));
    }
}

TEST(Encoder, TextsEndWhereTheEncodingEnds) {
    const std::string tight_max(32766, 'x');
    const std::string loose_max(65535, 'x');
    EXPECT_FALSE(error_of(ControlCommand{.command = tight_max}, {.tight = true}));
    EXPECT_EQ(error_of(ControlCommand{.command = tight_max + 'x'}, {.tight = true}),
              Errc::too_long);
    EXPECT_FALSE(error_of(ControlCommand{.command = loose_max}, {}));
    EXPECT_EQ(error_of(ControlCommand{.command = loose_max + 'x'}, {}), Errc::too_long);
}

TEST(Encoder, MessagesOfThrowablesAreCutBetweenCharacters) {
    std::string text = "x";
    while (text.size() < 70000) text += "\xE2\x82\xAC";
    const ExceptionResponse response{.exception = Throwable{.class_name = "E", .message = text}};
    for (const auto& [format, bytes] :
         {std::pair{WireFormat{.tight = true}, 32764U}, {WireFormat{}, 65533U}}) {
        const auto frame = testing::frame_of(response, format);
        Decoder decoder(format);
        const auto command = decoder.decode(frame);
        ASSERT_TRUE(command);
        EXPECT_EQ(std::get<ExceptionResponse>(*command).exception->message.view(),
                  std::string_view(text).substr(0, bytes));
    }
}

TEST(Encoder, FramesHaveALimit) {
    const std::string body(1000, 'x');
    const Message message{.content = as_bytes(body)};
    for (const bool tight : {false, true}) {
        const WireFormat format{.tight = tight};
        const auto size = static_cast<std::int64_t>(testing::frame_of(message, format).size());
        EXPECT_FALSE(error_of(message, format, size));
        EXPECT_EQ(error_of(message, format, size - 1), Errc::frame_too_large);
        ByteWriter out;
        EXPECT_FALSE(Encoder(format, size - 1).encode_around_content(message, out));
        EXPECT_TRUE(out.empty());
    }
}

TEST(Encoder, StructuresThatTheVersionLacks) {
    EXPECT_EQ(error_of(MessagePull{}, {.version = 1}), Errc::unknown_type);
    EXPECT_EQ(error_of(ProducerAck{}, {.version = 2}), Errc::unknown_type);
    EXPECT_EQ(error_of(Message{.type = DataType::blob_message}, {.version = 2}),
              Errc::unknown_type);
    EXPECT_EQ(error_of(BrokerSubscriptionInfo{}, {.version = 11}), Errc::unknown_type);
    EXPECT_EQ(error_of(Message{.type = DataType::queue}, {}), Errc::unknown_type);
}

TEST(Encoder, ArraysHaveALimit) {
    const auto response_with = [](std::size_t count) {
        return DataArrayResponse{.data = std::vector<Box<Object>>(count)};
    };
    EXPECT_FALSE(error_of(response_with(32767), {.tight = true}));
    EXPECT_EQ(error_of(response_with(32768), {.tight = true}), Errc::too_many_elements);
    EXPECT_EQ(error_of(response_with(32768), {}), Errc::too_many_elements);
}

TEST(Encoder, BooleanStreamsOfAllLengths) {
    // One bit for each null element, so that all three forms of the length occur.
    const WireFormat format{.tight = true};
    for (const std::size_t elements : {0, 7, 400, 503, 504, 505, 2000, 2040, 2041, 30000}) {
        const DataArrayResponse sent{.data = std::vector<Box<Object>>(elements)};
        const auto frame = testing::frame_of(sent, format);
        Decoder decoder(format);
        const auto received = decoder.decode(frame);
        ASSERT_TRUE(received) << elements << ' ' << received.error().message();
        EXPECT_TRUE(std::get<DataArrayResponse>(*received) == sent) << elements;
    }
}

}  // namespace
}  // namespace tern::openwire
