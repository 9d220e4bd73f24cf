#include "config/reader.h"

#include <algorithm>
#include <set>

namespace tern::config {
namespace {

Finding::Kind kind_of(Support::Kind kind) {
    switch (kind) {
        case Support::Kind::applied:
            return Finding::Kind::applied;
        case Support::Kind::no_effect:
            return Finding::Kind::no_effect;
        case Support::Kind::rejected:
            break;
    }
    return Finding::Kind::rejected;
}

/// What only XML and Spring themselves look at.
bool is_markup(std::string_view attribute) {
    return attribute == "xmlns" || attribute.find(':') != std::string_view::npos;
}

template <class Named>
const Named* find(const std::vector<Named>& all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &Named::name);
    return found == all.end() ? nullptr : &*found;
}

template <class Named>
std::string suggest(const std::vector<Named>& all, std::string_view name) {
    std::vector<std::string_view> names;
    names.reserve(all.size());
    for (const Named& one : all) names.push_back(one.name);
    const std::string near = nearest(name, names);
    return near.empty() ? std::string() : ": did you mean '" + near + "'?";
}

class Reader {
public:
    Reader(const Values& values, Report& report) : values_(values), report_(report) {}

    void read(const XmlElement& element, const Element& schema, void* object,
              const std::string& path) {
        for (const XmlAttribute& attribute : element.attributes) {
            if (!is_markup(attribute.name)) read_attribute(attribute, schema, object, path);
        }
        for (const Attribute& attribute : schema.attributes) {
            if (attribute.required && !has_value(element, schema, attribute.name)) {
                reject(element.place, path, "needs " + form_of(schema, attribute.name));
            }
        }
        if (!element.text.empty()) read_text(element, schema, object, path);
        read_children(element, schema, object, path);
        if (!schema.check) return;
        if (const auto problem = schema.check(object)) reject(element.place, path, *problem);
    }

private:
    void reject(Place place, const std::string& what, std::string why) {
        report_.add(place, Finding::Kind::rejected, what, std::move(why));
    }

    void read_attribute(const XmlAttribute& attribute, const Element& schema, void* object,
                        const std::string& path) {
        const std::string what = path + "@" + attribute.name;
        const Attribute* known = find(schema.attributes, attribute.name);
        if (known == nullptr && attribute.name == "id") {
            return report_.add(attribute.place, Finding::Kind::no_effect, what,
                               "names the element within a Spring document");
        }
        if (known == nullptr && find(schema.children, attribute.name) != nullptr) {
            return reject(attribute.place, what,
                          "is an element, or '#ID' of a bean that the document has");
        }
        if (known == nullptr) {
            return reject(
                attribute.place, what,
                "there is no such attribute" + suggest(schema.attributes, attribute.name));
        }
        read_value(attribute.place, attribute.value, *known, object, what);
    }

    void read_value(Place place, const std::string& text, const Attribute& known, void* object,
                    const std::string& what) {
        const auto value = plain_value(text, values_);
        if (!value) return reject(place, what, value.error());
        if (const auto wanted = known.set(object, *value)) {
            return reject(place, what, "'" + *value + "' should be " + *wanted);
        }
        report_.add(place, kind_of(known.support.kind), what, std::string(known.support.why));
        if (!known.parts) return;
        known.parts(*value, [&](const std::string& part, Support::Kind kind, std::string why) {
            report_.add(place, kind_of(kind), what + "?" + part, std::move(why));
        });
    }

    void read_text(const XmlElement& element, const Element& schema, void* object,
                   const std::string& path) {
        const Attribute* known = find(schema.attributes, schema.text_is);
        if (known == nullptr) return reject(element.place, path, "text says nothing here");
        read_value(element.place, element.text, *known, object, path);
    }

    void read_children(const XmlElement& element, const Element& schema, void* object,
                       const std::string& path) {
        std::set<std::string_view> seen;
        for (const XmlElement& child : element.children) {
            const Child* known = find(schema.children, child.name);
            const Attribute* value =
                schema.values_are_elements ? find(schema.attributes, child.name) : nullptr;
            const std::string child_path = path + "/" + child.name;
            if (known == nullptr && value == nullptr) {
                reject_unknown(child, schema, child_path);
            } else if (!seen.insert(child.name).second &&
                       (known == nullptr || !known->repeatable)) {
                reject(child.place, child_path, "is given twice");
            } else if (known != nullptr) {
                read_child(child, *known, object, child_path);
            } else if (!child.children.empty()) {
                reject(child.place, child_path, "should be a value");
            } else {
                read_value(child.place, child.text, *value, object, child_path);
            }
        }
    }

    static bool has_value(const XmlElement& element, const Element& schema, std::string_view name) {
        if (!element.attribute(name).empty()) return true;
        if (schema.text_is == name) return !element.text.empty();
        const XmlElement* const child = schema.values_are_elements ? element.child(name) : nullptr;
        return child != nullptr && !child->text.empty();
    }
    static std::string form_of(const Element& schema, std::string_view name) {
        if (schema.text_is == name) return "text between its tags";
        return (schema.values_are_elements ? "the element '" : "the attribute '") +
               std::string(name) + "'";
    }

    void read_child(const XmlElement& child, const Child& known, void* object,
                    const std::string& path) {
        report_.add(child.place, kind_of(known.support.kind), path, std::string(known.support.why));
        if (known.schema == nullptr || known.support.kind == Support::Kind::rejected) return;
        read(child, known.schema(), known.enter(object), path);
    }

    void reject_unknown(const XmlElement& child, const Element& schema, const std::string& path) {
        if (const Attribute* const known = find(schema.attributes, child.name)) {
            // A Java object instead of a value, on which nothing depends anyway.
            if (known->support.kind == Support::Kind::no_effect && !child.children.empty()) {
                return report_.add(child.place, Finding::Kind::no_effect, path,
                                   std::string(known->support.why));
            }
            return reject(child.place, path, "is an attribute: write " + child.name + "=\"…\"");
        }
        if (child.name == "bean") {
            return reject(
                child.place, path,
                "the Java class '" + std::string(child.attribute("class")) + "' cannot run here");
        }
        std::string near = suggest(schema.children, child.name);
        if (near.empty() && schema.values_are_elements)
            near = suggest(schema.attributes, child.name);
        reject(child.place, path, "there is no such element" + near);
    }

    const Values& values_;
    Report& report_;
};

}  // namespace

std::expected<std::string, std::string> plain_value(const std::string& text, const Values& values) {
    std::string problem;
    const auto resolved = resolve(text, values.lookup, problem);
    if (!resolved) return std::unexpected(problem);
    if (resolved->find("#{") != std::string::npos) {
        return std::unexpected("expressions in '#{…}' are not evaluated here");
    }
    const std::string_view whole = trim(*resolved);
    if (!whole.starts_with("ENC(") || !whole.ends_with(')')) return *resolved;
    if (!values.decrypt) return std::unexpected("there is no key to decrypt 'ENC(…)' with");
    return values.decrypt(whole.substr(4, whole.size() - 5));
}

void read_element(const XmlElement& element, const Element& schema, void* object,
                  const Values& values, const std::string& path, Report& report) {
    Reader(values, report).read(element, schema, object, path);
}

}  // namespace tern::config
