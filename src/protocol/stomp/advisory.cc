#include "protocol/stomp/advisory.h"

#include "bytes/base64.h"
#include "bytes/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <pugixml.hpp>
#include <sstream>

namespace tern::stomp {
namespace {

namespace json = boost::json;
using message::HubBytes;
using message::HubList;
using message::HubMap;
using message::HubValue;

/// Where a value's class does not go by its name: an attribute in XML.
constexpr std::string_view kClass = "@class";

json::object to_json(const HubMap& map);

struct Writer {
    json::value operator()(std::monostate) const { return nullptr; }
    json::value operator()(bool v) const { return v; }
    json::value operator()(char16_t v) const {
        std::string text;
        append_utf8(text, v);
        return json::string(text);
    }
    json::value operator()(const std::string& v) const { return json::string(v); }
    json::value operator()(const HubBytes& v) const { return json::string(base64(v.bytes)); }
    json::value operator()(const HubList& v) const {
        json::array list;
        for (const HubValue& one : v.values) list.push_back(std::visit(Writer(), one.value));
        return list;
    }
    json::value operator()(const HubMap& v) const { return to_json(v); }
    template <class Number>
    json::value operator()(Number v) const {
        return v;
    }
};

json::object to_json(const HubMap& map) {
    json::object out;
    for (const auto& [name, value] : map.entries) {
        out.emplace(name, std::visit(Writer(), value.value));
    }
    return out;
}

/// An element's content. Lists, which an advisory has none of, are left out.
void append(pugi::xml_node& to, const json::value& value) {
    if (const json::object* const fields = value.if_object()) {
        for (const auto& [name, field] : *fields) {
            if (name == kClass) {
                to.append_attribute("class").set_value(field.as_string().c_str());
                continue;
            }
            pugi::xml_node inner = to.append_child(std::string(name).c_str());
            append(inner, field);
        }
    } else if (const json::string* const text = value.if_string()) {
        to.text().set(text->c_str());
    } else if (!value.is_null() && !value.is_array()) {
        to.text().set(json::serialize(value).c_str());
    }
}

}  // namespace

bool is_advisory(const message::HubMessage& hub) {
    return hub.to && hub.to->topic && hub.to->name.starts_with("ActiveMQ.Advisory.") &&
           std::holds_alternative<HubMap>(hub.body);
}

std::string write_advisory_json(const HubMap& body) {
    return json::serialize(to_json(body));
}

std::string advisory_xml(std::string_view text) {
    boost::system::error_code error;
    const json::value whole = json::parse(text, error);
    if (error || !whole.is_object()) return {};  // it was written here
    pugi::xml_document document;
    append(document, whole);
    std::ostringstream out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return out.str();
}

}  // namespace tern::stomp
