#include "protocol/amqp10/ids.h"

#include "protocol/amqp10/codec/value_writer.h"

#include <fmt/format.h>

#include <charconv>

namespace tern::amqp10 {
namespace {

constexpr std::string_view kPrefix = "ID:";
constexpr std::string_view kUuid = "ID:AMQP_UUID:";
constexpr std::string_view kUlong = "ID:AMQP_ULONG:";
constexpr std::string_view kBinary = "ID:AMQP_BINARY:";
constexpr std::string_view kString = "ID:AMQP_STRING:";
constexpr std::string_view kNoPrefix = "ID:AMQP_NO_PREFIX:";

std::string hex(Bytes bytes, std::string_view digits) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 0x0F];
    }
    return text;
}

std::optional<std::string> unhex(std::string_view text) {
    if (text.size() % 2 != 0) return {};
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        std::uint8_t byte = 0;
        const char* const end = text.data() + i + 2;
        if (std::from_chars(text.data() + i, end, byte, 16).ptr != end) return {};
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::optional<std::string> parse_uuid(std::string_view text) {
    if (text.size() != 36) return {};
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-')) return {};
        if (!dash) digits += text[i];
    }
    return unhex(digits);
}

bool looks_encoded(std::string_view text) {
    return text.starts_with("ID:AMQP_");
}

}  // namespace

std::string uuid_text(Bytes sixteen) {
    const std::string digits = hex(sixteen, "0123456789abcdef");
    const std::string_view d = digits;
    return fmt::format("{}-{}-{}-{}-{}", d.substr(0, 8), d.substr(8, 4), d.substr(12, 4),
                       d.substr(16, 4), d.substr(20));
}

std::string id_text(const Item& id, IdUse use) {
    switch (id.kind) {
        case Kind::ulong_value:
            return fmt::format("{}{}", kUlong, id.number);
        case Kind::uuid:
            return fmt::format("{}{}", kUuid, uuid_text(id.bytes));
        case Kind::binary:
            return fmt::format("{}{}", kBinary, hex(id.bytes, "0123456789ABCDEF"));
        case Kind::string:
        case Kind::symbol: {
            const std::string_view text = id.text();
            if (looks_encoded(text)) return fmt::format("{}{}", kString, text);
            const bool bare = use == IdUse::message && !text.empty() && !text.starts_with(kPrefix);
            return bare ? fmt::format("{}{}", kNoPrefix, text) : std::string(text);
        }
        default:
            return {};
    }
}

void put_id(ByteWriter& out, std::string_view text) {
    if (text.starts_with(kUuid)) {
        if (const auto bytes = parse_uuid(text.substr(kUuid.size()))) {
            return put_uuid(out, as_bytes(*bytes));
        }
    } else if (text.starts_with(kUlong)) {
        const std::string_view digits = text.substr(kUlong.size());
        const char* const end = digits.data() + digits.size();
        std::uint64_t value = 0;
        const auto [at, error] = std::from_chars(digits.data(), end, value);
        if (error == std::errc() && at == end) return put_ulong(out, value);
    } else if (text.starts_with(kBinary)) {
        if (const auto bytes = unhex(text.substr(kBinary.size()))) {
            return put_binary(out, as_bytes(*bytes));
        }
    } else if (text.starts_with(kString)) {
        return put_string(out, text.substr(kString.size()));
    } else if (text.starts_with(kNoPrefix)) {
        return put_string(out, text.substr(kNoPrefix.size()));
    }
    put_string(out, text);
}

}  // namespace tern::amqp10
