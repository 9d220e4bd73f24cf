#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tern::selector {

// XPath 1.0 on messages' bodies. A stranger's document is read within limits, and nothing outside
// of it is: one that is larger than `kXmlBytesMax`, nested deeper than libxml2 allows (256), not
// well-formed, or that declares a document type, matches nothing; neither does an expression that
// takes too many steps. Comments count as absent. An unprefixed name means no namespace.

inline constexpr std::size_t kXmlBytesMax = std::size_t{256} * 1024;
/// Of one evaluation: about one for each node that is looked at.
inline constexpr unsigned long kXPathStepsMax = 200'000;

/// Whose word counts for the encoding of a document.
enum class XmlEncoding : bool { utf8, declared };

/// Whether it is an expression.
[[nodiscard]] bool is_xpath(const std::string& expression);
/// Whether the expression's value, as a boolean, is true. Each thread keeps those compiled that it
/// evaluated last: libxml2 writes into them, so that no two may share one.
[[nodiscard]] bool matches_xpath(const std::string& expression, std::string_view document,
                                 XmlEncoding encoding);

}  // namespace tern::selector
