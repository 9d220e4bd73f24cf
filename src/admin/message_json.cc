#include "admin/message_json.h"

#include "admin/views.h"
#include "message/format_name.h"

#include <cmath>
#include <limits>

namespace tern::admin {
namespace {

using message::HubBytes;
using message::HubDestination;
using message::HubList;
using message::HubMap;
using message::HubMessage;
using message::HubObject;
using message::HubValue;

constexpr std::size_t kPreviewBytes = 120;

std::string_view state_name(broker::Sight::State state) {
    switch (state) {
        case broker::Sight::State::ready:
            return "ready";
        case broker::Sight::State::delivered:
            return "delivered";
        case broker::Sight::State::in_transaction:
            return "in_transaction";
    }
    return "";
}

std::string name_of(const HubDestination& destination) {
    const std::string kind = destination.topic ? "topic://" : "queue://";
    return (destination.temporary ? "temp-" : "") + kind + destination.name;
}

std::string_view type_of(const HubMessage& message) {
    constexpr std::array<std::string_view, 6> kTypes{"none", "text", "bytes",
                                                     "list", "map",  "object"};
    return kTypes[message.body.index()];
}

json::object map_json(const HubMap& map) {
    json::object view;
    for (const auto& [key, value] : map.entries) view[clean_utf8(key)] = value_json(value);
    return view;
}

json::array list_json(const HubList& list) {
    json::array view;
    for (const HubValue& one : list.values) view.push_back(value_json(one));
    return view;
}

/// The beginning, without half a character at its end.
std::string_view beginning(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
    return text.substr(0, bytes);
}

void put_body(json::object& view, const HubMessage& message, std::size_t bytes_max) {
    view["body_type"] = type_of(message);
    if (const auto* const text = std::get_if<std::string>(&message.body)) {
        view["body"] = json_text(beginning(*text, bytes_max));
        view["body_bytes"] = text->size();
    } else if (const auto* const bytes = std::get_if<Buffer>(&message.body)) {
        view["body_base64"] = base64(as_text(bytes->bytes()).substr(0, bytes_max));
        view["body_bytes"] = bytes->size();
    } else if (const auto* const object = std::get_if<HubObject>(&message.body)) {
        view["body_base64"] = base64(as_text(object->bytes.bytes()).substr(0, bytes_max));
        view["body_bytes"] = object->bytes.size();
    } else if (const auto* const list = std::get_if<HubList>(&message.body)) {
        view["body"] = list_json(*list);
    } else if (const auto* const map = std::get_if<HubMap>(&message.body)) {
        view["body"] = map_json(*map);
    }
    const auto* const size = view.if_contains("body_bytes");
    view["body_truncated"] = size != nullptr && size->to_number<std::size_t>() > bytes_max;
}

json::object headers(const broker::Sight& sight) {
    const Message& message = *sight.delivery.message;
    const MessageHeader& header = message.header();
    json::object view{{"id", sight.delivery.tag.ordinal},
                      {"state", state_name(sight.state)},
                      {"format", name_of(header.format)},
                      {"durable", header.durable == Durable::yes},
                      {"priority", header.priority},
                      {"timestamp_ms", header.timestamp_ms},
                      {"expires_at_ms", header.expires_at_ms},
                      {"redeliveries", sight.delivery.failures},
                      {"bytes", message.stored()[0].size() + message.stored()[1].size()}};
    if (!header.group_id.empty()) {
        view["group"] = json_text(header.group_id);
        view["group_sequence"] = header.group_sequence;
    }
    if (sight.consumer) view["consumer"] = to_text(*sight.consumer);
    return view;
}

void put_hub_headers(json::object& view, const HubMessage& message) {
    view["message_id"] = json_text(message.message_id);
    view["type"] = json_text(message.type);
    view["correlation_id"] = json_text(message.correlation_id);
    if (message.reply_to) view["reply_to"] = json_text(name_of(*message.reply_to));
    if (message.to) view["destination"] = json_text(name_of(*message.to));
    if (!message.user_id.empty()) view["user_id"] = json_text(message.user_id);
    if (!message.content_type.empty()) view["content_type"] = json_text(message.content_type);
}

/// Reads members of an object; the first that is wrong is remembered.
class Reader {
public:
    explicit Reader(const json::object& from) : from_(from) {}

