#include "protocol/amqp091/codec/method_codec.h"

#include "protocol/amqp091/codec/errc.h"

#include <gtest/gtest.h>

#include <vector>

namespace tern::amqp091 {
namespace {

template <class M>
std::vector<std::uint8_t> payload_of(const M& method) {
    ByteWriter out;
    encode_method(out, 1, method);
    const auto frame = split_frame(out.bytes());
    EXPECT_TRUE(frame);
    return {frame->payload.begin(), frame->payload.end()};
}

TEST(MethodCodec, BitsShareAnOctetFromTheLowestOn) {
    const BasicConsume consume{.queue = "q", .no_ack = true, .no_wait = true};
    const auto payload = payload_of(consume);
    EXPECT_EQ(payload[9], 0b1010);  // behind ids, ticket, queue and an empty tag
    EXPECT_EQ(decode_method(payload), Method(consume));
}

template <std::size_t... Index>
void expect_all_round(std::index_sequence<Index...>) {
    const auto one = []<class M>(M method) {
        EXPECT_EQ(decode_method(payload_of(method)), Method(method))
            << M::kId.class_id << '.' << M::kId.method_id;
    };
    (one(std::variant_alternative_t<Index, Method>{}), ...);
}

TEST(MethodCodec, EveryMethodDecodesFromWhatItEncodes) {
    expect_all_round(std::make_index_sequence<std::variant_size_v<Method>>());
}

TEST(MethodCodec, ExchangeUnbindOkHasTheNumberOfRabbitMQ) {
    EXPECT_EQ(method_id(payload_of(ExchangeUnbindOk{})), (MethodId{40, 51}));
}

TEST(MethodCodec, RefusesUnknownShortAndLongPayloads) {
    const std::uint8_t unknown[] = {0, 60, 0, 99};
    EXPECT_EQ(decode_method(unknown).error(), make_error_code(Errc::unknown_method));
    auto payload = payload_of(BasicAck{.delivery_tag = 7});
    payload.push_back(0);
    EXPECT_EQ(decode_method(payload).error(), make_error_code(Errc::trailing_bytes));
    payload.resize(payload.size() - 3);
    EXPECT_EQ(decode_method(payload).error(), make_error_code(Errc::truncated));
}

}  // namespace
}  // namespace tern::amqp091
