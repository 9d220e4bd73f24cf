#include "protocol/amqp091/json.h"

#include "protocol/amqp091/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tern::amqp091 {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64(std::string_view bytes, std::string_view alphabet, bool pad) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8 | (i < count ? static_cast<std::uint8_t>(bytes[at + i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            if (i <= count) {
                text += alphabet[group >> (18 - 6 * i) & 0x3F];
            } else if (pad) {
                text += '=';
            }
        }
    }
    return text;
}

struct JsonWriter {
    std::string& out;

    void write(const message::HubValue& value) const { std::visit(*this, value.value); }

    void operator()(std::monostate) const { out += "null"; }
    void operator()(bool v) const { out += v ? "true" : "false"; }
    void operator()(char16_t v) const {
        std::string text;
        append_utf8(text, v);
        (*this)(text);
    }
    void operator()(float v) const { (*this)(double{v}); }
    void operator()(double v) const { out += std::isfinite(v) ? fmt::format("{}", v) : "null"; }
    void operator()(const message::HubBytes& v) const { (*this)(to_base64(v.bytes)); }
    void operator()(const std::string& v) const {
        out += '"';
        for (const char c : v) {
            if (c == '"' || c == '\\') {
                out += '\\';
                out += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
            } else {
                out += c;
            }
        }
        out += '"';
    }
    void operator()(const message::HubList& v) const {
        out += '[';
        for (std::size_t i = 0; i < v.values.size(); ++i) {
            if (i > 0) out += ',';
            write(v.values[i]);
        }
        out += ']';
    }
    void operator()(const message::HubMap& v) const {
        out += '{';
        for (std::size_t i = 0; i < v.entries.size(); ++i) {
            if (i > 0) out += ',';
            (*this)(v.entries[i].first);
            out += ':';
            write(v.entries[i].second);
        }
        out += '}';
    }
    void operator()(const auto& integer) const { out += std::to_string(integer); }
};

}  // namespace

std::string to_base64(std::string_view bytes) {
    return base64(bytes, kAlphabet, true);
}

std::string to_base64_url(std::string_view bytes) {
    return base64(bytes, kUrlAlphabet, false);
}

std::string to_json(const message::HubValue& value) {
    std::string text;
    JsonWriter{text}.write(value);
    return text;
}

}  // namespace tern::amqp091
