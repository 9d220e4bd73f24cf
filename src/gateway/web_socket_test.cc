#include "gateway/web_socket.h"

#include "gateway/web_socket_upgrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::gateway {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class NamedRoom final : public protocol::Room {
public:
    NamedRoom(std::vector<std::string_view> names, bool text)
        : names_(std::move(names)), text_(text) {}
    std::string_view name() const override { return "named"; }
    protocol::Detection detect(Bytes) const override { return protocol::Detection::yes; }
    protocol::WebSocketUse web_socket() const override { return {names_, text_}; }
    std::unique_ptr<protocol::Session> make_session(protocol::Wire&,
                                                    broker::Broker&) const override {
        return nullptr;
    }

private:
    std::vector<std::string_view> names_;
    bool text_;
};

/// A client's frame with that first byte. The mask is zero but for
/// its last byte.
std::string frame(std::uint8_t first, std::string payload) {
    std::string bytes;
    append_frame(Opcode::binary, true, as_bytes(payload), bytes);
    bytes.resize(bytes.size() - payload.size());
    bytes[0] = static_cast<char>(first);
    bytes[1] = static_cast<char>(bytes[1] | 0x80);
    bytes.append("\0\0\0\x20", 4);
    for (std::size_t i = 3; i < payload.size(); i += 4) {
        payload[i] = static_cast<char>(payload[i] ^ 0x20);
    }
    return bytes + payload;
}
constexpr std::uint8_t kText = 0x81;
constexpr std::uint8_t kBinary = 0x82;
constexpr std::uint8_t kTextBegins = 0x01;
constexpr std::uint8_t kBinaryBegins = 0x02;
constexpr std::uint8_t kContinues = 0x00;
constexpr std::uint8_t kEnds = 0x80;
constexpr std::uint8_t kClose = 0x88;
constexpr std::uint8_t kPing = 0x89;
constexpr std::uint8_t kPong = 0x8A;

std::string request(std::string_view more = "Sec-WebSocket-Protocol: stomp\r\n") {
    return "GET /any HTTP/1.1\r\nHost: here\r\nUpgrade: WebSocket\r\n"
           "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           std::string(more) + "\r\n";
}

std::string closing(std::uint16_t code) {
    std::string bytes("\x88\x02", 2);
    bytes.push_back(static_cast<char>(code >> 8));
    bytes.push_back(static_cast<char>(code));
    return bytes;
}

class WebSocketTest : public testing::Test {
protected:
    void open(std::string_view more = "Sec-WebSocket-Protocol: stomp\r\n") {
        ASSERT_FALSE(receive(request(more)));
        ASSERT_THAT(answer(), StartsWith("HTTP/1.1 101 "));
    }
    End receive(std::string_view bytes) { return socket_.receive(as_bytes(bytes), up_, down_); }
    End drip(std::string_view bytes) {
        End end;
        for (std::size_t i = 0; i < bytes.size() && !end; ++i) end = receive(bytes.substr(i, 1));
        return end;
    }
    std::string carried() { return std::exchange(up_, {}); }
    std::string answer() { return std::exchange(down_, {}); }
    std::string sent(std::string_view bytes) {
        std::string down;
        socket_.send(as_bytes(bytes), down);
        return down;
    }
    /// A violation: the connection ends with that code and a reason.
    void expect_violation(std::string_view bytes, std::uint16_t code) {
        const End end = drip(bytes);
        ASSERT_TRUE(end.has_value());
        EXPECT_THAT(*end, StartsWith("WebSocket: "));
        EXPECT_EQ(answer(), closing(code));
        std::string more;
        socket_.close(true, more);
        EXPECT_TRUE(more.empty());
    }

    NamedRoom stomp_{{"v12.stomp", "stomp"}, true};
    NamedRoom mqtt_{{"mqtt"}, false};
    NamedRoom none_{{}, false};
    const std::array<const protocol::Room*, 3> rooms_{&none_, &stomp_, &mqtt_};
    WebSocket socket_{rooms_, 1000};
    std::string up_;
    std::string down_;
};

