#include "payload.h"

#include "protocol/openwire/codec/primitive_map.h"

#include <algorithm>
#include <charconv>

namespace tern::simulation {
namespace {

constexpr std::size_t kNumberBytes = 8;

std::uint8_t byte_at(Number number, std::size_t at) {
    return static_cast<std::uint8_t>(number * 31 + at);
}

}  // namespace

Payload::Payload(Number number, std::size_t size) {
    ByteWriter body;
    body.u64(number);
    for (std::size_t at = 0; at < size; ++at) body.u8(byte_at(number, at));
    content.assign(body.bytes().begin(), body.bytes().end());
    if (number % 3 == 0) {
        openwire::PrimitiveMap map;
        map.put("number", {static_cast<std::int64_t>(number)});
        ByteWriter encoded;
        std::ignore = openwire::encode_map(map, encoded);  // always fits
        properties.assign(encoded.bytes().begin(), encoded.bytes().end());
    }
    if (number % 2 == 0) correlation = fmt::format("c-{}", number);
}

void Payload::put_into(openwire::Message& message) const {
    message.type = openwire::DataType::bytes_message;
    message.content = Bytes(content);
    if (!properties.empty()) message.properties = Bytes(properties);
    if (!correlation.empty()) message.correlation_id = correlation;
}

std::optional<Number> read_payload(const openwire::Message& message, bool dead_letter) {
    const Bytes content = message.content.view();
    if (message.type != openwire::DataType::bytes_message || content.size() < kNumberBytes) {
        return {};
    }
    const auto number = load_big_endian<Number>(content.data());
    const Payload expected(number, content.size() - kNumberBytes);
    const bool whole =
        std::ranges::equal(content, expected.content) &&
        (dead_letter || std::ranges::equal(message.properties.view(), expected.properties)) &&
        message.correlation_id.view() == expected.correlation;
    if (!whole) return {};
    return number;
}

std::optional<Number> uploaded_number(const openwire::Message& message) {
    const std::string_view text = message.jms_type.view();
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

openwire::Destination wire_destination(const Place& place) {
    static constexpr openwire::DataType kTypes[] = {
        openwire::DataType::queue, openwire::DataType::topic, openwire::DataType::temp_queue,
        openwire::DataType::temp_topic, openwire::DataType::topic};
    return {.type = kTypes[static_cast<std::size_t>(place.kind)],
            .physical_name = place.is_subscription() ? place.topic() : place.name};
}

}  // namespace tern::simulation
