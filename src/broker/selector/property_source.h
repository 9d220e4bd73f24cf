#pragma once

#include "broker/selector/value.h"

#include <cstddef>
#include <string_view>

namespace tern::selector {

/// The message a selector looks at, as the selector sees it. Whoever holds the message implements
/// this, and may decode lazily: `find` is called for the identifiers that the evaluation gets to,
/// and for each once at most.
///
/// Names and texts are in one encoding with the selector's text: UTF-8, or Java's modified UTF-8.
class PropertySource {
public:
    /// Headers (header.h) as well as properties. Null when there is none. What it views stays valid
    /// until the evaluation ends.
    [[nodiscard]] virtual Value find(std::string_view name) = 0;

    /// Whether the body matches `Selector::xpaths()[index]`. Without an XML body, and where nobody
    /// implements this, nothing matches.
    [[nodiscard]] virtual bool matches_xpath(std::size_t index);

protected:
    PropertySource() = default;
    PropertySource(const PropertySource&) = default;
    PropertySource& operator=(const PropertySource&) = default;
    ~PropertySource() = default;
};

}  // namespace tern::selector