    std::string text(const char* name) {
        const json::value* const value = from_.if_contains(name);
        if (value == nullptr || value->is_null()) return {};
        if (value->is_string()) return std::string(value->get_string());
        fail(name, "a text");
        return {};
    }
    std::int64_t number(const char* name, std::int64_t otherwise, std::int64_t min,
                        std::int64_t max) {
        const json::value* const value = from_.if_contains(name);
        if (value == nullptr || value->is_null()) return otherwise;
        boost::json::error_code error;
        const auto number = value->to_number<std::int64_t>(error);
        if (!error && number >= min && number <= max) return number;
        fail(name, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
        return otherwise;
    }
    bool flag(const char* name, bool otherwise) {
        const json::value* const value = from_.if_contains(name);
        if (value == nullptr || value->is_null()) return otherwise;
        if (value->is_bool()) return value->get_bool();
        fail(name, "true or false");
        return otherwise;
    }
    void fail(const std::string& name, const std::string& wanted) {
        if (problem_.empty()) problem_ = "'" + name + "' must be " + wanted;
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    const json::object& from_;
    std::string problem_;
};

std::optional<HubValue> property(const json::value& value) {
    switch (value.kind()) {
        case json::kind::string:
            return HubValue{std::string(value.get_string())};
        case json::kind::bool_:
            return HubValue{value.get_bool()};
        case json::kind::double_:
            return HubValue{value.get_double()};
        case json::kind::int64: {
            const std::int64_t number = value.get_int64();
            const bool is_int = number >= std::numeric_limits<std::int32_t>::min() &&
                                number <= std::numeric_limits<std::int32_t>::max();
            if (is_int) return HubValue{static_cast<std::int32_t>(number)};
            return HubValue{number};
        }
        default:
            return std::nullopt;
    }
}

void read_properties(const json::object& from, Reader& reader, HubMessage& message) {
    const json::value* const properties = from.if_contains("properties");
    if (properties == nullptr || properties->is_null()) return;
    if (!properties->is_object()) return reader.fail("properties", "an object");
    for (const auto& [key, value] : properties->get_object()) {
        auto one = property(value);
        if (!one || key.empty()) {
            return reader.fail("properties", "texts, numbers of at most 63 bits, true or false");
        }
        message.properties.put(std::string_view(key), std::move(*one));
    }
}

void read_body(Reader& reader, HubMessage& message) {
    const std::string encoded = reader.text("body_base64");
    if (encoded.empty()) {
        message.body = reader.text("body");
        return;
    }
    std::string bytes;
    if (!decode_base64(encoded, bytes)) return reader.fail("body_base64", "base64");
    message.body = Buffer::copy_of(as_bytes(bytes));
}

}  // namespace

json::value value_json(const HubValue& value) {
    return std::visit(
        []<class T>(const T& plain) -> json::value {
            if constexpr (std::is_same_v<T, std::monostate>) {
                return nullptr;
            } else if constexpr (std::is_same_v<T, std::string>) {
                return json_text(plain);
            } else if constexpr (std::is_same_v<T, char16_t>) {
                return static_cast<std::int64_t>(plain);
            } else if constexpr (std::is_same_v<T, HubBytes>) {
                return json::object{{"base64", base64(plain.bytes)}};
            } else if constexpr (std::is_same_v<T, HubList>) {
                return list_json(plain);
            } else if constexpr (std::is_same_v<T, HubMap>) {
                return map_json(plain);
            } else if constexpr (std::is_floating_point_v<T>) {
                if (!std::isfinite(plain)) return json_text(std::to_string(plain));
                return static_cast<double>(plain);
            } else {
                return plain;
            }
        },
        value.value);
}

json::object message_row(const broker::Sight& sight, const message::Formats& formats) {
    json::object view = headers(sight);
    const auto read = formats.read(*sight.delivery.message);
    if (!read) return view;
    put_hub_headers(view, *read);
    view["body_type"] = type_of(*read);
    if (const auto* const text = std::get_if<std::string>(&read->body)) {
        view["preview"] = json_text(beginning(*text, kPreviewBytes));
        view["body_bytes"] = text->size();
    }
    return view;
}

json::object message_json(const broker::Sight& sight, const message::Formats& formats,
                          std::size_t body_bytes_max) {
    json::object view = headers(sight);
    const auto read = formats.read(*sight.delivery.message);
    if (!read) {
        view["unreadable"] = json_text(read.error().message());
        return view;
    }
    put_hub_headers(view, *read);
    view["properties"] = map_json(read->properties);
    put_body(view, *read, body_bytes_max);
    return view;
}

std::expected<HubMessage, std::string> parse_message(const json::object& from,
                                                     std::int64_t now_ms) {
    constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
    Reader reader(from);
    HubMessage message;
    message.durable = reader.flag("durable", true) ? Durable::yes : Durable::no;
    message.priority = static_cast<std::uint8_t>(reader.number("priority", 4, 0, 9));
    message.timestamp_ms = now_ms;
    const std::int64_t ttl = reader.number("ttl_ms", 0, 0, kMax * 1000);
    if (ttl > 0) message.expires_at_ms = now_ms + ttl;
    message.group_id = reader.text("group");
    message.group_sequence =
        static_cast<std::int32_t>(reader.number("group_sequence", 0, -kMax, kMax));
    message.type = reader.text("type");
    message.correlation_id = reader.text("correlation_id");
    message.content_type = reader.text("content_type");
    if (const std::string reply_to = reader.text("reply_to"); !reply_to.empty()) {
        const auto to = parse_destination(reply_to);
        if (to) {
            message.reply_to = HubDestination{
                .topic = to->domain == broker::Domain::topic, .temporary = false, .name = to->name};
        } else {
            reader.fail("reply_to", "a destination such as queue://NAME");
        }
    }
    read_properties(from, reader, message);
    read_body(reader, message);
    if (!reader.problem().empty()) return std::unexpected(reader.problem());
    return message;
}

std::string message_id(const Message& message, const message::Formats& formats) {
    std::string scratch;
    const auto found = formats.find(message, "JMSMessageID", scratch);
    const auto* const text = std::get_if<std::string_view>(&found);
    return text == nullptr ? std::string() : std::string(*text);
}

}  // namespace tern::admin
