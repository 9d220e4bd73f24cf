#include "config/writer.h"

#include "config/schema_tables.h"
#include "config/xml.h"

namespace tern::config {
namespace {

constexpr std::string_view kNamespace = "http://activemq.apache.org/schema/core";

std::string attributes(const Element& schema, const void* object) {
    std::string text;
    for (const Attribute& attribute : schema.attributes) {
        const auto value = attribute.get ? attribute.get(object) : std::nullopt;
        if (!value) continue;
        text += " " + std::string(attribute.name) + "=\"" + escape_xml(*value) + "\"";
    }
    return text;
}

std::string children(const Element& schema, const void* object, const std::string& indent);

std::string element(const Child& child, const void* part, const std::string& indent) {
    const std::string name(child.name);
    const std::string said = attributes(child.schema(), part);
    const std::string inner = children(child.schema(), part, indent + "  ");
    if (said.empty() && inner.empty() && !child.says_something) return {};
    const std::string begin = indent + "<" + name + said;
    return inner.empty() ? begin + "/>\n" : begin + ">\n" + inner + indent + "</" + name + ">\n";
}

std::string children(const Element& schema, const void* object, const std::string& indent) {
    std::string text;
    for (const Child& child : schema.children) {
        if (!child.each) continue;
        child.each(object, [&](const void* part) { text += element(child, part, indent); });
    }
    return text;
}

}  // namespace

std::string to_xml(const Broker& broker) {
    const Element& schema = broker_schema();
    return "<broker xmlns=\"" + std::string(kNamespace) + "\"" + attributes(schema, &broker) +
           ">\n" + children(schema, &broker, "  ") + "</broker>\n";
}

}  // namespace tern::config
