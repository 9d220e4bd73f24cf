#include "protocol/amqp091/json_table.h"

#include "bytes/byte_writer.h"
#include "bytes/utf8.h"
#include "protocol/amqp091/codec/content.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cmath>
#include <utility>

namespace tern::amqp091 {
namespace {

namespace json = boost::json;

json::string text_json(std::string_view text) {
    return json::string(clean_utf8(text));
}

FieldValue value_from(const json::value& from) {
    switch (from.kind()) {
        case json::kind::null:
            return {};
        case json::kind::bool_:
            return {from.get_bool()};
        case json::kind::int64:
            return {std::int64_t{from.get_int64()}};
        case json::kind::uint64:
            return {static_cast<double>(from.get_uint64())};
        case json::kind::double_:
            return {from.get_double()};
        case json::kind::string:
            return {std::string(from.get_string())};
        case json::kind::array: {
            FieldArray array;
            for (const json::value& one : from.get_array()) array.values.push_back(value_from(one));
            return {std::move(array)};
        }
        case json::kind::object:
            return {table_from(from.get_object())};
    }
    return {};
}

json::object object_of(const FieldTable& table);

json::value value_json(const FieldValue& value);

struct Write {
    json::value operator()(std::monostate) const { return nullptr; }
    json::value operator()(bool v) const { return v; }
    json::value operator()(float v) const { return (*this)(double{v}); }
    json::value operator()(double v) const {
        return std::isfinite(v) ? json::value(v) : json::value(nullptr);
    }
    json::value operator()(const Decimal& v) const {
        return static_cast<double>(v.value) / std::pow(10.0, v.scale);
    }
    json::value operator()(const std::string& v) const { return text_json(v); }
    json::value operator()(const BinaryValue& v) const { return text_json(v.bytes); }
    json::value operator()(const Timestamp& v) const { return v.seconds; }
    json::value operator()(const FieldArray& v) const {
        json::array list;
        for (const FieldValue& one : v.values) list.push_back(value_json(one));
        return list;
    }
    json::value operator()(const FieldTable& v) const { return object_of(v); }
    json::value operator()(auto integer) const { return std::int64_t{integer}; }
};

json::value value_json(const FieldValue& value) {
    return std::visit(Write(), value.value);
}

json::object object_of(const FieldTable& table) {
    json::object object;
    for (const FieldEntry& entry : table.entries) {
        const json::string name = text_json(entry.first);
        if (!object.contains(name)) object[name] = value_json(entry.second);
    }
    return object;
}

using TextField = std::optional<std::string_view> Properties::*;
constexpr std::array<std::pair<std::string_view, TextField>, 10> kTexts{
    {{"content_type", &Properties::content_type},
     {"content_encoding", &Properties::content_encoding},
     {"correlation_id", &Properties::correlation_id},
     {"reply_to", &Properties::reply_to},
     {"expiration", &Properties::expiration},
     {"message_id", &Properties::message_id},
     {"type", &Properties::type},
     {"user_id", &Properties::user_id},
     {"app_id", &Properties::app_id},
     {"cluster_id", &Properties::cluster_id}}};

/// A whole number up to `max`; nothing: it is none.
std::optional<std::uint64_t> number_from(const json::value& value, std::uint64_t max) {
    if (!value.is_int64() || value.get_int64() < 0) return {};
    const auto number = static_cast<std::uint64_t>(value.get_int64());
    return number <= max ? std::optional(number) : std::nullopt;
}

}  // namespace

FieldTable table_from(const json::object& object) {
    FieldTable table;
    for (const auto& member : object) table.put(member.key(), value_from(member.value()));
    return table;
}

json::object table_json(Bytes entries) {
    return object_of(decode_table(entries).value_or(FieldTable()));
}

std::expected<std::string, std::string> properties_from(const json::object& object) {
    Properties properties;
    ByteWriter headers;
    for (const auto& [name, field] : kTexts) {
        const json::value* const value = object.if_contains(name);
        if (value == nullptr) continue;
        constexpr std::size_t kShortTextMax = 255;
        if (!value->is_string() || value->get_string().size() > kShortTextMax) {
            return std::unexpected(std::string(name));
        }
        properties.*field = std::string_view(value->get_string());
    }
    if (const json::value* const value = object.if_contains("headers")) {
        if (!value->is_object()) return std::unexpected("headers");
        encode_entries(headers, table_from(value->get_object()));
        properties.headers = headers.bytes();
    }
    constexpr std::uint64_t kOctet = 255;
    for (const auto& [name, field] : {std::pair("delivery_mode", &Properties::delivery_mode),
                                      std::pair("priority", &Properties::priority)}) {
        const json::value* const value = object.if_contains(name);
        if (value == nullptr) continue;
        const auto number = number_from(*value, kOctet);
        if (!number) return std::unexpected(name);
        properties.*field = static_cast<std::uint8_t>(*number);
    }
    if (const json::value* const value = object.if_contains("timestamp")) {
        properties.timestamp = number_from(*value, INT64_MAX);
        if (!properties.timestamp) return std::unexpected("timestamp");
    }
    ByteWriter raw;
    encode_properties(raw, properties);
    return std::string(as_text(raw.bytes()));
}

json::object properties_json(Bytes raw) {
    json::object object;
    const auto properties = decode_properties(raw);
    if (!properties) return object;
    for (const auto& [name, field] : kTexts) {
        if (const auto& text = (*properties).*field) object[name] = text_json(*text);
    }
    if (properties->headers) object["headers"] = table_json(*properties->headers);
    if (properties->delivery_mode) object["delivery_mode"] = *properties->delivery_mode;
    if (properties->priority) object["priority"] = *properties->priority;
    if (properties->timestamp) object["timestamp"] = *properties->timestamp;
    return object;
}

}  // namespace tern::amqp091
