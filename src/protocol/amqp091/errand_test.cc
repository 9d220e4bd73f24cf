#include "protocol/amqp091/errand.h"

#include "protocol/amqp091/codec/content.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

/// The broker's end: what it is told, by the names of methods, and what it answers.
class ErrandTest : public testing::Test {
protected:
    ErrandTest()
        : errand_({.user = "ann", .password = "secret", .vhost = "shop"},
                  [this](Errand::Outcome outcome) { outcome_ = std::move(outcome); }) {}

    /// Up to where it does what it was made for.
    void open() {
        errand_.start(said_);
        EXPECT_EQ(as_text(said_.bytes()), as_text(Bytes(kProtocolHeader)));
        said_.clear();
        answer(0, ConnectionStart{});
        const auto start = told<ConnectionStartOk>();
        EXPECT_EQ(start.mechanism.text, "PLAIN");
        EXPECT_EQ(start.response.text, std::string_view("\0ann\0secret", 11));
        said_.clear();
        answer(0, ConnectionTune{.channel_max = 100, .frame_max = 4096});
        EXPECT_EQ(told<ConnectionTuneOk>().frame_max, 4096U);
        EXPECT_EQ(told<ConnectionOpen>(1).virtual_host.text, "shop");
        said_.clear();
        answer(0, ConnectionOpenOk{});
        std::ignore = told<ChannelOpen>();
        said_.clear();
        answer(1, ChannelOpenOk{});
    }
    template <class M>
    void answer(std::uint16_t channel, const M& method) {
        ByteWriter out;
        encode_method(out, channel, method);
        hear(out.bytes());
    }
    /// In pieces, as they come.
    void hear(Bytes bytes) {
        for (const std::uint8_t byte : bytes) {
            heard_.push_back(byte);
            const std::size_t taken = errand_.receive(heard_, said_);
            heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(taken));
        }
    }
    /// The method that it said as the `nth`.
    template <class M>
    M told(int nth = 0) {
        Bytes rest = said_.bytes();
        for (;; --nth) {
            const auto size = frame_size(rest, 0);
            if (!size || *size == 0) break;
            const auto frame = split_frame(rest.first(*size));
            const auto method = decode_method(frame->payload);
            if (nth == 0 && method && std::holds_alternative<M>(*method)) {
                return std::get<M>(*method);
            }
            rest = rest.subspan(*size);
        }
        ADD_FAILURE() << "it said something else";
        return {};
    }
    void leave() {
        std::ignore = told<ConnectionClose>();
        EXPECT_FALSE(outcome_);
        answer(0, ConnectionCloseOk{});
        EXPECT_TRUE(errand_.over());
        EXPECT_TRUE(outcome_);
    }
    void deliver(std::string_view body) {
        ByteWriter out;
        ByteWriter raw;
        Properties properties;
        properties.content_type = "text/plain";
        encode_properties(raw, properties);
        encode_content_header(out, 1, body.size(), raw.bytes());
        if (!body.empty()) {
            const std::size_t begun = begin_frame(out, FrameType::body, 1);
            out.append(body);
            end_frame(out, begun);
        }
        hear(out.bytes());
    }

    Errand errand_;
    ByteWriter said_;
    std::vector<std::uint8_t> heard_;
    std::optional<Errand::Outcome> outcome_;
};

TEST_F(ErrandTest, one_thing_after_the_other_is_done) {
    errand_.call(QueueDeclare{.queue = "q"});
    errand_.call(QueuePurge{.queue = "q"});
    open();
    EXPECT_EQ(told<QueueDeclare>().queue.text, "q");
    said_.clear();
    answer(1, QueueDeclareOk{.queue = "q"});
    EXPECT_EQ(told<QueuePurge>().queue.text, "q");
    said_.clear();
    answer(1, QueuePurgeOk{.message_count = 7});
    leave();
    EXPECT_FALSE(outcome_->refusal);
    EXPECT_EQ(outcome_->purged, 7U);
}

