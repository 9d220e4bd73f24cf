#include "broker/route/encoding.h"

#include <bit>

namespace tern::broker {
namespace {

constexpr std::uint8_t kDurable = 0x01;
constexpr std::uint8_t kAutoDelete = 0x02;
constexpr std::uint8_t kInternal = 0x04;
constexpr std::uint8_t kToExchange = 0x01;
constexpr std::uint8_t kMatchAny = 0x02;
constexpr std::size_t kHeaderBytesMin = 3;

enum class ValueType : std::uint8_t { none, boolean, integer, fraction, text };

void put(ByteWriter& out, std::string_view text) {
    out.u32(static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

std::string take(ByteReader& in) {
    return std::string(as_text(in.take(in.u32())));
}

std::uint8_t flag(bool set, std::uint8_t bit) {
    return set ? bit : std::uint8_t{0};
}

struct ValueWriter {
    ByteWriter& out;

    void operator()(std::monostate) const { type(ValueType::none); }
    void operator()(bool value) const {
        type(ValueType::boolean);
        out.u8(value ? 1 : 0);
    }
    void operator()(std::int64_t value) const {
        type(ValueType::integer);
        out.i64(value);
    }
    void operator()(double value) const {
        type(ValueType::fraction);
        out.u64(std::bit_cast<std::uint64_t>(value));
    }
    void operator()(const std::string& value) const {
        type(ValueType::text);
        put(out, value);
    }
    void type(ValueType type) const { out.u8(static_cast<std::uint8_t>(type)); }
};

HeaderValue take_value(ByteReader& in) {
    switch (static_cast<ValueType>(in.u8())) {
        case ValueType::none:
            return std::monostate();
        case ValueType::boolean:
            return in.u8() != 0;
        case ValueType::integer:
            return in.i64();
        case ValueType::fraction:
            return std::bit_cast<double>(in.u64());
        case ValueType::text:
            return take(in);
    }
    in.fail();
    return std::monostate();
}

}  // namespace

void encode(ByteWriter& out, const Exchange& exchange) {
    out.u8(static_cast<std::uint8_t>(exchange.type));
    out.u8(static_cast<std::uint8_t>(flag(exchange.durable, kDurable) |
                                     flag(exchange.auto_delete, kAutoDelete) |
                                     flag(exchange.internal, kInternal)));
    for (const std::string* text :
         {&exchange.vhost, &exchange.name, &exchange.alternate, &exchange.hash_header,
          &exchange.hash_property, &exchange.arguments}) {
        put(out, *text);
    }
}

Exchange decode_exchange(ByteReader& in) {
    Exchange exchange;
    exchange.type = static_cast<ExchangeType>(in.u8());
    const std::uint8_t flags = in.u8();
    exchange.durable = (flags & kDurable) != 0;
    exchange.auto_delete = (flags & kAutoDelete) != 0;
    exchange.internal = (flags & kInternal) != 0;
    for (std::string* text :
         {&exchange.vhost, &exchange.name, &exchange.alternate, &exchange.hash_header,
          &exchange.hash_property, &exchange.arguments}) {
        *text = take(in);
    }
    if (exchange.type < ExchangeType::direct || exchange.type > ExchangeType::consistent_hash) {
        in.fail();
    }
    return exchange;
}

void encode(ByteWriter& out, const Binding& binding) {
    out.u8(static_cast<std::uint8_t>(flag(binding.to_exchange, kToExchange) |
                                     flag(binding.match.any, kMatchAny)));
    for (const std::string* text : {&binding.vhost, &binding.source, &binding.destination,
                                    &binding.key, &binding.arguments}) {
        put(out, *text);
    }
    out.u16(static_cast<std::uint16_t>(binding.match.headers.size()));
    for (const auto& [name, value] : binding.match.headers) {
        put(out, name);
        std::visit(ValueWriter{out}, value);
    }
}

Binding decode_binding(ByteReader& in) {
    Binding binding;
    const std::uint8_t flags = in.u8();
    binding.to_exchange = (flags & kToExchange) != 0;
    binding.match.any = (flags & kMatchAny) != 0;
    for (std::string* text : {&binding.vhost, &binding.source, &binding.destination, &binding.key,
                              &binding.arguments}) {
        *text = take(in);
    }
    std::uint16_t left = in.u16();
    if (left > in.remaining() / kHeaderBytesMin) in.fail();
    for (; left > 0 && !in.failed(); --left) {
        std::string name = take(in);
        binding.match.headers.emplace_back(std::move(name), take_value(in));
    }
    return binding;
}

}  // namespace tern::broker
