#pragma once

#include "config/place.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::config {

struct XmlAttribute {
    std::string name;
    std::string value;
    Place place;
};

/// An element with everything in it; comments are gone.
struct XmlElement {
    std::string name = {};   ///< without prefix
    std::string space = {};  ///< the namespace it is in; empty: none
    std::string text = {};   ///< its own, without blanks around it
    Place place = {};
    std::vector<XmlAttribute> attributes = {};
    std::vector<XmlElement> children = {};

    /// The attribute's value, or empty.
    [[nodiscard]] std::string_view attribute(std::string_view name) const;
    [[nodiscard]] const XmlElement* child(std::string_view name) const;
};

/// Reads a document in UTF-8. Nothing outside of it is ever looked at, and a document type's
/// entities are not known. Refused besides what is not well-formed: more than 4 MiB, more than 64
/// levels, more than 100,000 elements.
[[nodiscard]] std::expected<XmlElement, Problem> parse_xml(std::string_view text);

/// The first byte that is no character that a document may have; nothing: there is none.
[[nodiscard]] std::optional<Problem> check_characters(std::string_view text);

/// Text for between quotes or tags.
[[nodiscard]] std::string escape_xml(std::string_view text);

}  // namespace tern::config
