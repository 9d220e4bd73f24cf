#include "cli/json.h"

#include "bytes/base64.h"
#include "bytes/buffer.h"
#include "bytes/utf8.h"

#include <fmt/format.h>

#include <cmath>

namespace tern::cli {
namespace {

using client::Blob;
using client::List;
using client::Map;
using client::Message;
using client::Value;
using Kind = Message::Opaque::Kind;

/// Appends the members of an object.
class Object {
public:
    explicit Object(std::string& out) : out_(out) { out_ += '{'; }

    /// `json` is a value already.
    void add(std::string_view name, std::string_view json) {
        if (!std::exchange(first_, false)) out_ += ',';
        out_ += json_text(name);
        out_ += ':';
        out_ += json;
    }
    void add_text(std::string_view name, std::string_view text) { add(name, json_text(text)); }
    void add_text_if_any(std::string_view name, std::string_view text) {
        if (!text.empty()) add_text(name, text);
    }
    template <class T>
    void add_number(std::string_view name, T number) {
        add(name, fmt::format("{}", number));
    }
    void end() { out_ += '}'; }

private:
    std::string& out_;
    bool first_ = true;
};

std::string to_json(const Map& map) {
    std::string out;
    Object object(out);
    for (const auto& [name, value] : map) object.add(name, cli::to_json(value));
    object.end();
    return out;
}

std::string to_json(const List& list) {
    std::string out = "[";
    for (const Value& value : list) {
        if (out.size() > 1) out += ',';
        out += cli::to_json(value);
    }
    return out + "]";
}

template <class T>
std::string number_json(T number) {
    if constexpr (std::is_floating_point_v<T>) {
        if (!std::isfinite(number)) return json_text(fmt::format("{}", number));
    }
    return fmt::format("{}", number);
}

std::string char_json(char16_t unit) {
    const bool surrogate = unit >= 0xD800 && unit <= 0xDFFF;
    if (surrogate) return fmt::format("\"\\u{:04x}\"", static_cast<unsigned>(unit));
    std::string text;
    append_utf8(text, unit);
    return json_text(text);
}

std::string headers_json(const Message& message) {
    std::string out;
    Object headers(out);
    headers.add_text("JMSMessageID", message.id);
    headers.add_text("JMSDestination", message.destination.text());
    headers.add_text("JMSDeliveryMode", message.persistent ? "PERSISTENT" : "NON_PERSISTENT");
    headers.add_number("JMSPriority", message.priority);
    headers.add_number("JMSTimestamp", message.timestamp.time_since_epoch().count());
    headers.add_number("JMSExpiration", message.expiration.time_since_epoch().count());
    headers.add("JMSRedelivered", message.redelivered() ? "true" : "false");
    headers.add_number("JMSXDeliveryCount", message.redelivery_count + 1);
    headers.add_text_if_any("JMSCorrelationID", message.correlation_id);
    headers.add_text_if_any("JMSType", message.type);
    if (message.reply_to) headers.add_text("JMSReplyTo", message.reply_to->text());
    if (!message.group_id.empty()) {
        headers.add_text("JMSXGroupID", message.group_id);
        headers.add_number("JMSXGroupSeq", message.group_sequence);
    }
    headers.add_text_if_any("JMSXUserID", message.user_id);
    if (message.original_destination) {
        headers.add_text("originalDestination", message.original_destination->text());
    }
    headers.end();
    return out;
}

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::plain:
            return "none";
        case Kind::text:
            return "text";
        case Kind::bytes:
            return "bytes";
        case Kind::map:
            return "map";
        case Kind::object:
            return "object";
        case Kind::stream:
            return "stream";
        case Kind::blob:
            return "blob";
    }
    return "none";
}

/// Adds type, body and encoding.
struct BodyWriter {
    Object& out;

    void operator()(std::monostate) const {
        out.add_text("type", "none");
        out.add("body", "null");
    }
    void operator()(const std::string& text) const {
        out.add_text("type", "text");
        out.add_text("body", text);
    }
    void operator()(const Map& map) const {
        out.add_text("type", "map");
        out.add("body", to_json(map));
    }
    void operator()(const Blob& bytes) const { add_bytes("bytes", bytes); }
    void operator()(const Message::Opaque& opaque) const {
        add_bytes(kind_name(opaque.kind), opaque.bytes);
    }

    void add_bytes(std::string_view type, const Blob& bytes) const {
        out.add_text("type", type);
        out.add_text("encoding", "base64");
        out.add_text("body", base64(as_text(bytes)));
    }
};

}  // namespace

std::string to_json(const Message& message) {
    std::string out;
    Object object(out);
    object.add("headers", headers_json(message));
    object.add("properties", to_json(message.properties));
    std::visit(BodyWriter{object}, message.body);
    object.end();
    return out;
}

std::string to_json(const Value& value) {
    return std::visit(
        []<class T>(const T& plain) -> std::string {
            if constexpr (std::is_same_v<T, std::monostate>) {
                return "null";
            } else if constexpr (std::is_same_v<T, bool>) {
                return plain ? "true" : "false";
            } else if constexpr (std::is_same_v<T, char16_t>) {
                return char_json(plain);
            } else if constexpr (std::is_same_v<T, std::string>) {
                return json_text(plain);
            } else if constexpr (std::is_same_v<T, Blob>) {
                return json_text(base64(as_text(plain)));
            } else if constexpr (std::is_same_v<T, Map> || std::is_same_v<T, List>) {
                return to_json(plain);
            } else {
                return number_json(plain);
            }
        },
        value.data);
}

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
                } else {
                    out += c;
                }
        }
    }
    return out + "\"";
}

}  // namespace tern::cli
