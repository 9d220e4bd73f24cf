#include "protocol/fuzz_peers.h"
#include "protocol/mqtt/codec/decoder.h"
#include "protocol/mqtt/codec/encoder.h"
#include "protocol/mqtt/codec/frame.h"
#include "protocol/mqtt/room.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tern::mqtt {
namespace {

/// Asks one question.
class Riddle final : public Authentication {
public:
    Step next(std::string_view data) override {
        if (data.empty()) return {.verdict = Verdict::go_on, .data = "riddle"};
        if (data == "answer") return {.verdict = Verdict::accepted, .data = "well"};
        return {};
    }
};

class Riddles final : public Authenticator {
public:
    std::unique_ptr<Authentication> begin(std::string_view method,
                                          std::string_view client_id) const override {
        if (method != "RIDDLE" || client_id == "stranger") return nullptr;
        return std::make_unique<Riddle>();
    }
};

/// A broker that has nothing yet.
class EmptyBroker final : public protocol::FuzzBroker {
public:
    bool exists(const broker::DestinationView&) const override { return false; }
};

std::string to_text(std::string_view name, unsigned code, const Properties& properties) {
    return fmt::format("{} {:02x} {} {}", name, code,
                       properties.authentication_method.value_or("-"),
                       properties.authentication_data.value_or("-"));
}

/// A client of version 5 that says packets and hears, of each, what it is and says of
/// authentication.
class AuthTest : public testing::Test {
protected:
    std::string connect(std::string_view method, std::optional<std::string_view> data = {},
                        std::string_view client_id = "me") {
        Connect connect{.version = Version::v5, .clean_start = true, .client_id = client_id};
        if (!method.empty()) connect.properties.authentication_method = method;
        connect.properties.authentication_data = data;
        return say(connect);
    }
    std::string auth(Reason reason, std::string_view data = {},
                     std::string_view method = "RIDDLE") {
        Auth auth{.reason = reason};
        if (!method.empty()) auth.properties.authentication_method = method;
        if (!data.empty()) auth.properties.authentication_data = data;
        return say(auth);
    }
    template <class T>
    std::string say(const T& packet) {
        ByteWriter out;
        EXPECT_TRUE(encode(out, packet, Version::v5));
        EXPECT_EQ(session_->receive(out.bytes(), nullptr), out.size());
        broker_.answer_all(*session_);
        return heard();
    }
    [[nodiscard]] bool closed() const { return wire_.closed(); }

    static constexpr auto kGoOn = Reason::continue_authentication;
    static constexpr auto kAgain = Reason::reauthenticate;

private:
    std::string heard() {
        const std::string bytes = wire_.take();
        std::string text;
        for (Bytes rest = as_bytes(bytes); !rest.empty();) {
            const auto frame = next_frame(rest, SIZE_MAX);
            const Bytes body = rest.first(frame->bytes).subspan(frame->header_bytes);
            const auto packet = decode(frame->first, body, Version::v5);
            EXPECT_TRUE(packet);
            if (const auto* ack = std::get_if<ConnAck>(&*packet)) {
                text += to_text("CONNACK", ack->code, ack->properties);
            } else if (const auto* auth = std::get_if<Auth>(&*packet)) {
                text += to_text("AUTH", static_cast<unsigned>(auth->reason), auth->properties);
            } else if (const auto* end = std::get_if<Disconnect>(&*packet)) {
                text += to_text("DISCONNECT", static_cast<unsigned>(end->reason), end->properties);
            } else {
                text += "something else";
            }
            rest = rest.subspan(frame->bytes);
        }
        return text;
    }

