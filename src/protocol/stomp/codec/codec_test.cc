#include "protocol/stomp/codec/decoder.h"
#include "protocol/stomp/codec/encoder.h"
#include "protocol/stomp/codec/errc.h"
#include "protocol/stomp/codec/escape.h"

#include <gtest/gtest.h>

namespace tern::stomp {
namespace {

using namespace std::string_literals;

class StompCodec : public testing::Test {
protected:
    /// The frame that `text`, and nothing behind it, is.
    const Frame& decode(const std::string& text, Version version = Version::v1_2) {
        input = text;
        const auto end = decoder.find_end(as_bytes(input));
        EXPECT_TRUE(end.has_value() && *end == input.size());
        return decoder.decode(as_bytes(input), version);
    }
    std::error_code error_of(const std::string& text) {
        const auto end = Decoder(limits).find_end(as_bytes(text));
        return end ? std::error_code() : end.error();
    }

    Limits limits{
        .command_bytes = 10, .header_bytes = 20, .headers = 2, .body_bytes = 5, .frame_bytes = 60};
    Decoder decoder{Limits{}};
    std::string input;
};

TEST_F(StompCodec, takes_a_frame_apart) {
    const Frame& frame = decode("SEND\ndestination:/queue/a:b\nempty:\nlone\n\nbody\0"s);
    EXPECT_EQ(frame.command, "SEND");
    EXPECT_EQ(frame.get("destination"), "/queue/a:b");
    EXPECT_EQ(frame.find("empty"), "");
    EXPECT_EQ(frame.find("lone"), "");
    EXPECT_FALSE(frame.find("Destination").has_value());
    EXPECT_EQ(as_text(frame.body), "body");
}

TEST_F(StompCodec, of_repeated_headers_the_first_counts) {
    EXPECT_EQ(decode("SEND\nfoo:first\nfoo:second\n\n\0"s).get("foo"), "first");
}

TEST_F(StompCodec, line_ends_may_have_a_carriage_return) {
    const Frame& frame = decode("SEND\r\nfoo:bar\r\n\r\n\0"s);
    EXPECT_EQ(frame.command, "SEND");
    EXPECT_EQ(frame.get("foo"), "bar");
}

TEST_F(StompCodec, a_length_lets_the_body_hold_nulls) {
    EXPECT_EQ(as_text(decode("SEND\ncontent-length:3\n\na\0b\0"s).body), "a\0b"s);
    EXPECT_EQ(as_text(decode("SEND\ncontent-length:0\n\n\0"s).body), "");
}

TEST_F(StompCodec, a_length_counts_where_a_body_is_allowed) {
    EXPECT_EQ(as_text(decode("ACK\ncontent-length:30\n\nx\0"s).body), "x");
}

TEST_F(StompCodec, blanks_around_values_belong_to_them_since_1_1) {
    const std::string text = "SEND\n foo : bar \n\n\0"s;
    EXPECT_EQ(decode(text, Version::v1_0).get("foo"), "bar");
    EXPECT_EQ(decode(text, Version::v1_1).get(" foo "), " bar ");
}

TEST_F(StompCodec, escapes_are_resolved_and_undefined_ones_kept) {
    const Frame& frame = decode("SEND\na\\cb:1\\n2\\r3\\\\4\\t5\\\n\n\0"s);
    EXPECT_EQ(frame.get("a:b"), "1\n2\r3\\4\\t5\\");
}

TEST_F(StompCodec, escapes_what_the_version_needs) {
    const auto escaped = [](Version version) {
        ByteWriter out;
        append_escaped("a:b\\c\nd", version, out);
        return std::string(as_text(out.bytes()));
    };
    EXPECT_EQ(escaped(Version::v1_2), "a\\cb\\\\c\\nd");
    EXPECT_EQ(escaped(Version::v1_1), "a\\cb\\\\c\\nd");
    EXPECT_EQ(escaped(Version::v1_0), "a:b\\c\\nd");
}

TEST_F(StompCodec, says_how_much_is_missing_once_it_is_known) {
    const std::string begin = "SEND\ncontent-length:10\n";
    EXPECT_EQ(decoder.find_end(as_bytes(begin)).value(), 0U);
    EXPECT_EQ(decoder.wanted(), 0U);
    EXPECT_EQ(decoder.find_end(as_bytes(begin + "\nabc")).value(), 0U);
    EXPECT_EQ(decoder.wanted(), begin.size() + 1 + 10 + 1);
}

TEST_F(StompCodec, limits_end_just_where_they_say) {
    EXPECT_EQ(error_of("0123456789\n\n\0"s), std::error_code());
    EXPECT_EQ(error_of("01234567890"), Errc::command_too_long);
    EXPECT_EQ(error_of("A\n01234567890123456789\n"), std::error_code());
    EXPECT_EQ(error_of("A\n012345678901234567890"), Errc::header_too_long);
    EXPECT_EQ(error_of("A\na:1\nb:2\n\n"), std::error_code());
    EXPECT_EQ(error_of("A\na:1\nb:2\nc:3\n\n"), Errc::too_many_headers);
    EXPECT_EQ(error_of("SEND\n\n12345\0"s), std::error_code());
    EXPECT_EQ(error_of("SEND\n\n123456"), Errc::body_too_long);
    EXPECT_EQ(error_of("SEND\ncontent-length:6\n\n"), Errc::body_too_long);
    EXPECT_EQ(error_of("SEND\ncontent-length:99999999999999999999\n\n"), Errc::header_too_long);
    EXPECT_EQ(error_of(std::string(61, 'a')), Errc::command_too_long);
    EXPECT_EQ(error_of("SEND\n\n12345\0"s + std::string(1000, '\n')), std::error_code())
        << "what follows the frame is no part of it";
    EXPECT_EQ(error_of("SEND\n\n" + std::string(1000, '1')), Errc::body_too_long)
        << "however much of it comes at a time";
}

TEST_F(StompCodec, a_length_must_be_a_number_and_true) {
    EXPECT_EQ(error_of("SEND\ncontent-length:x\n"), Errc::bad_content_length);
    EXPECT_EQ(error_of("SEND\ncontent-length:-1\n"), Errc::bad_content_length);
    EXPECT_EQ(error_of("SEND\ncontent-length:1\n\nab\0"s), Errc::no_trailing_null);
}

TEST_F(StompCodec, a_whole_frame_reads_as_the_specification_shows_it) {
    ByteWriter out;
    encode({.command = "MESSAGE", .headers = {{"a", "b:c"}}, .body = as_bytes("hi")}, Version::v1_1,
           out);
    EXPECT_EQ(as_text(out.bytes()), "MESSAGE\na:b\\cc\n\nhi\0\n"s);
}

}  // namespace
}  // namespace tern::stomp
