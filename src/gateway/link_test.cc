#include "gateway/link.h"

#include "engine/engine.h"
#include "journal/journal.h"
#include "runtime/sim/sim_disk.h"
#include "runtime/sim/sim_world.h"

#include <gtest/gtest.h>

namespace tern::gateway {
namespace {

/// Has bytes to send, of which it holds back what the output has no room for.
class Talker final : public protocol::Session {
public:
    static constexpr std::size_t kPieceBytes = 1000;

    explicit Talker(protocol::Wire& wire) : wire_(wire) {}

    void start() override {}
    std::size_t receive(Bytes input, const Buffer*) override {
        if (answers) wire_.will_answer();
        held_ += input.size() * protocol::Wire::kOutputBytesHigh;
        drained();
        return input.size();
    }
    std::size_t wanted() const override { return 0; }
    std::int64_t tick(std::int64_t now_ms) override { return now_ms + 1000; }
    void drained() override {
        while (held_ > 0 && wire_.output().size() < protocol::Wire::kOutputBytesHigh) {
            const std::vector<std::uint8_t> piece(std::min(held_, kPieceBytes), 'x');
            held_ -= piece.size();
            wire_.output().append(Bytes(piece));
        }
    }
    void shut_down() override {}
    void ended() override {}
    void completed(broker::Token, std::error_code) override {}
    void deliver(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>) override {}
    void browsed(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>, bool) override {}
    void evicted(broker::ConnectionEnd) override {}

    protocol::Wire& wire() { return wire_; }

    bool answers = false;

private:
    protocol::Wire& wire_;
    std::size_t held_ = 0;
};

class TalkersRoom final : public protocol::Room {
public:
    std::string_view name() const override { return "talker"; }
    protocol::Detection detect(Bytes) const override { return protocol::Detection::yes; }
    std::unique_ptr<protocol::Session> make_session(protocol::Wire& wire,
                                                    broker::Broker&) const override {
        auto made = std::make_unique<Talker>(wire);
        last = made.get();
        return made;
    }

    mutable Talker* last = nullptr;
};

/// A link whose peer takes so many bytes in a turn, and asks for megabytes by sending bytes.
class LinkTest : public testing::Test {
protected:
    LinkTest() { link_.start(); }
    ~LinkTest() override {
        link_.end();
        world_.drop_tasks();
    }

    void ask_for(std::size_t mebibytes) {
        const std::vector<std::uint8_t> question(mebibytes, '?');
        world_.loop(ShardId{0}).deliver([this, question] { link_.received(question); });
        world_.run_until_idle();
    }
    void take(std::size_t bytes) {
        world_.loop(ShardId{0}).deliver([this, bytes] {
            room_ = bytes;
            flush();
        });
        world_.run_until_idle();
    }

    std::size_t unsent() { return link_.pending().size(); }
    Talker& talker() { return *talkers_.last; }

    std::size_t room_ = 0;  ///< bytes that the peer's socket still takes
    std::size_t taken_ = 0;
    bool acknowledged_ = false;  ///< in the last turn

private:
    void flush() {
        acknowledged_ = link_.takes_acknowledgement();
        while (room_ > 0 && !link_.pending().empty()) {
            const std::size_t count = std::min(room_, link_.pending().size());
            room_ -= count;
            taken_ += count;
            link_.written(count);
        }
    }

    SimClock clock_;
    SimDisk disk_;
    SimWorld world_{1, 1, clock_};
    Lane& writer_ = world_.make_lane();
    journal::Journal journal_{disk_, writer_, world_.make_lane(), {}};
    store::Segments segments_{disk_, world_.make_lane(), {}};
    store::Store store_{journal_, segments_};
    message::Formats formats_;
    engine::Engine engine_{{&world_.loop(ShardId{0})}, store_, formats_, nullptr, nullptr};
    TalkersRoom talkers_;
    Link link_{engine_.shard(ShardId{0}), talkers_, Peer{.address = "peer"},
               [this] { flush(); },       [] {},    [](std::int64_t) {}};
};

constexpr std::size_t kMebibyte = protocol::Wire::kOutputBytesHigh;

TEST_F(LinkTest, whatever_is_held_back_goes_on_when_the_peer_takes_all_at_once) {
    room_ = SIZE_MAX;
    ask_for(5);
    EXPECT_EQ(taken_, 5 * kMebibyte);
}

TEST_F(LinkTest, whatever_is_held_back_goes_on_piece_by_piece) {
    ask_for(3);
    EXPECT_EQ(taken_, 0);
    for (int i = 0; i < 30; ++i) take(kMebibyte / 10);
    take(SIZE_MAX);
    EXPECT_EQ(taken_, 3 * kMebibyte);
}

TEST_F(LinkTest, acknowledges_what_comes_to_those_who_wait_for_that) {
    ask_for(1);
    EXPECT_FALSE(acknowledged_);
    talker().wire().gather();
    ask_for(1);
    EXPECT_TRUE(acknowledged_);
    talker().answers = true;
    ask_for(1);
    EXPECT_FALSE(acknowledged_);
}

TEST_F(LinkTest, output_stays_bounded_while_the_peer_takes_little) {
    ask_for(3);
    for (int i = 0; i < 20; ++i) {
        EXPECT_LE(unsent(), kMebibyte + Talker::kPieceBytes);
        take(kMebibyte / 10);
    }
}

}  // namespace
}  // namespace tern::gateway
