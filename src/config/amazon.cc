#include "config/amazon.h"

#include "config/amazon_rules.h"
#include "config/load.h"
#include "config/values.h"
#include "config/xml.h"

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

namespace tern::config {
namespace {

using amazon::collection_rules;
using amazon::element_rules;
using amazon::lists;
using Reason = AmazonWarning::Reason;

constexpr std::int32_t kHeapPercentMax = 70;

/// As Amazon MQ reads a name: without its prefix.
std::string_view local(std::string_view name) {
    return name.substr(name.find(':') + 1);
}

std::string_view attributes_of(std::string_view element) {
    const auto found = std::ranges::find(element_rules(), element, &amazon::ElementRule::name);
    return found == element_rules().end() ? std::string_view() : found->attributes;
}

const amazon::CollectionRule* collection(std::string_view parent, std::string_view name) {
    const auto found = std::ranges::find_if(collection_rules(), [&](const auto& rule) {
        return rule.parent == parent && rule.collection == name;
    });
    return found == collection_rules().end() ? nullptr : &*found;
}

/// Whether a value is one of those that only Spring knows, or that Amazon MQ does not allow.
bool is_invalid(std::string_view element, std::string_view attribute, const std::string& value) {
    if (value.find("${") != std::string::npos || value.find("#{") != std::string::npos) return true;
    if (value.starts_with('#')) return true;
    return element == "memoryUsage" && attribute == "percentOfJvmHeap" &&
           !parse_integer(value, {0, kHeapPercentMax});
}

/// Walks the document twice at once: the library's tree, which is written again with its comments,
/// and ours, which knows where everything stands.
class Sanitizer {
public:
    explicit Sanitizer(AmazonDocument& out) : out_(out) {}

    void clean(pugi::xml_node node, const XmlElement& element) {
        clean_attributes(node, element, attributes_of(element.name));
        for_each_child(node, element, [&](pugi::xml_node child, const XmlElement& known) {
            const amazon::CollectionRule* const rule = collection(element.name, known.name);
            if (rule == nullptr) return remove(child, known);
            clean_collection(child, known, rule->children);
        });
    }

private:
    void clean_collection(pugi::xml_node node, const XmlElement& element,
                          std::string_view children) {
        // A collection of one may be that one itself, as in <tempDestinationAuthorizationEntry>.
        clean_attributes(node, element,
                         element.children.empty() ? attributes_of(element.name) : "");
        for_each_child(node, element, [&](pugi::xml_node child, const XmlElement& known) {
            if (!lists(children, known.name)) return remove(child, known);
            if (known.name == "transportConnector") check_connector(known);
            clean(child, known);
        });
    }

    template <class Use>
    static void for_each_child(pugi::xml_node node, const XmlElement& element, const Use& use) {
        auto known = element.children.begin();
        for (pugi::xml_node child = node.first_child(); child;) {
            const pugi::xml_node next = child.next_sibling();
            if (child.type() == pugi::node_element) use(child, *known++);
            child = next;
        }
    }

    void remove(pugi::xml_node node, const XmlElement& element) {
        out_.warnings.push_back({element.place, element.name, {}, Reason::element});
        node.parent().remove_child(node);
    }

    void clean_attributes(pugi::xml_node node, const XmlElement& element,
                          std::string_view allowed) {
        for (const XmlAttribute& one : element.attributes) {
            const std::string_view name = one.name;
            if (name == "xmlns" || name.starts_with("xmlns:")) continue;
            const bool known = lists(allowed, local(name));
            if (known && !is_invalid(element.name, name, one.value)) continue;
            out_.warnings.push_back({one.place, element.name, std::string(local(name)),
                                     known ? Reason::value : Reason::attribute});
            node.remove_attribute(one.name.c_str());
        }
    }

    void check_connector(const XmlElement& connector) {
        const std::string_view name = connector.attribute("name");
        if (lists(amazon::kConnectors, name)) return;
        out_.problems.push_back({connector.place, "there is no transportConnector '" +
                                                      std::string(name) + "': name one of " +
                                                      std::string(amazon::kConnectors)});
    }

    AmazonDocument& out_;
};

/// What may stand around elements and Amazon MQ does not take.
std::optional<std::string> forbidden(const pugi::xml_node& node) {
    for (const pugi::xml_node child : node.children()) {
        if (child.type() == pugi::node_doctype) return "a document type is not allowed";
        if (child.type() == pugi::node_pi) return "processing instructions are not allowed";
        if (auto problem = forbidden(child)) return problem;
    }
    return {};
}

/// Whether a broker could start with what is stored: its structure is right.
void check_structure(AmazonDocument& out) {
    Sources sources;
    sources.document = "data";
    const Loaded loaded = load(out.text, sources);
    for (const Finding& finding : loaded.report.findings) {
        // Amazon MQ says itself where its brokers listen, and who their users are.
        const bool amazons = finding.why == "needs the attribute 'uri'" ||
                             finding.why.starts_with("has an authorizationPlugin, but nothing");
        if (finding.kind != Finding::Kind::rejected || amazons) continue;
        out.problems.push_back({finding.place, finding.what + ": " + finding.why});
    }
}

}  // namespace

AmazonDocument sanitize_for_amazon(std::string_view text) {
    AmazonDocument out;
    const auto root = parse_xml(text);
    if (!root) {
        out.problems.push_back(root.error());
        return out;
    }
    if (root->name != "broker") {
        out.problems.push_back({root->place, "the outermost element should be broker"});
        return out;
    }
    constexpr unsigned kAll = pugi::parse_cdata | pugi::parse_comments | pugi::parse_ws_pcdata |
                              pugi::parse_escapes | pugi::parse_doctype | pugi::parse_pi;
    pugi::xml_document document;
    const pugi::xml_parse_result parsed =
        document.load_buffer(text.data(), text.size(), kAll, pugi::encoding_utf8);
    if (!parsed) {
        out.problems.push_back({{1, 1}, std::string("this is no XML: ") + parsed.description()});
        return out;
    }
    if (const auto problem = forbidden(document)) {
        out.problems.push_back({{1, 1}, *problem});
        return out;
    }
    Sanitizer(out).clean(document.document_element(), *root);
    std::ostringstream stored;
    stored << "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    document.save(stored, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    out.text = stored.str();
    check_structure(out);
    if (!out.problems.empty()) out.text.clear();
    return out;
}

std::string_view to_text(AmazonWarning::Reason reason) {
    switch (reason) {
        case Reason::element:
            return "DISALLOWED_ELEMENT_REMOVED";
        case Reason::attribute:
            return "DISALLOWED_ATTRIBUTE_REMOVED";
        case Reason::value:
            break;
    }
    return "INVALID_ATTRIBUTE_VALUE_REMOVED";
}

}  // namespace tern::config
