#include "protocol/amqp10/codec/body_scanner.h"

#include "protocol/amqp10/codec/value_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>

namespace tern::amqp10 {
namespace {

/// A body, section by section, looked at in pieces of every size.
class BodyScannerTest : public testing::Test {
protected:
    void data(std::size_t bytes) {
        put_descriptor(out_, Descriptor::data);
        put_binary(out_, as_bytes(std::string(bytes, 'x')));
    }
    void value(std::string_view text) {
        put_descriptor(out_, Descriptor::amqp_value);
        put_string(out_, text);
    }
    void footer() {
        put_descriptor(out_, Descriptor::footer);
        raw({0xc1, 1, 0});
    }
    void raw(std::initializer_list<std::uint8_t> bytes) {
        for (const std::uint8_t byte : bytes) out_.u8(byte);
    }

    /// "complete", "incomplete" or why it is wrong; the same for all pieces.
    std::string verdict() {
        std::string verdict;
        for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 100'000U}) {
            const std::string one = look(piece);
            EXPECT_TRUE(verdict.empty() || one == verdict) << piece;
            verdict = one;
        }
        return verdict;
    }

private:
    std::string look(std::size_t piece) {
        BodyScanner scanner;
        for (Bytes rest = out_.bytes(); !rest.empty();) {
            const std::size_t count = std::min(piece, rest.size());
            if (const auto taken = scanner.take(rest.first(count)); !taken) {
                return taken.error().message();
            }
            rest = rest.subspan(count);
        }
        return scanner.complete() ? "complete" : "incomplete";
    }

    ByteWriter out_;
};

const std::string kMalformed = make_error_code(Errc::malformed).message();
const std::string kUnexpected = make_error_code(Errc::unexpected).message();
const std::string kBadOrder = make_error_code(Errc::bad_order).message();

TEST_F(BodyScannerTest, a_number_of_another_type_is_no_descriptor) {
    raw({0, 0x51, 0x77, 0xa1, 4, 't', 'e', 'x', 't'});
    EXPECT_EQ(verdict(), kMalformed);
}

TEST_F(BodyScannerTest, takes_data_sections_and_a_footer) {
    data(10);
    data(70'000);
    data(0);
    footer();
    EXPECT_EQ(verdict(), "complete");
}

TEST_F(BodyScannerTest, takes_one_value) {
    value(std::string(300, 'v'));
    EXPECT_EQ(verdict(), "complete");
    value("another");
    EXPECT_EQ(verdict(), kBadOrder);
}

TEST_F(BodyScannerTest, takes_a_described_value_and_a_symbolic_descriptor) {
    raw({0, 0xa3, 17});
    for (const char letter : std::string_view("amqp:amqp-value:*")) {
        raw({static_cast<std::uint8_t>(letter)});
    }
    raw({0, 0x53, 9, 0xa1, 2, 'a', 'b'});
    EXPECT_EQ(verdict(), "complete");
}

TEST_F(BodyScannerTest, knows_that_something_is_missing) {
    EXPECT_EQ(verdict(), "incomplete");
    raw({0, 0x53, 0x75, 0xb0, 0, 0, 1, 0, 'x'});
    EXPECT_EQ(verdict(), "incomplete");
}

TEST_F(BodyScannerTest, refuses_what_is_no_body) {
    raw({0, 0x53, 0x73, 0x45});  // properties
    EXPECT_EQ(verdict(), kUnexpected);
}

TEST_F(BodyScannerTest, refuses_data_that_is_text) {
    raw({0, 0x53, 0x75, 0xa1, 1, 'x'});
    EXPECT_EQ(verdict(), kUnexpected);
}

TEST_F(BodyScannerTest, refuses_what_is_no_section) {
    data(5);
    raw({0x40});
    EXPECT_EQ(verdict(), kMalformed);
}

TEST_F(BodyScannerTest, refuses_anything_behind_the_footer) {
    data(5);
    footer();
    footer();
    EXPECT_EQ(verdict(), kBadOrder);
}

TEST_F(BodyScannerTest, finds_where_the_body_of_a_message_begins) {
    ByteWriter message;
    encode(Header{.durable = true}, message);
    const std::size_t head = message.size();
    put_descriptor(message, Descriptor::data);
    EXPECT_FALSE(find_message_head(message.bytes().first(head - 1)).value());
    EXPECT_FALSE(find_message_head(message.bytes().first(head)).value());
    put_binary(message, as_bytes(std::string(500, 'x')));
    const auto found = find_message_head(message.bytes().first(head + 10)).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->bytes, head);
    EXPECT_EQ(found->sections.header.size(), head);
}

}  // namespace
}  // namespace tern::amqp10
