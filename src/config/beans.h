#pragma once

#include "config/report.h"
#include "config/xml.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tern::config {

/// The Java objects that a Spring document names. Of those that are ActiveMQ's own a broker may be
/// put together: by `#id` in place of a value, by `<ref>`, or by a `<bean>` within it.
class Beans {
public:
    /// `document` outlives it.
    explicit Beans(const XmlElement& document);

    /// The element with ActiveMQ's own in place of all such beans and references. They say the same
    /// and have the places of what they are made of. Beans of other classes stay what they are;
    /// what refers to nothing, or to itself, is rejected.
    [[nodiscard]] XmlElement inlined(const XmlElement& element, Report& report);
    /// Whether something of that went into an element.
    [[nodiscard]] bool is_used(const XmlElement& definition) const {
        return used_.contains(&definition);
    }

private:
    using Elements = std::vector<XmlElement>;

    void define(const XmlElement& element);
    void weigh(const XmlElement& element);
    [[nodiscard]] const XmlElement* find(std::string_view id) const;
    void add_child(Elements& children, const XmlElement& child, Report& report);
    void add_referred(Elements& children, std::string_view id, Place place, Report& report);
    [[nodiscard]] XmlElement from_bean(const XmlElement& bean, Report& report);
    void add_property(XmlElement& made, std::string name, const XmlElement& property,
                      Report& report);

    std::map<std::string, const XmlElement*, std::less<>> defined_;  ///< by id
    std::set<const XmlElement*> used_;
    std::vector<const XmlElement*> within_;  ///< what is being put in place
    std::size_t copied_ = 0;                 ///< about so many bytes of references
};

}  // namespace tern::config
