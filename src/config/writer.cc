#include "config/writer.h"

#include "config/schema_tables.h"
#include "config/xml.h"

namespace tern::config {
namespace {

constexpr std::string_view kNamespace = "http://activemq.apache.org/schema/core";

constexpr std::string_view kHidden = "${hidden}";

std::string attributes(const Element& schema, const void* object, Secrets secrets) {
    std::string text;
    for (const Attribute& attribute : schema.attributes) {
        const auto value = attribute.get ? attribute.get(object) : std::nullopt;
        if (!value) continue;
        const bool hidden = attribute.secret && secrets == Secrets::hidden;
        text += " " + std::string(attribute.name) + "=\"" +
                escape_xml(hidden ? kHidden : std::string_view(*value)) + "\"";
    }
    return text;
}

std::string children(const Element& schema, const void* object, const std::string& indent,
                     Secrets secrets);

std::string element(const Child& child, const void* part, const std::string& indent,
                    Secrets secrets) {
    const std::string name(child.name);
    const std::string said = attributes(child.schema(), part, secrets);
    const std::string inner = children(child.schema(), part, indent + "  ", secrets);
    if (said.empty() && inner.empty() && !child.says_something) return {};
    const std::string begin = indent + "<" + name + said;
    return inner.empty() ? begin + "/>\n" : begin + ">\n" + inner + indent + "</" + name + ">\n";
}

std::string children(const Element& schema, const void* object, const std::string& indent,
                     Secrets secrets) {
    std::string text;
    for (const Child& child : schema.children) {
        if (!child.each) continue;
        child.each(object,
                   [&](const void* part) { text += element(child, part, indent, secrets); });
    }
    return text;
}

}  // namespace

std::string to_xml(const Broker& broker, Secrets secrets) {
    const Element& schema = broker_schema();
    return "<broker xmlns=\"" + std::string(kNamespace) + "\"" +
           attributes(schema, &broker, secrets) + ">\n" + children(schema, &broker, "  ", secrets) +
           "</broker>\n";
}

}  // namespace tern::config
