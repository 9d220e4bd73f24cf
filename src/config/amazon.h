#pragma once

#include "config/place.h"

#include <string>
#include <string_view>
#include <vector>

namespace tern::config {

/// Something that Amazon MQ takes out of a document before it stores that.
struct AmazonWarning {
    enum class Reason : std::uint8_t { element, attribute, value };

    Place place;
    std::string element;
    std::string attribute = {};  ///< empty: the element goes
    Reason reason = Reason::element;
};

/// What Amazon MQ would do with a document.
struct AmazonDocument {
    std::string text;                     ///< as it is stored; empty: it is refused
    std::vector<AmazonWarning> warnings;  ///< in the document's order
    std::vector<Problem> problems;        ///< why it is refused
};

/// The rules are data in amazon_rules.cc. A document that is stored is stored unchanged the next
/// time.
[[nodiscard]] AmazonDocument sanitize_for_amazon(std::string_view text);

/// Amazon MQ's name of it, such as `DISALLOWED_ELEMENT_REMOVED`.
[[nodiscard]] std::string_view to_text(AmazonWarning::Reason reason);

}  // namespace tern::config
