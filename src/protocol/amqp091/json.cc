#include "protocol/amqp091/json.h"

#include "bytes/base64.h"
#include "protocol/amqp091/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tern::amqp091 {
namespace {

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
    void operator()(const message::HubBytes& v) const { (*this)(base64(v.bytes)); }
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

std::string to_base64_url(std::string_view bytes) {
    std::string text = base64(bytes);
    text.resize(text.find_last_not_of('=') + 1);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

std::string to_json(const message::HubValue& value) {
    std::string text;
    JsonWriter{text}.write(value);
    return text;
}

}  // namespace tern::amqp091
