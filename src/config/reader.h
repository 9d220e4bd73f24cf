#pragma once

#include "config/properties.h"
#include "config/report.h"
#include "config/schema.h"
#include "config/xml.h"

namespace tern::config {

/// What is done to each value before it is looked at.
struct Values {
    Lookup lookup = {};
    /// Opens `ENC(…)`; the reason when it cannot. Null: there is no key.
    std::function<std::expected<std::string, std::string>(std::string_view secret)> decrypt = {};
};

/// The value behind placeholders and encryption, or what is wrong with it.
[[nodiscard]] std::expected<std::string, std::string> plain_value(const std::string& text,
                                                                  const Values& values);

/// Reads `element` into `object`, which is what `schema` is about, and notes in `report` what
/// became of each thing it holds. `path` is how the report calls the element.
void read_element(const XmlElement& element, const Element& schema, void* object,
                  const Values& values, const std::string& path, Report& report);

}  // namespace tern::config
