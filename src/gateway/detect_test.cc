#include "gateway/detect.h"

#include <gtest/gtest.h>

#include <array>

namespace tern::gateway {
namespace {

/// Its clients begin with `word`.
class WordRoom final : public protocol::Room {
public:
    explicit WordRoom(std::string_view word) : word_(word) {}

    [[nodiscard]] std::string_view name() const override { return word_; }
    [[nodiscard]] protocol::Detection detect(Bytes first) const override {
        const std::string_view text = as_text(first);
        if (text.starts_with(word_)) return protocol::Detection::yes;
        return word_.starts_with(text) ? protocol::Detection::unknown : protocol::Detection::no;
    }
    [[nodiscard]] std::unique_ptr<protocol::Session> make_session(protocol::Wire&,
                                                                  broker::Broker&) const override {
        return nullptr;
    }

private:
    std::string_view word_;
};

class Detect : public testing::Test {
protected:
    Detected after(std::string_view first) {
        const std::array<const protocol::Room*, 2> rooms{&amqp, &ask};
        return detect(rooms, as_bytes(first));
    }

    WordRoom amqp{"amqp"};
    WordRoom ask{"ask"};
};

TEST_F(Detect, waits_while_anybody_may_be_meant) {
    EXPECT_EQ(after("").detection, protocol::Detection::unknown);
    EXPECT_EQ(after("a").detection, protocol::Detection::unknown);
    EXPECT_EQ(after("as").detection, protocol::Detection::unknown);
}

TEST_F(Detect, finds_the_room_that_says_yes) {
    EXPECT_EQ(after("ask me").room, &ask);
    EXPECT_EQ(after("amqp").room, &amqp);
}

TEST_F(Detect, gives_up_when_all_say_no) {
    const Detected found = after("b");
    EXPECT_EQ(found.detection, protocol::Detection::no);
    EXPECT_EQ(found.room, nullptr);
}

}  // namespace
}  // namespace tern::gateway
