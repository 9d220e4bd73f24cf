// What the codecs of the protocols take for one message of 1 KiB, or of 100 B over MQTT: from the
// bytes of a frame to its fields, and back.

#include "protocol/amqp091/codec/content.h"
#include "protocol/amqp091/codec/method_codec.h"
#include "protocol/amqp10/codec/decode.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/codec/frame.h"
#include "protocol/amqp10/codec/sections.h"
#include "protocol/mqtt/codec/decoder.h"
#include "protocol/mqtt/codec/encoder.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/frame.h"
#include "protocol/stomp/codec/decoder.h"
#include "protocol/stomp/codec/encoder.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

namespace tern {
namespace {

const std::string g_body(1024, 'x');
const std::string g_small_body(100, 'x');

/// What a benchmark made itself is in order; otherwise it measures nothing.
void insist(bool good) {
    if (!good) std::abort();
}

void each_is_a_message(benchmark::State& state, std::size_t bytes) {
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

openwire::WireFormat openwire_format(bool tight) {
    openwire::WireFormat format;
    format.tight = tight;
    return format;
}

openwire::Message openwire_message() {
    const openwire::ProducerId producer{
        .connection_id = "ID:client-1-1700000000000-0:1", .value = 1, .session_id = 1};
    openwire::Message message;
    message.type = openwire::DataType::bytes_message;
    message.destination = openwire::Destination{.type = openwire::DataType::queue,
                                                .physical_name = "orders.incoming"};
    message.producer_id = producer;
    message.message_id = openwire::MessageId{.producer_id = producer, .producer_sequence_id = 4711};
    message.persistent = true;
    message.priority = 4;
    message.timestamp = 1'700'000'000'000;
    message.response_required = true;
    message.content = as_bytes(g_body);
    return message;
}

void openwire_decode(benchmark::State& state) {
    const openwire::WireFormat format = openwire_format(state.range(0) != 0);
    openwire::Encoder encoder(format);
    openwire::Decoder decoder(format);
    ByteWriter out;
    insist(encoder.encode(openwire_message(), out).has_value());
    const Bytes frame = out.bytes().subspan(openwire::kSizePrefixBytes);
    openwire::Message message;
    for (auto _ : state) {
        insist(decoder.decode(frame, message).has_value());
        benchmark::DoNotOptimize(message);
    }
    each_is_a_message(state, frame.size());
}
BENCHMARK(openwire_decode)->ArgName("tight")->Arg(0)->Arg(1);

void openwire_encode(benchmark::State& state) {
    openwire::Encoder encoder(openwire_format(state.range(0) != 0));
    const openwire::Message message = openwire_message();
    ByteWriter out;
    for (auto _ : state) {
        out.clear();
        insist(encoder.encode(message, out).has_value());
        benchmark::DoNotOptimize(out.bytes().data());
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(openwire_encode)->ArgName("tight")->Arg(0)->Arg(1);

stomp::Frame stomp_frame() {
    return {.command = "SEND",
            .headers = {{"destination", "/queue/orders.incoming"},
                        {"persistent", "true"},
                        {"receipt", "4711"},
                        {"content-length", "1024"}},
            .body = as_bytes(g_body)};
}

void stomp_decode(benchmark::State& state) {
    ByteWriter out;
    stomp::encode(stomp_frame(), stomp::Version::v1_2, out);
    stomp::Decoder decoder({});
    for (auto _ : state) {
        const auto size = decoder.find_end(out.bytes());
        insist(size && *size > 0);
        benchmark::DoNotOptimize(decoder.decode(out.bytes().first(*size), stomp::Version::v1_2));
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(stomp_decode);

void stomp_encode(benchmark::State& state) {
    const stomp::Frame frame = stomp_frame();
    ByteWriter out;
    for (auto _ : state) {
        out.clear();
        stomp::encode(frame, stomp::Version::v1_2, out);
        benchmark::DoNotOptimize(out.bytes().data());
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(stomp_encode);

mqtt::Publish mqtt_publish() {
    return {.qos = mqtt::Qos::at_least_once,
            .topic = "plant/7/line/3/temperature",
            .packet_id = 7,
            .payload = as_bytes(g_small_body)};
}

void mqtt_decode(benchmark::State& state) {
    ByteWriter out;
    insist(mqtt::encode(out, mqtt_publish(), mqtt::Version::v3_1_1).has_value());
    for (auto _ : state) {
        const auto frame = mqtt::next_frame(out.bytes(), 1 << 20);
        insist(frame && frame->bytes == out.size());
        const auto publish = mqtt::decode_publish(
            frame->first, out.bytes().subspan(frame->header_bytes), mqtt::Version::v3_1_1);
        insist(publish.has_value());
        benchmark::DoNotOptimize(*publish);
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(mqtt_decode);

void mqtt_encode(benchmark::State& state) {
    const mqtt::Packet packet = mqtt_publish();
    ByteWriter out;
    for (auto _ : state) {
        out.clear();
        insist(mqtt::encode(out, packet, mqtt::Version::v3_1_1).has_value());
        benchmark::DoNotOptimize(out.bytes().data());
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(mqtt_encode);

constexpr std::string_view kTag("\0\0\0\7", 4);

/// A transfer of a message with one data section.
void put_transfer(ByteWriter& out) {
    const std::size_t at = amqp10::begin_frame(out, amqp10::FrameType::amqp, 0);
    amqp10::encode(amqp10::Transfer{.handle = 1,
                                    .delivery_id = 7,
                                    .delivery_tag = as_bytes(kTag),
                                    .message_format = 0,
                                    .settled = false},
                   out);
    amqp10::encode(amqp10::Header{.durable = true}, out);
    out.append(std::string_view("\0\x53\x75\xb0\0\0\4\0", 8));
    out.append(g_body);
    amqp10::end_frame(out, at);
}

void amqp10_decode(benchmark::State& state) {
    ByteWriter out;
    put_transfer(out);
    for (auto _ : state) {
        const auto frame = amqp10::read_frame(out.bytes());
        insist(frame && amqp10::is_transfer(frame->body));
        const auto transfer = amqp10::decode_transfer(frame->body);
        insist(transfer.has_value());
        const auto sections = amqp10::find_sections(transfer->payload);
        insist(sections && !sections->body.empty());
        benchmark::DoNotOptimize(*sections);
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(amqp10_decode);

void amqp10_encode(benchmark::State& state) {
    ByteWriter out;
    for (auto _ : state) {
        out.clear();
        put_transfer(out);
        benchmark::DoNotOptimize(out.bytes().data());
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(amqp10_encode);

/// Method, header and body, each a frame.
void put_publish(ByteWriter& out) {
    amqp091::encode_method(out, 1, amqp091::BasicPublish{.routing_key = {"orders.incoming"}});
    ByteWriter raw;
    amqp091::Properties properties;
    properties.delivery_mode = 2;
    amqp091::encode_properties(raw, properties);
    amqp091::encode_content_header(out, 1, g_body.size(), raw.bytes());
    const std::size_t at = amqp091::begin_frame(out, amqp091::FrameType::body, 1);
    out.append(g_body);
    amqp091::end_frame(out, at);
}

void amqp091_decode(benchmark::State& state) {
    ByteWriter out;
    put_publish(out);
    for (auto _ : state) {
        Bytes rest = out.bytes();
        while (!rest.empty()) {
            const auto size = amqp091::frame_size(rest, 0);
            insist(size && *size > 0);
            const auto frame = amqp091::split_frame(rest.first(*size));
            insist(frame.has_value());
            rest = rest.subspan(*size);
            if (frame->type == amqp091::FrameType::method) {
                const auto method = amqp091::decode_method(frame->payload);
                insist(method.has_value());
                benchmark::DoNotOptimize(*method);
            } else if (frame->type == amqp091::FrameType::header) {
                const auto header = amqp091::decode_content_header(frame->payload);
                insist(header.has_value());
                benchmark::DoNotOptimize(*header);
            }
        }
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(amqp091_decode);

void amqp091_encode(benchmark::State& state) {
    ByteWriter out;
    for (auto _ : state) {
        out.clear();
        put_publish(out);
        benchmark::DoNotOptimize(out.bytes().data());
    }
    each_is_a_message(state, out.size());
}
BENCHMARK(amqp091_encode);

}  // namespace
}  // namespace tern
