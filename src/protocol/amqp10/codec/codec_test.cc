#include "protocol/amqp10/codec/decode.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/codec/frame.h"
#include "protocol/amqp10/codec/value_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::amqp10 {
namespace {

using testing::ElementsAre;

template <class T>
void expect_round_trip(const T& performative) {
    ByteWriter out;
    encode(performative, out);
    const auto decoded = decode(out.bytes());
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(std::get<T>(*decoded), performative);
}

template <class T>
void expect_sasl_round_trip(const T& frame) {
    ByteWriter out;
    encode(frame, out);
    const auto decoded = decode_sasl(out.bytes());
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(std::get<T>(*decoded), frame);
}

std::vector<std::uint8_t> bytes_of(std::initializer_list<int> values) {
    return {values.begin(), values.end()};
}

TEST(Item, ReadsIntegersOfEveryWidth) {
    ByteWriter out;
    put_int(out, -3);
    put_int(out, 70'000);
    put_long(out, INT64_MIN);
    put_ulong(out, 0);
    put_ulong(out, 300);
    put_uint(out, 255);
    put_short(out, -2);
    put_byte(out, -1);
    ItemReader in(out.bytes());
    std::vector<std::int64_t> values;
    while (!in.at_end()) values.push_back(in.next().integer().value());
    EXPECT_TRUE(in.done());
    EXPECT_THAT(values, ElementsAre(-3, 70'000, INT64_MIN, 0, 300, 255, -2, -1));
}

TEST(Item, GivesNoIntegerForWhatDoesNotFit) {
    ByteWriter out;
    put_ulong(out, UINT64_MAX);
    EXPECT_FALSE(single(out.bytes()).integer());
    out.clear();
    put_string(out, "1");
    EXPECT_FALSE(single(out.bytes()).integer());
}

TEST(Item, FailsForGoodWhereAValueGoesBeyondTheEnd) {
    const auto bytes = bytes_of({0xa1, 5, 'a', 'b'});
    ItemReader in(bytes);
    EXPECT_TRUE(in.next().is_null());
    EXPECT_TRUE(in.failed());
    EXPECT_FALSE(in.done());
}

TEST(Item, RefusesAChainOfDescriptors) {
    std::vector<std::uint8_t> bytes(1000, 0x00);
    ItemReader in(bytes);
    std::ignore = in.next();
    EXPECT_TRUE(in.failed());
}

TEST(Item, RefusesAnArrayThatClaimsMoreThanItHolds) {
    // A million times «true», which has no bytes of its own.
    const auto bytes = bytes_of({0xf0, 0, 0, 0, 5, 0, 0x0f, 0x42, 0x40, 0x41});
    EXPECT_FALSE(elements(single(bytes)));
}

TEST(Item, TakesSymbolsInAllThreeForms) {
    EXPECT_THAT(symbols_of({}).value(), ElementsAre());
    ByteWriter out;
    put_symbol(out, "queue");
    EXPECT_THAT(symbols_of(single(out.bytes())).value(), ElementsAre("queue"));
    out.clear();
    put_symbols(out, {"queue", "topic"});
    EXPECT_THAT(symbols_of(single(out.bytes())).value(), ElementsAre("queue", "topic"));
}

TEST(Item, KnowsTheSpecificationsDescriptorsByName) {
    ByteWriter out;
    out.u8(0);
    put_symbol(out, "amqp:accepted:list");
    out.u8(0x45);
    const auto state = decode_state(out.bytes());
    ASSERT_TRUE(state);
    EXPECT_EQ(state->type, DeliveryState::Type::accepted);
}

TEST(Performatives, SurviveARoundTrip) {
    ByteWriter map;
    Compound entries(map, Compound::Type::map);
    put_symbol(map, "product");
    put_string(map, "x");
    entries.end(2);
    expect_round_trip(Open{.container_id = "c",
                           .hostname = "h",
                           .frame_bytes_max = 131'072,
                           .channel_max = 10,
                           .idle_timeout_ms = 30'000,
                           .offered = {"A", "B"},
                           .desired = {"C"},
                           .properties = map.bytes()});
    expect_round_trip(Begin{.remote_channel = 3,
                            .next_outgoing_id = 7,
                            .incoming_window = 1,
                            .outgoing_window = UINT32_MAX,
                            .handle_max = 5});
    expect_round_trip(Flow{.next_incoming_id = 1,
                           .incoming_window = 2,
                           .next_outgoing_id = 3,
                           .outgoing_window = 4,
                           .handle = 5,
                           .delivery_count = 6,
                           .link_credit = 7,
                           .available = 0,
                           .drain = true,
                           .echo = true});
    expect_round_trip(
        Disposition{.role = Role::receiver, .first = 1, .last = 9, .settled = true, .state = {}});
    expect_round_trip(
        Detach{.handle = 1,
               .closed = true,
               .error = Error{.condition = "amqp:not-found", .description = "no", .info = {}}});
    expect_round_trip(End{});
    expect_round_trip(Close{.error = Error{.condition = "x", .description = {}, .info = {}}});
}

TEST(Performatives, AttachCarriesBothEnds) {
    Attach attach;
    attach.name = "link";
    attach.handle = 300;
    attach.role = Role::receiver;
    attach.sender_settles = SenderSettles::settled;
    attach.source = Terminus{.address = "q",
                             .durable = 2,
                             .expiry_policy = "never",
                             .timeout_s = 1,
                             .dynamic = true,
                             .dynamic_properties = {},
                             .capabilities = {"topic", "shared"},
                             .distribution_mode = "copy",
                             .filter = {},
                             .default_outcome = {},
                             .outcomes = {"amqp:accepted:list"}};
    attach.target = Terminus{};
    attach.initial_delivery_count = 0;
    attach.message_bytes_max = 1000;
    expect_round_trip(attach);
    attach.target.reset();
    attach.coordinator = true;
    attach.coordinator_capabilities = {"amqp:local-transactions"};
    expect_round_trip(attach);
}

TEST(Performatives, TheTransfersPayloadIsWhatFollows) {
    const auto tag = bytes_of({1, 2, 3});
    Transfer transfer{.handle = 1,
                      .delivery_id = 2,
                      .delivery_tag = Bytes(tag),
                      .message_format = 0,
                      .settled = false,
                      .more = true,
                      .state = {},
                      .aborted = true,
                      .payload = {}};
    ByteWriter out;
    encode(transfer, out);
    out.append("payload");
    transfer.payload = as_bytes("payload");
    const auto decoded = decode(out.bytes());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::get<Transfer>(*decoded), transfer);
    ASSERT_TRUE(is_transfer(out.bytes()));
    EXPECT_EQ(decode_transfer(out.bytes()), transfer);
}

TEST(Performatives, ATransferThatBreaksOffIsMalformed) {
    ByteWriter out;
    encode(Transfer{.handle = 1}, out);
    EXPECT_FALSE(is_transfer(out.bytes().first(2)));
    for (std::size_t size = 3; size < out.bytes().size(); ++size) {
        ASSERT_TRUE(is_transfer(out.bytes().first(size)));
        EXPECT_FALSE(decode_transfer(out.bytes().first(size))) << size;
    }
    EXPECT_TRUE(decode_transfer(out.bytes()));
}

TEST(Performatives, RefuseFieldsOfTheWrongType) {
    ByteWriter out;
    FieldWriter fields(out, Descriptor::begin);
    fields.string("no channel");
    fields.end();
    const auto decoded = decode(out.bytes());
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error(), Errc::bad_field);
}

TEST(States, SurviveARoundTrip) {
    using Type = DeliveryState::Type;
    const auto id = bytes_of({9, 8});
    DeliveryState modified;
    modified.type = Type::modified;
    modified.delivery_failed = true;
    DeliveryState rejected;
    rejected.type = Type::rejected;
    rejected.error = Error{.condition = "a", .description = "b", .info = {}};
    DeliveryState received;
    received.type = Type::received;
    received.section_number = 2;
    received.section_offset = 1'000'000;
    DeliveryState transactional;
    transactional.type = Type::transactional;
    transactional.transaction = id;
    ByteWriter accepted;
    encode(DeliveryState{.type = Type::accepted}, accepted);
    transactional.outcome = accepted.bytes();
    for (const DeliveryState& state : {modified, rejected, received, transactional}) {
        ByteWriter out;
        encode(state, out);
        const auto decoded = decode_state(out.bytes());
        ASSERT_TRUE(decoded);
        EXPECT_EQ(*decoded, state);
    }
}

TEST(Sasl, FramesSurviveARoundTrip) {
    expect_sasl_round_trip(SaslMechanisms{{"PLAIN", "ANONYMOUS"}});
    expect_sasl_round_trip(SaslInit{.mechanism = "PLAIN", .initial_response = as_bytes("\0u\0p")});
    expect_sasl_round_trip(SaslInit{.mechanism = "ANONYMOUS", .initial_response = {}});
    expect_sasl_round_trip(SaslChallenge{as_bytes("c")});
    expect_sasl_round_trip(SaslResponse{as_bytes("r")});
    expect_sasl_round_trip(SaslOutcome{.code = SaslCode::sys_perm, .additional_data = {}});
}

TEST(Frame, KnowsItsSizeAsSoonAsPossible) {
    const auto bytes = bytes_of({0, 0, 0, 12, 2, 0, 0, 5, 1, 2, 3, 4});
    EXPECT_EQ(frame_size(Bytes(bytes).first(3), 100).value(), 0U);
    EXPECT_EQ(frame_size(Bytes(bytes).first(4), 100).value(), 12U);
    EXPECT_EQ(frame_size(Bytes(bytes).first(4), 11).error(), Errc::bad_frame_size);
    const auto frame = read_frame(bytes);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->channel, 5);
    EXPECT_EQ(frame->body.size(), 4U);
}

TEST(Frame, RefusesADataOffsetOutsideOfIt) {
    EXPECT_FALSE(read_frame(bytes_of({0, 0, 0, 8, 1, 0, 0, 0})));
    EXPECT_FALSE(read_frame(bytes_of({0, 0, 0, 8, 3, 0, 0, 0})));
}

TEST(ProtocolHeader, TellsTheVersionsApart) {
    EXPECT_EQ(read_protocol_header(protocol_header(ProtocolId::sasl)).value(), ProtocolId::sasl);
    EXPECT_FALSE(read_protocol_header(bytes_of({'A', 'M', 'Q', 'P', 0, 0, 9, 1})));
    EXPECT_FALSE(read_protocol_header(bytes_of({'A', 'M', 'Q', 'P', 1, 1, 0, 0})));
}

}  // namespace
}  // namespace tern::amqp10
