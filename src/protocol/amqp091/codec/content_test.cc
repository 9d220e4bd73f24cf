#include "protocol/amqp091/codec/content.h"

#include "protocol/amqp091/codec/errc.h"
#include "protocol/amqp091/codec/frame.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

TEST(Content, EveryPropertySurvivesTheWire) {
    Properties all;
    all.content_type = "text/plain";
    all.content_encoding = "";
    all.headers = Bytes();
    all.delivery_mode = 2;
    all.priority = 9;
    all.correlation_id = "c";
    all.reply_to = "r";
    all.expiration = "1000";
    all.message_id = "m";
    all.timestamp = 1234567890;
    all.type = "t";
    all.user_id = "guest";
    all.app_id = "a";
    all.cluster_id = "x";
    ByteWriter raw;
    encode_properties(raw, all);
    const auto read = decode_properties(raw.bytes());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, all);
}

TEST(Content, AbsentIsNotEmpty) {
    Properties some;
    some.type = "";
    ByteWriter raw;
    encode_properties(raw, some);
    const auto read = decode_properties(raw.bytes());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->type, "");
    EXPECT_FALSE(read->app_id);
}

TEST(Content, HeaderFrameAsInTheSpecification) {
    ByteWriter raw;
    encode_properties(raw, {});
    ByteWriter out;
    encode_content_header(out, 7, 5, raw.bytes());
    const auto frame = split_frame(out.bytes());
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->type, FrameType::header);
    EXPECT_EQ(frame->channel, 7);
    const auto header = decode_content_header(frame->payload);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->body_bytes, 5U);
}

TEST(Content, RefusesAnotherClassAndASecondWordOfFlags) {
    const std::uint8_t other[] = {0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(decode_content_header(other).error(), make_error_code(Errc::bad_content_class));
    const std::uint8_t more[] = {0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0};
    EXPECT_EQ(decode_content_header(more).error(), make_error_code(Errc::trailing_bytes));
}

}  // namespace
}  // namespace tern::amqp091
