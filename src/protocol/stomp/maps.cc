#include "protocol/stomp/maps.h"

#include "bytes/base64.h"
#include "bytes/buffer.h"
#include "bytes/utf8.h"
#include "protocol/stomp/number.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <pugixml.hpp>
#include <sstream>

namespace tern::stomp {
namespace {

namespace json = boost::json;
using message::HubBytes;
using message::HubList;
using message::HubMap;
using message::HubValue;
using Read = std::expected<HubValue, std::string>;

constexpr std::size_t kDepthMax = 32;

// ---- values by the names of their types

struct Written {
    std::string_view type;
    std::string text;
};

std::string utf8(char16_t unit) {
    std::string text;
    append_utf8(text, unit);
    return text;
}

/// As Java reads it.
template <class Float>
std::string decimal(Float value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return fmt::format("{}", value);
}

/// Nothing for what has no name here.
struct Writer {
    using Result = std::optional<Written>;

    Result operator()(std::monostate) const { return Written{"null", ""}; }
    Result operator()(bool v) const { return Written{"boolean", v ? "true" : "false"}; }
    Result operator()(std::int8_t v) const { return Written{"byte", std::to_string(v)}; }
    Result operator()(std::int16_t v) const { return Written{"short", std::to_string(v)}; }
    Result operator()(char16_t v) const { return Written{"char", utf8(v)}; }
    Result operator()(std::int32_t v) const { return Written{"int", std::to_string(v)}; }
    Result operator()(std::int64_t v) const { return Written{"long", std::to_string(v)}; }
    Result operator()(float v) const { return Written{"float", decimal(v)}; }
    Result operator()(double v) const { return Written{"double", decimal(v)}; }
    Result operator()(const std::string& v) const { return Written{"string", v}; }
    Result operator()(const HubBytes& v) const { return Written{"byte-array", base64(v.bytes)}; }
    Result operator()(const HubList&) const { return {}; }
    Result operator()(const HubMap&) const { return {}; }
};

template <class T>
Read number(std::string_view type, std::string_view text) {
    const auto value = parse_number<T>(text);
    if (!value) return std::unexpected(fmt::format("'{}' is no {}", text, type));
    return HubValue{*value};
}

Read read_char(std::string_view text) {
    const Bytes in = as_bytes(text);
    if (in.size() == 1 && in[0] < 0x80) return HubValue{static_cast<char16_t>(in[0])};
    if (in.size() == 2)
        return HubValue{static_cast<char16_t>((in[0] & 0x1F) << 6 | (in[1] & 0x3F))};
    const bool surrogate = in.size() == 3 && in[0] == 0xED && in[1] >= 0xA0;
    if (in.size() == 3 && !surrogate) {
        return HubValue{
            static_cast<char16_t>((in[0] & 0x0F) << 12 | (in[1] & 0x3F) << 6 | (in[2] & 0x3F))};
    }
    return std::unexpected("a char is one character");
}

Read read_value(std::string_view type, std::string_view text) {
    if (type == "string") return HubValue{std::string(text)};
    if (type == "int") return number<std::int32_t>(type, text);
    if (type == "long") return number<std::int64_t>(type, text);
    if (type == "double") return number<double>(type, text);
    if (type == "float") return number<float>(type, text);
    if (type == "short") return number<std::int16_t>(type, text);
    if (type == "byte") {
        const auto wide = number<std::int16_t>(type, text);
        if (!wide) return wide;
        const auto value = std::get<std::int16_t>(wide->value);
        if (value < INT8_MIN || value > INT8_MAX) return std::unexpected("a byte out of range");
        return HubValue{static_cast<std::int8_t>(value)};
    }
    if (type == "boolean" && (text == "true" || text == "false")) return HubValue{text == "true"};
    if (type == "char") return read_char(text);
    if (type == "null") return HubValue{};
    if (type == "byte-array") {
        HubBytes value;
        if (!decode_base64(text, value.bytes)) return std::unexpected("a byte-array is base64");
        return HubValue{std::move(value)};
    }
    return std::unexpected(fmt::format("there is no value '{}' of a type '{}'", text, type));
}

// ---- JSON

std::optional<std::string> text_of(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_null()) return std::string();
    if (value.is_object() || value.is_array()) return {};
    return json::serialize(value);
}

std::optional<std::string> read_json_entry(const json::value& entry, HubMap& map) {
    const json::object* const fields = entry.if_object();
    const json::value* const key = fields == nullptr ? nullptr : fields->if_contains("string");
    if (key == nullptr) return "an entry without a string, its key";
    if (const json::array* const both = key->if_array()) {
        if (both->size() != 2 || !both->at(0).is_string() || !both->at(1).is_string()) {
            return "an entry of texts has two of them";
        }
        map.put(both->at(0).get_string(), {std::string(both->at(1).get_string())});
        return {};
    }
    if (!key->is_string() || fields->size() != 2) return "an entry is a key and a value";
    const auto& other =
        fields->begin()->key() == "string" ? *std::next(fields->begin()) : *fields->begin();
    const auto text = text_of(other.value());
    if (!text) return "a value within a value";
    auto value = read_value(other.key(), *text);
    if (!value) return value.error();
    map.put(key->get_string(), std::move(*value));
    return {};
}

std::expected<HubMap, std::string> read_json(std::string_view text) {
    boost::system::error_code error;
    const json::value whole = json::parse(text, error, {}, {.max_depth = kDepthMax});
    if (error) return std::unexpected("no JSON: " + error.message());
    const json::object* const outer = whole.if_object();
    const json::value* const inner = outer == nullptr ? nullptr : outer->if_contains("map");
    if (inner == nullptr || outer->size() != 1) return std::unexpected("no map in it");
    HubMap map;
    if (inner->is_string() && inner->get_string().empty()) return map;  // as XStream writes none
    const json::object* const entries = inner->if_object();
    if (entries == nullptr) return std::unexpected("the map has no entries");
    for (const auto& [name, content] : *entries) {
        if (name != "entry") return std::unexpected("a map has entries and nothing else");
        const json::array* const several = content.if_array();
        if (several == nullptr) {
            if (auto problem = read_json_entry(content, map)) return std::unexpected(*problem);
            continue;
        }
        for (const json::value& one : *several) {
            if (auto problem = read_json_entry(one, map)) return std::unexpected(*problem);
        }
    }
    return map;
}

json::value json_value(const Written& written, const HubValue& value) {
    if (const auto* flag = std::get_if<bool>(&value.value)) return *flag;
    if (const auto* number = std::get_if<std::int8_t>(&value.value)) return *number;
    if (const auto* number = std::get_if<std::int16_t>(&value.value)) return *number;
    if (const auto* number = std::get_if<std::int32_t>(&value.value)) return *number;
    if (const auto* number = std::get_if<std::int64_t>(&value.value)) return *number;
    return json::string(written.text);
}

std::string write_json(const HubMap& map) {
    json::array entries;
    for (const auto& [key, value] : map.entries) {
        const auto written = std::visit(Writer(), value.value);
        if (!written) continue;
        json::object entry;
        if (written->type == "string") {
            entry.emplace("string", json::array{json::string(key), json::string(written->text)});
        } else {
            entry.emplace("string", json::string(key));
            entry.emplace(written->type, json_value(*written, value));
        }
        entries.push_back(std::move(entry));
    }
    json::object outer;
    if (entries.empty()) {
        outer.emplace("map", "");
    } else if (entries.size() == 1) {
        outer.emplace("map", json::object{{"entry", entries.front()}});
    } else {
        outer.emplace("map", json::object{{"entry", std::move(entries)}});
    }
    return json::serialize(outer);
}

// ---- XML

std::expected<HubMap, std::string> read_xml(std::string_view text) {
    pugi::xml_document document;
    const unsigned options = pugi::parse_default | pugi::parse_ws_pcdata_single;
    const auto parsed =
        document.load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
    if (!parsed) return std::unexpected(fmt::format("no XML: {}", parsed.description()));
    const pugi::xml_node root = document.document_element();
    if (root.name() != std::string_view("map")) return std::unexpected("no map in it");
    HubMap map;
    for (const pugi::xml_node entry : root.children()) {
        if (entry.type() != pugi::node_element) continue;
        std::array<pugi::xml_node, 2> parts;
        std::size_t count = 0;
        for (const pugi::xml_node part : entry.children()) {
            if (part.type() != pugi::node_element) continue;
            if (count < parts.size()) parts.at(count) = part;
            ++count;
        }
        if (entry.name() != std::string_view("entry") || count != parts.size() ||
            parts[0].name() != std::string_view("string")) {
            return std::unexpected("an entry is a string, its key, and a value");
        }
        auto value = read_value(parts[1].name(), parts[1].text().get());
        if (!value) return std::unexpected(value.error());
        map.put(parts[0].text().get(), std::move(*value));
    }
    return map;
}

std::string write_xml(const HubMap& map) {
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("map");
    for (const auto& [key, value] : map.entries) {
        const auto written = std::visit(Writer(), value.value);
        if (!written) continue;
        pugi::xml_node entry = root.append_child("entry");
        entry.append_child("string").text().set(key.c_str());
        const std::string type(written->type);
        entry.append_child(type.c_str()).text().set(written->text.c_str());
    }
    std::ostringstream out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return out.str();
}

}  // namespace

std::optional<MapText> map_text(BodyKind kind) {
    if (kind == BodyKind::map_json) return MapText::json;
    if (kind == BodyKind::map_xml) return MapText::xml;
    return {};
}

std::optional<MapText> map_text(std::string_view transformation) {
    if (transformation == "jms-map-json" || transformation == "jms-json") return MapText::json;
    if (transformation == "jms-map-xml" || transformation == "jms-xml") return MapText::xml;
    return {};
}

std::expected<HubMap, std::string> read_map(MapText form, std::string_view text) {
    return form == MapText::json ? read_json(text) : read_xml(text);
}

std::string write_map(MapText form, const HubMap& map) {
    return form == MapText::json ? write_json(map) : write_xml(map);
}

}  // namespace tern::stomp
