#include "protocol/mqtt/codec/decoder.h"
#include "protocol/mqtt/codec/encoder.h"
#include "protocol/mqtt/codec/text.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace tern::mqtt {
namespace {

std::vector<std::uint8_t> bytes(std::initializer_list<int> list) {
    return {list.begin(), list.end()};
}

Result<Packet> read(const std::vector<std::uint8_t>& input, Version version) {
    const auto frame = next_frame(input, SIZE_MAX);
    if (!frame) return failure(frame.error());
    EXPECT_EQ(frame->bytes, input.size());
    return decode(frame->first, Bytes(input).subspan(frame->header_bytes), version);
}

std::error_code error(std::initializer_list<int> list, Version version) {
    const auto packet = read(bytes(list), version);
    return packet ? std::error_code() : packet.error();
}

std::vector<std::uint8_t> write(const Packet& packet, Version version) {
    ByteWriter out;
    EXPECT_TRUE(encode(out, packet, version));
    return {out.bytes().begin(), out.bytes().end()};
}

void expect_round_trip(const Packet& packet, Version version) {
    const auto written = write(packet, version);
    const auto again = read(written, version);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(*again == packet);
}

Properties some_properties() {
    Properties properties;
    properties.reason_string = "because";
    properties.user = {{"a", "1"}, {"a", "2"}};
    return properties;
}

TEST(MqttFrame, lengths_take_one_to_four_bytes) {
    EXPECT_EQ(next_frame(bytes({0x30}), 100)->bytes, 0U);
    EXPECT_EQ(next_frame(bytes({0x30, 0x80}), 100)->bytes, 0U);
    EXPECT_EQ(next_frame(bytes({0x30, 0x00}), 100)->bytes, 2U);
    EXPECT_EQ(next_frame(bytes({0x30, 0x80, 0x01}), 1000)->bytes, 131U);
    EXPECT_EQ(next_frame(bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F}), SIZE_MAX)->bytes, 268'435'460U);
    EXPECT_EQ(next_frame(bytes({0x30, 0x80, 0x01}), 130).error(), Errc::packet_too_large);
    EXPECT_EQ(next_frame(bytes({0x30, 0xFF, 0xFF, 0xFF, 0xFF}), SIZE_MAX).error(),
              Errc::malformed_packet);
}

TEST(MqttPackets, all_come_back_as_they_were) {
    for (const Version version : {Version::v3_1, Version::v3_1_1, Version::v5}) {
        const bool v5 = version == Version::v5;
        const Properties properties = v5 ? some_properties() : Properties();
        Connect connect{.version = version,
                        .clean_start = true,
                        .keep_alive_s = 60,
                        .client_id = "me",
                        .user_name = "user",
                        .password = "secret"};
        connect.will = Will{.topic = "will", .payload = "bye", .qos = Qos::exactly_once};
        connect.will->retain = true;
        if (v5) {
            connect.properties.session_expiry_interval = 7;
            connect.properties.receive_maximum = 3;
            connect.will->properties.will_delay_interval = 5;
            connect.will->properties.correlation_data = std::string_view("\0\1", 2);
        }
        expect_round_trip(connect, version);
        expect_round_trip(ConnAck{.session_present = true, .code = 2, .properties = properties},
                          version);
        const auto payload = bytes({1, 2, 3});
        expect_round_trip(Publish{.topic = "a/b", .payload = payload}, version);
        expect_round_trip(Publish{.dup = true,
                                  .qos = Qos::at_least_once,
                                  .retain = true,
                                  .topic = "a",
                                  .packet_id = 9},
                          version);
        for (const PacketType type :
             {PacketType::puback, PacketType::pubrec, PacketType::pubrel, PacketType::pubcomp}) {
            expect_round_trip(Ack{.type = type, .packet_id = 65535}, version);
            expect_round_trip(Ack{.type = type,
                                  .packet_id = 1,
                                  .reason = v5 ? Reason::unspecified_error : Reason::success,
                                  .properties = properties},
                              version);
        }
        Subscribe subscribe{.packet_id = 4};
        subscribe.filters = {{"a/#", {.qos = Qos::at_least_once}}, {"+", {}}};
        if (v5) {
            subscribe.properties.subscription_identifiers = {268'435'455};
            subscribe.filters[0].options.no_local = true;
            subscribe.filters[1].options.retain_as_published = true;
            subscribe.filters[1].options.retain_handling = RetainHandling::do_not_send;
        }
        expect_round_trip(subscribe, version);
        expect_round_trip(SubAck{.packet_id = 4,
                                 .properties = properties,
                                 .codes = {Reason::granted_qos_1, Reason::unspecified_error}},
                          version);
        expect_round_trip(Unsubscribe{.packet_id = 5, .filters = {"a/#", "b"}}, version);
        SubAck unsuback{.type = PacketType::unsuback, .packet_id = 5};
        if (v5) unsuback.codes = {Reason::success, Reason::no_subscription_existed};
        expect_round_trip(unsuback, version);
        expect_round_trip(PingReq(), version);
        expect_round_trip(PingResp(), version);
        expect_round_trip(Disconnect(), version);
    }
    expect_round_trip(Disconnect{.reason = Reason::disconnect_with_will}, Version::v5);
    expect_round_trip(Auth{.reason = Reason::reauthenticate, .properties = some_properties()},
                      Version::v5);
}

