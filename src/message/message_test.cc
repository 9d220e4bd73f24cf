#include "message/message.h"

#include "bytes/byte_writer.h"
#include "message/errors.h"
#include "message/live.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace tern {
namespace {

MessageHeader sample_header() {
    MessageHeader header;
    header.durable = Durable::yes;
    header.priority = 7;
    header.timestamp_ms = 1'700'000'000'000;
    header.expires_at_ms = 1'700'000'060'000;
    header.group_id = "orders";
    header.group_sequence = -1;
    return header;
}

Buffer stored_bytes(const Message& message) {
    ByteWriter out;
    for (const Buffer& part : message.stored()) out.append(part.bytes());
    return out.freeze();
}

void expect_equal(const Message& a, const Message& b) {
    EXPECT_EQ(a.header().durable, b.header().durable);
    EXPECT_EQ(a.header().priority, b.header().priority);
    EXPECT_EQ(a.header().timestamp_ms, b.header().timestamp_ms);
    EXPECT_EQ(a.header().expires_at_ms, b.header().expires_at_ms);
    EXPECT_EQ(a.header().group_id, b.header().group_id);
    EXPECT_EQ(a.header().group_sequence, b.header().group_sequence);
    EXPECT_EQ(as_text(a.native()), as_text(b.native()));
    EXPECT_EQ(as_text(a.properties()), as_text(b.properties()));
    EXPECT_EQ(as_text(a.body().bytes()), as_text(b.body().bytes()));
}

TEST(Message, survives_its_stored_form) {
    for (const std::size_t body_bytes : {std::size_t{0}, std::size_t{10}, std::size_t{100'000}}) {
        const Buffer received = Buffer::copy_of(as_bytes(std::string(body_bytes, 'b')));
        const MessagePtr message =
            Message::create(sample_header(), as_bytes("native"), as_bytes("properties"),
                            received.bytes(), &received);
        const auto decoded = Message::decode(stored_bytes(*message).bytes());
        ASSERT_TRUE(decoded.has_value());
        expect_equal(*message, **decoded);
    }
}

TEST(Message, keeps_a_large_body_where_it_was_received) {
    const Buffer received =
        Buffer::copy_of(as_bytes(std::string(Message::kReferenceBytesMin + 1, 'b')));
    const MessagePtr message =
        Message::create(sample_header(), {}, {}, received.bytes().subspan(1), &received);
    EXPECT_EQ(message->body().data(), received.data() + 1);
}

TEST(Message, a_small_body_does_not_pin_the_block_it_came_in) {
    const Buffer received = Buffer::copy_of(as_bytes(std::string(60'000, 'b')));
    const MessagePtr message =
        Message::create(sample_header(), {}, {}, received.bytes().first(100), &received);
    EXPECT_LT(message->memory_bytes(), 1000U);
}

TEST(Message, refuses_every_truncation_and_what_is_too_new) {
    const MessagePtr message =
        Message::create(sample_header(), as_bytes("n"), as_bytes("p"), as_bytes("b"), nullptr);
    const Buffer whole = stored_bytes(*message);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(Message::decode(whole.bytes().first(size)).has_value()) << size;
    }
    std::string newer(as_text(whole.bytes()));
    newer[0] = 3;
    EXPECT_EQ(Message::decode(as_bytes(newer)).error(), message::Errc::unknown_version);
}

TEST(Live, counts_what_all_threads_made_and_freed) {
    const message::Live before = message::live();
    MessagePtr mine = Message::create(sample_header(), {}, {}, as_bytes("b"), nullptr);
    MessagePtr other;
    std::thread([&other] {
        other = Message::create(sample_header(), {}, {}, as_bytes("b"), nullptr);
    }).join();
    EXPECT_EQ(message::live().messages, before.messages + 2);
    EXPECT_EQ(message::live().bytes, before.bytes + 2 * mine->memory_bytes());
    // Freed by others than those who made them.
    std::thread([&mine] { mine.reset(); }).join();
    other.reset();
    EXPECT_EQ(message::live().messages, before.messages);
    EXPECT_EQ(message::live().bytes, before.bytes);
}

class FakeBody final : public LargeBody {
public:
    explicit FakeBody(std::uint64_t id) : LargeBody(id) {}
    [[nodiscard]] std::uint64_t size() const override { return 5'000'000'000; }
};

class OneBody final : public LargeBodyFinder {
public:
    [[nodiscard]] LargeBodyPtr find(std::uint64_t id, std::uint64_t size) const override {
        return body->id() == id && body->size() == size ? body : nullptr;
    }
    LargeBodyPtr body = std::make_shared<FakeBody>(77);
};

TEST(Message, refers_to_a_body_in_a_file) {
    OneBody bodies;
    const MessagePtr message = Message::create_large(sample_header(), as_bytes("native"),
                                                     as_bytes("properties"), bodies.body);
    EXPECT_EQ(message->body_bytes(), 5'000'000'000U);
    EXPECT_LT(message->memory_bytes(), 1000U);
    const Buffer stored = stored_bytes(*message);
    const auto decoded = Message::decode(stored.bytes(), &bodies);
    ASSERT_TRUE(decoded.has_value());
    expect_equal(*message, **decoded);
    EXPECT_EQ((*decoded)->large(), bodies.body);
    EXPECT_EQ(Message::decode(stored.bytes()).error(), message::Errc::no_body);
    bodies.body = std::make_shared<FakeBody>(78);
    EXPECT_EQ(Message::decode(stored.bytes(), &bodies).error(), message::Errc::no_body);
    for (std::size_t size = 0; size < stored.size(); ++size) {
        EXPECT_FALSE(Message::decode(stored.bytes().first(size), &bodies).has_value()) << size;
    }
}

TEST(Message, shares_the_body_of_another_one_wherever_that_is) {
    const OneBody bodies;
    const MessagePtr large = Message::create_large(sample_header(), {}, {}, bodies.body);
    EXPECT_EQ(Message::create_like(*large, {}, as_bytes("n"), {})->large(), bodies.body);
    const Buffer received = Buffer::copy_of(as_bytes(std::string(60'000, 'b')));
    const MessagePtr other = Message::create({}, {}, {}, received.bytes(), &received);
    EXPECT_EQ(Message::create_like(*other, {}, as_bytes("n"), {})->body().data(), received.data());
}

}  // namespace
}  // namespace tern
