#pragma once

#include <span>
#include <string_view>

namespace tern::config::amazon {

/// An element that a document may have, and its attributes, between blanks.
struct ElementRule {
    std::string_view name;
    std::string_view attributes;
};

/// An element that may hold `collection`, and what that may hold in turn, between blanks.
struct CollectionRule {
    std::string_view parent;
    std::string_view collection;
    std::string_view children;
};

[[nodiscard]] std::span<const ElementRule> element_rules();
[[nodiscard]] std::span<const CollectionRule> collection_rules();

/// The connectors that a broker has; there are no others, whatever a document says.
inline constexpr std::string_view kConnectors = "openwire amqp stomp mqtt wss";

/// Whether the word stands in a list between blanks.
[[nodiscard]] bool lists(std::string_view words, std::string_view word);

}  // namespace tern::config::amazon