TEST(MqttPackets, connect_is_laid_out_as_the_specification_says) {
    const Connect connect{.version = Version::v3_1_1, .clean_start = true, .client_id = "ab"};
    EXPECT_EQ(write(connect, Version::v3_1_1),
              bytes({0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 4, 0x02, 0, 0, 0, 2, 'a', 'b'}));
}

TEST(MqttPackets, connect_of_unknown_protocols_is_refused_as_such) {
    EXPECT_EQ(error({0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 6, 2, 0, 0, 0, 0}, Version::v3_1_1),
              Errc::unsupported_protocol_version);
    EXPECT_EQ(error({0x10, 12, 0, 4, 'M', 'Q', 'T', 'X', 4, 2, 0, 0, 0, 0}, Version::v3_1_1),
              Errc::protocol_error);
    const auto bridge =
        read(bytes({0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 0x84, 2, 0, 0, 0, 0}), Version::v3_1_1);
    ASSERT_TRUE(bridge);
    EXPECT_TRUE(std::get<Connect>(*bridge).bridge);
}

TEST(MqttPackets, connect_flags_are_checked) {
    const auto with_flags = [](int flags, int level) {
        return error({0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', level, flags, 0, 0, 0, 0, 0, 0},
                     Version::v3_1_1);
    };
    EXPECT_EQ(with_flags(0x03, 4), Errc::malformed_packet);  // reserved
    EXPECT_EQ(with_flags(0x0A, 4), Errc::malformed_packet);  // will QoS without a will
    EXPECT_EQ(with_flags(0x22, 4), Errc::malformed_packet);  // will retain without a will
    EXPECT_EQ(with_flags(0x42, 4), Errc::malformed_packet);  // password without user name
    EXPECT_EQ(with_flags(0x02, 4), Errc::malformed_packet);  // two bytes too many
    EXPECT_EQ(with_flags(0x82, 4), std::error_code());
}

TEST(MqttPackets, flags_of_the_fixed_header_are_checked) {
    EXPECT_EQ(error({0x60, 2, 0, 1}, Version::v3_1_1), Errc::malformed_packet);
    EXPECT_EQ(error({0x62, 2, 0, 1}, Version::v3_1_1), std::error_code());
    EXPECT_EQ(error({0x6A, 2, 0, 1}, Version::v3_1), std::error_code());
    EXPECT_EQ(error({0x41, 2, 0, 1}, Version::v5), Errc::malformed_packet);
    EXPECT_EQ(error({0x80, 6, 0, 1, 0, 1, 'a', 0}, Version::v5), Errc::malformed_packet);
    EXPECT_EQ(error({0x00, 0}, Version::v5), Errc::malformed_packet);
    EXPECT_EQ(error({0xF0, 0}, Version::v3_1_1), Errc::protocol_error);
}

TEST(MqttPackets, publish_is_checked) {
    EXPECT_EQ(error({0x36, 5, 0, 1, 'a', 0, 1}, Version::v5), Errc::malformed_packet);  // QoS 3
    EXPECT_EQ(error({0x38, 3, 0, 1, 'a'}, Version::v3_1_1), Errc::malformed_packet);
    EXPECT_EQ(error({0x32, 5, 0, 1, 'a', 0, 0}, Version::v3_1_1), Errc::malformed_packet);
    EXPECT_EQ(error({0x30, 3, 0, 1, '#'}, Version::v3_1_1), Errc::topic_name_invalid);
    EXPECT_EQ(error({0x30, 2, 0, 0}, Version::v3_1_1), Errc::topic_name_invalid);
    EXPECT_EQ(error({0x30, 3, 0, 0, 0}, Version::v5), Errc::protocol_error);
    EXPECT_EQ(error({0x30, 6, 0, 0, 3, 0x23, 0, 1}, Version::v5), std::error_code());
    EXPECT_EQ(error({0x30, 3, 0, 1, 0}, Version::v5), Errc::malformed_packet);  // U+0000
    EXPECT_EQ(error({0x30, 6, 0, 1, 'a', 2, 0x01, 2}, Version::v5), Errc::protocol_error);
}

TEST(MqttPackets, plain_acknowledgements_are_what_decode_says) {
    for (int first = 0; first < 0x100; ++first) {
        for (const auto& body : {bytes({}), bytes({0, 0}), bytes({1, 2}), bytes({1, 2, 0})}) {
            const auto plain = decode_plain_ack(static_cast<std::uint8_t>(first), body);
            const auto packet = decode(static_cast<std::uint8_t>(first), body, Version::v5);
            const auto* const ack = packet ? std::get_if<Ack>(&*packet) : nullptr;
            ASSERT_EQ(plain.has_value(), ack != nullptr && body.size() == 2) << first;
            if (plain) {
                EXPECT_EQ(*ack, (Ack{.type = plain->type, .packet_id = plain->packet_id}));
            }
        }
    }
}

TEST(MqttPackets, subscribe_is_checked) {
    EXPECT_EQ(error({0x82, 2, 0, 1}, Version::v3_1_1), Errc::protocol_error);
    EXPECT_EQ(error({0x82, 6, 0, 0, 0, 1, 'a', 0}, Version::v3_1_1), Errc::malformed_packet);
    EXPECT_EQ(error({0x82, 6, 0, 1, 0, 1, 'a', 3}, Version::v3_1_1), Errc::malformed_packet);
    EXPECT_EQ(error({0x82, 6, 0, 1, 0, 1, 'a', 4}, Version::v3_1_1), Errc::malformed_packet);
    EXPECT_EQ(error({0x82, 7, 0, 1, 0, 0, 1, 'a', 0x30}, Version::v5), Errc::protocol_error);
    EXPECT_EQ(error({0x82, 7, 0, 1, 0, 0, 1, 'a', 0x40}, Version::v5), Errc::malformed_packet);
    EXPECT_EQ(error({0x82, 9, 0, 1, 2, 0x0B, 0, 0, 1, 'a', 0}, Version::v5), Errc::protocol_error);
    EXPECT_EQ(error({0xA2, 2, 0, 1}, Version::v3_1_1), Errc::protocol_error);
}

TEST(MqttProperties, stand_where_they_may_and_once) {
    EXPECT_EQ(error({0x30, 6, 0, 1, 'a', 2, 0x24, 1}, Version::v5), Errc::protocol_error);
    EXPECT_EQ(error({0x30, 6, 0, 1, 'a', 2, 0x7F, 1}, Version::v5), Errc::malformed_packet);
    EXPECT_EQ(error({0x30, 8, 0, 1, 'a', 4, 0x01, 1, 0x01, 1}, Version::v5), Errc::protocol_error);
    EXPECT_EQ(error({0x30, 5, 0, 1, 'a', 9, 0x01}, Version::v5), Errc::malformed_packet);
    EXPECT_EQ(error({0x30, 7, 0, 1, 'a', 3, 0x0B, 0x01, 0x0B}, Version::v5),
              Errc::malformed_packet);
    const auto twice = read(bytes({0x30, 8, 0, 1, 'a', 4, 0x0B, 1, 0x0B, 2}), Version::v5);
    EXPECT_TRUE(twice);  // a server may send several
}

TEST(MqttText, is_checked_utf8) {
    EXPECT_TRUE(is_valid_text("plain text of more than eight bytes"));
    EXPECT_TRUE(
        is_valid_text("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80 and \xEF\xBF\xBF, \xEF\xBB\xBF"));
    EXPECT_FALSE(is_valid_text(std::string_view("12345678\0", 9)));
    EXPECT_FALSE(is_valid_text(std::string_view("1234\0 678", 9)));
    for (const char* bad :
         {"\x80", "\xC0\x80", "\xC3", "\xED\xA0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80",
          "\xF8\x88\x80\x80\x80", "\xF0\x80\x80\x80", "abcdefgh\xFF", "\xE2\x82"}) {
        EXPECT_FALSE(is_valid_text(bad)) << bad;
    }
}

}  // namespace
}  // namespace tern::mqtt