TEST_F(ErrandTest, a_refusal_ends_it) {
    errand_.call(QueueDeclare{.queue = "q"});
    errand_.call(QueuePurge{.queue = "q"});
    open();
    said_.clear();
    answer(1, ChannelClose{.reply_code = 406, .reply_text = "PRECONDITION_FAILED - no"});
    std::ignore = told<ChannelCloseOk>();
    EXPECT_FALSE(outcome_);
    answer(0, ConnectionCloseOk{});
    ASSERT_TRUE(outcome_ && outcome_->refusal);
    EXPECT_EQ(outcome_->refusal->code, 406);
    EXPECT_EQ(outcome_->refusal->text, "PRECONDITION_FAILED - no");
}

TEST_F(ErrandTest, who_is_not_let_in_does_nothing) {
    errand_.call(QueuePurge{.queue = "q"});
    errand_.start(said_);
    answer(0, ConnectionStart{});
    said_.clear();
    answer(0, ConnectionClose{.reply_code = 403, .reply_text = "ACCESS_REFUSED - no"});
    std::ignore = told<ConnectionCloseOk>();
    ASSERT_TRUE(outcome_ && outcome_->refusal);
    EXPECT_EQ(outcome_->refusal->code, 403);
}

TEST_F(ErrandTest, the_end_of_the_connection_is_a_refusal) {
    open();
    errand_.ended();
    ASSERT_TRUE(outcome_ && outcome_->refusal);
    EXPECT_EQ(outcome_->refusal->code, 0);
}

TEST_F(ErrandTest, a_message_that_comes_back_was_not_routed) {
    errand_.publish("x", "key", "", std::string(5000, 'b'));
    open();
    said_.clear();
    answer(1, ConfirmSelectOk{});
    EXPECT_EQ(told<BasicPublish>().routing_key.text, "key");
    said_.clear();
    answer(1, BasicReturn{.reply_code = 312});
    deliver("b");
    EXPECT_TRUE(said_.empty());
    answer(1, BasicAck{.delivery_tag = 1});
    leave();
    EXPECT_FALSE(outcome_->routed);
    EXPECT_TRUE(outcome_->messages.empty());
}

TEST_F(ErrandTest, messages_are_got_until_there_are_no_more) {
    errand_.get("q", 5, GetMode::requeue);
    open();
    EXPECT_FALSE(told<BasicGet>().no_ack);
    said_.clear();
    answer(1, BasicGetOk{.delivery_tag = 1, .routing_key = "k", .message_count = 1});
    deliver("first");
    std::ignore = told<BasicGet>();
    said_.clear();
    answer(1, BasicGetOk{.delivery_tag = 2, .redelivered = true, .message_count = 0});
    deliver("");
    said_.clear();
    answer(1, BasicGetEmpty{});
    EXPECT_TRUE(told<BasicReject>().requeue);
    EXPECT_EQ(told<BasicReject>(1).delivery_tag, 2U);
    std::ignore = told<ConnectionClose>(2);
    answer(0, ConnectionCloseOk{});
    ASSERT_TRUE(outcome_);
    ASSERT_EQ(outcome_->messages.size(), 2U);
    EXPECT_EQ(outcome_->messages[0].body, "first");
    EXPECT_EQ(outcome_->messages[0].key, "k");
    EXPECT_EQ(outcome_->messages[0].left, 1U);
    EXPECT_TRUE(outcome_->messages[1].redelivered);
}

TEST_F(ErrandTest, what_is_consumed_needs_no_acknowledgement) {
    errand_.get("q", 1, GetMode::acknowledge);
    open();
    EXPECT_TRUE(told<BasicGet>().no_ack);
    said_.clear();
    answer(1, BasicGetOk{.delivery_tag = 1});
    deliver("only");
    leave();
    EXPECT_EQ(outcome_->messages.size(), 1U);
}

}  // namespace
}  // namespace tern::amqp091
