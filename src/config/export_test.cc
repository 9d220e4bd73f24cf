// What a document may say of a broker is all there when it is written again: each attribute of the
// tables, one by one, with everything around it that it needs.

#include "config/load.h"
#include "config/schema_tables.h"
#include "config/writer.h"
#include "config/xml.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace tern::config {
namespace {

using testing::IsEmpty;

/// Of these some value suits every attribute there is, and is not its default.
constexpr std::array<std::string_view, 25> kValues{
    "true",      "false", "7",          "0",         "3 mb",
    "0.25",      "a.b",   "n = 1",      "tcp://h:1", "bucket?bucketCount=8",
    "simple",    "never", "COMMIT",     "PAGE",      "KILL",
    "MULTICAST", "FORCE", "OFF",        "50",        "70000",
    "a.b,c.d",   "group", "ldap://h:1", "${x}",      "quorum"};

std::string escaped_attribute(std::string_view name, std::string_view value) {
    return " " + std::string(name) + "=\"" + escape_xml(value) + "\"";
}

/// A way from `broker` to an attribute: elements, each with what it must say.
class Paths {
public:
    using Use = std::function<void(const Element& element, const std::string& before,
                                   const std::string& after)>;

    /// Calls `use` for each element with the text in front of its attributes and behind its tag.
    void walk(std::string_view name, const Element& element, const std::string& before,
              const std::string& after, const Use& use) {
        if (!seen_.insert(&element).second) return;
        const std::string opened = before + "<" + std::string(name);
        const std::string closed = "</" + std::string(name) + ">" + after;
        use(element, opened, closed);
        for (const Child& child : element.children) {
            const bool read =
                child.schema != nullptr && child.support.kind == Support::Kind::applied;
            if (!read) continue;
            walk(child.name, child.schema(), opened + needs(element, {}) + ">", closed, use);
        }
    }

    /// What the element has to have besides one of its attributes.
    static std::string needs(const Element& element, std::string_view besides) {
        std::string text;
        const auto has = [&element](std::string_view name) {
            return std::ranges::any_of(element.attributes,
                                       [name](const Attribute& one) { return one.name == name; });
        };
        for (const Attribute& one : element.attributes) {
            if (!one.required || one.name == besides) continue;
            text += escaped_attribute(one.name, one.name == "uri" ? "tcp://h:2" : "other");
        }
        const bool named = besides == "queue" || besides == "topic" || besides == "tempQueue" ||
                           besides == "tempTopic";
        if (has("tempQueue") && has("topic") && !named) text += escaped_attribute("queue", "q");
        return text;
    }

private:
    std::set<const Element*> seen_;
};

TEST(Export, has_each_attribute_that_is_applied) {
    std::vector<std::string> lost;
    std::size_t kept = 0;
    Paths().walk(
        "broker", broker_schema(), "", "",
        [&](const Element& element, const std::string& before, const std::string& after) {
            for (const Attribute& attribute : element.attributes) {
                if (attribute.support.kind != Support::Kind::applied || !attribute.get) continue;
                const std::string rest = Paths::needs(element, attribute.name) + ">" + after;
                const Loaded without = load(before + rest, {});
                bool changed = false;
                for (const std::string_view value : kValues) {
                    const std::string text =
                        before + escaped_attribute(attribute.name, value) + rest;
                    const Loaded with = load(text, {});
                    // What stands alone may be refused as a whole; its value was read in any case.
                    if (with.broker == without.broker) continue;
                    changed = true;
                    const Loaded again = load(to_xml(with.broker), {});
                    EXPECT_TRUE(again.broker == with.broker) << text << "\n" << to_xml(with.broker);
                    EXPECT_EQ(to_xml(again.broker), to_xml(with.broker));
                }
                kept += changed ? 1 : 0;
                if (!changed) lost.push_back(before + " " + std::string(attribute.name));
            }
        });
    EXPECT_THAT(lost, IsEmpty());
    EXPECT_GT(kept, 150U);
}

}  // namespace
}  // namespace tern::config