TEST_F(WebSocketTest, is_told_from_other_first_words) {
    EXPECT_EQ(is_web_socket("GE"), protocol::Detection::unknown);
    EXPECT_EQ(is_web_socket("GET /"), protocol::Detection::yes);
    EXPECT_EQ(is_web_socket("POST"), protocol::Detection::no);
}

TEST_F(WebSocketTest, opens_with_the_key_of_the_specification) {
    EXPECT_FALSE(drip(request()));
    const std::string answered = answer();
    EXPECT_THAT(answered, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_THAT(answered, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_THAT(answered, HasSubstr("Sec-WebSocket-Protocol: stomp\r\n"));
}

TEST_F(WebSocketTest, takes_the_best_of_several_sub_protocols) {
    EXPECT_FALSE(
        receive(request("Sec-WebSocket-Protocol: other, stomp\r\n"
                        "Sec-WebSocket-Protocol: v12.stomp\r\n")));
    EXPECT_THAT(answer(), HasSubstr("Sec-WebSocket-Protocol: v12.stomp\r\n"));
    EXPECT_THAT(socket_.rooms(), testing::ElementsAre(&stomp_));
}

TEST_F(WebSocketTest, names_no_sub_protocol_when_none_is_asked_for) {
    EXPECT_FALSE(receive(request("")));
    EXPECT_THAT(answer(), testing::Not(HasSubstr("Sec-WebSocket-Protocol")));
    EXPECT_THAT(socket_.rooms(), testing::ElementsAre(&stomp_, &mqtt_));
}

TEST_F(WebSocketTest, refuses_what_is_no_request_for_one) {
    const auto refused = [](const std::string& head, std::string_view status) {
        const std::array<std::string_view, 1> known{"stomp"};
        const Upgrade upgrade = answer_upgrade(head, known);
        EXPECT_THAT(upgrade.answer, StartsWith("HTTP/1.1 " + std::string(status))) << head;
        EXPECT_FALSE(upgrade.problem.empty()) << head;
    };
    const auto without = [](std::string_view line) {
        std::string head = request();
        head.erase(head.find(line), head.find("\r\n", head.find(line)) + 2 - head.find(line));
        return head;
    };
    const auto with = [](std::string_view from, std::string_view to) {
        std::string head = request();
        return head.replace(head.find(from), from.size(), to);
    };
    refused("GET / HTTP/1.1\r\nHost: here\r\n\r\n", "426");
    refused(without("Upgrade:"), "426");
    refused(without("Connection:"), "426");
    refused(with("Version: 13", "Version: 8"), "426");
    refused(with("HTTP/1.1", "HTTP/1.0"), "426");
    refused(without("Sec-WebSocket-Key:"), "400");
    refused(without("Host:"), "400");
    refused(with("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ=="), "400");
    refused(with("stomp", "gopher"), "400");
    refused(with("Host:", "Ho st:"), "400");
}

TEST_F(WebSocketTest, does_not_gather_requests_without_end) {
    End end;
    for (int i = 0; i < 100 && !end; ++i) end = receive("GET " + std::string(1000, 'a'));
    EXPECT_EQ(end, "an HTTP request that is too long");
    EXPECT_THAT(answer(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(WebSocketTest, carries_a_stream_however_it_is_cut) {
    ASSERT_FALSE(drip(request() + frame(kTextBegins, "gr\xC3") + frame(kPing, "are you there") +
                      frame(kContinues, "") +
                      frame(kEnds,
                            "\xBC\xC3\x9F"
                            "e") +
                      frame(kPong, "") + frame(kBinary, std::string(300, 'x'))));
    EXPECT_EQ(carried(),
              "gr\xC3\xBC\xC3\x9F"
              "e" +
                  std::string(300, 'x'));
    EXPECT_THAT(answer(), testing::EndsWith("\x8A\x0D"
                                            "are you there"));
}

TEST_F(WebSocketTest, answers_as_text_to_whom_text_came_from) {
    open();
    ASSERT_FALSE(receive(frame(kText, "a")));
    EXPECT_EQ(sent("b"),
              "\x81\x01"
              "b");
    EXPECT_EQ(sent("\xFF"), "\x82\x01\xFF");
    ASSERT_FALSE(receive(frame(kBinary, "a")));
    EXPECT_EQ(sent("b"),
              "\x82\x01"
              "b");
}

TEST_F(WebSocketTest, sends_large_data_in_fragments) {
    open();
    const std::string down = sent(std::string(70'000, 'x'));
    EXPECT_THAT(down, StartsWith("\x02\x7E\xFF\xFF"));
    EXPECT_EQ(down.substr(4 + 65535, 2), "\x80\x7E");
    EXPECT_EQ(down.size(), 70'000U + 4 + 4);
}

TEST_F(WebSocketTest, closes_with_the_peers_code) {
    open();
    EXPECT_EQ(receive(frame(kClose,
                            "\x0F\xA0"
                            "bye")),
              "");
    EXPECT_EQ(answer(), closing(4000));
    EXPECT_EQ(sent("late"), "");
}

TEST_F(WebSocketTest, closes_in_order_or_not) {
    open();
    std::string down;
    socket_.close(true, down);
    EXPECT_EQ(down, closing(1000));
    WebSocket other(rooms_, 1000);
    ASSERT_FALSE(other.receive(as_bytes(request()), up_, down_));
    down.clear();
    other.close(false, down);
    EXPECT_EQ(down, closing(1002));
}

TEST_F(WebSocketTest, a_frame_needs_its_mask) {
    open();
    expect_violation("\x81\x01", 1002);
}

TEST_F(WebSocketTest, extensions_are_unknown) {
    open();
    expect_violation(frame(0xC1, "a"), 1002);
}

TEST_F(WebSocketTest, kinds_of_frames_are_known) {
    open();
    expect_violation(frame(0x83, "a"), 1002);
}

TEST_F(WebSocketTest, control_frames_are_short) {
    open();
    expect_violation(frame(kPing, std::string(126, 'a')), 1002);
}

TEST_F(WebSocketTest, control_frames_are_whole) {
    open();
    expect_violation(frame(0x09, "a"), 1002);
}

TEST_F(WebSocketTest, a_fragment_belongs_to_a_message) {
    open();
    expect_violation(frame(kContinues, "a"), 1002);
}

TEST_F(WebSocketTest, a_message_ends_before_the_next) {
    open();
    expect_violation(frame(kBinaryBegins, "a") + frame(kBinary, "b"), 1002);
}

TEST_F(WebSocketTest, text_is_utf8) {
    open();
    expect_violation(frame(kText, "\xC3("), 1007);
}

TEST_F(WebSocketTest, text_ends_with_a_whole_character) {
    open();
    expect_violation(frame(kText, "\xC3"), 1007);
}

TEST_F(WebSocketTest, frames_have_a_limit) {
    open();
    expect_violation(frame(kBinary, std::string(1001, 'a')), 1009);
}

TEST_F(WebSocketTest, text_is_not_for_every_protocol) {
    open("Sec-WebSocket-Protocol: mqtt\r\n");
    expect_violation(frame(kText, "a"), 1003);
}

TEST_F(WebSocketTest, half_a_close_code_is_none) {
    open();
    expect_violation(frame(kClose, "\x03"), 1002);
}

TEST_F(WebSocketTest, close_codes_have_a_meaning) {
    open();
    expect_violation(frame(kClose, "\x03\xED"), 1002);  // 1005
}

TEST_F(WebSocketTest, sizes_are_written_in_the_shortest_way) {
    open();
    expect_violation(std::string("\x82\xFE\x00\x7D\0\0\0\0", 8), 1002);
}

TEST(Utf8, has_no_overlong_forms_surrogates_or_more) {
    for (const std::string_view good : {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                        "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_TRUE(is_utf8(as_bytes(good))) << good;
    }
    for (const std::string_view bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xE2(\xA1"}) {
        EXPECT_FALSE(is_utf8(as_bytes(bad))) << bad;
    }
}

}  // namespace
}  // namespace tern::gateway