    Riddles riddles_;
    message::Formats formats_;
    Room room_{Options(), riddles_, formats_};
    protocol::FuzzWire wire_;
    EmptyBroker broker_;
    std::unique_ptr<protocol::Session> session_ = room_.make_session(wire_, broker_);
};

TEST_F(AuthTest, goes_on_until_the_client_has_shown_who_it_is) {
    EXPECT_EQ(connect("RIDDLE"), "AUTH 18 RIDDLE riddle");
    EXPECT_EQ(auth(kGoOn, "answer"), "CONNACK 00 RIDDLE well");
    EXPECT_FALSE(closed());
}

TEST_F(AuthTest, may_be_done_with_the_first_packet) {
    EXPECT_EQ(connect("RIDDLE", "answer"), "CONNACK 00 RIDDLE well");
}

TEST_F(AuthTest, refuses_who_cannot_show_it) {
    EXPECT_EQ(connect("RIDDLE"), "AUTH 18 RIDDLE riddle");
    EXPECT_EQ(auth(kGoOn, "guess"), "CONNACK 87 - -");
    EXPECT_TRUE(closed());
}

TEST_F(AuthTest, refuses_methods_that_there_are_not) {
    EXPECT_EQ(connect("OTHER"), "CONNACK 8c - -");
    EXPECT_TRUE(closed());
}

TEST_F(AuthTest, refuses_clients_that_may_not_use_the_method) {
    EXPECT_EQ(connect("RIDDLE", {}, "stranger"), "CONNACK 8c - -");
}

TEST_F(AuthTest, refuses_data_without_a_method) {
    EXPECT_EQ(connect("", "answer"), "CONNACK 82 - -");
}

TEST_F(AuthTest, nothing_else_may_come_within_it) {
    connect("RIDDLE");
    EXPECT_EQ(say(PingReq{}), "CONNACK 82 - -");
    EXPECT_TRUE(closed());
}

TEST_F(AuthTest, the_client_may_give_up) {
    connect("RIDDLE");
    EXPECT_EQ(say(Disconnect{}), "");
    EXPECT_TRUE(closed());
}

TEST_F(AuthTest, the_method_stays_the_same) {
    connect("RIDDLE");
    EXPECT_EQ(auth(kGoOn, "answer", "OTHER"), "CONNACK 82 - -");
    EXPECT_TRUE(closed());
}

TEST_F(AuthTest, only_an_answer_may_come_within_it) {
    connect("RIDDLE");
    EXPECT_EQ(auth(kAgain, "answer"), "CONNACK 82 - -");
}

TEST_F(AuthTest, a_client_may_show_anew_who_it_is) {
    connect("RIDDLE", "answer");
    EXPECT_EQ(auth(kAgain), "AUTH 18 RIDDLE riddle");
    EXPECT_EQ(say(PingReq{}), "something else") << "everything goes on meanwhile";
    EXPECT_EQ(auth(kGoOn, "answer"), "AUTH 00 RIDDLE well");
    EXPECT_EQ(auth(kAgain, "answer"), "AUTH 00 RIDDLE well");
    EXPECT_FALSE(closed());
}

TEST_F(AuthTest, who_cannot_show_it_anew_is_cut_off) {
    connect("RIDDLE", "answer");
    EXPECT_EQ(auth(kAgain), "AUTH 18 RIDDLE riddle");
    EXPECT_EQ(auth(kGoOn, "guess"), "DISCONNECT 87 - -");
    EXPECT_TRUE(closed());
}

TEST_F(AuthTest, anew_with_another_method_is_no_way) {
    connect("RIDDLE", "answer");
    EXPECT_EQ(auth(kAgain, "answer", "OTHER"), "DISCONNECT 82 - -");
}

TEST_F(AuthTest, no_answer_without_a_question) {
    connect("RIDDLE", "answer");
    EXPECT_EQ(auth(kGoOn, "answer"), "DISCONNECT 82 - -");
}

TEST_F(AuthTest, without_a_method_there_is_none) {
    EXPECT_EQ(connect(""), "CONNACK 00 - -");
    EXPECT_EQ(auth(kAgain), "DISCONNECT 82 - -");
}

}  // namespace
}  // namespace tern::mqtt
