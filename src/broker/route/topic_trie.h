#pragma once

#include "base/hash.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tern::broker {

/// Patterns over words split by dots, each with the numbers of those who want what matches. What a
/// lookup costs depends on the words of the key and the wildcards met, not on how many patterns
/// there are.
class TopicTrie {
public:
    void add(std::string_view pattern, std::uint32_t value);
    /// Takes back one `add` of the same.
    void remove(std::string_view pattern, std::uint32_t value);

    /// Appends the values of all patterns that match `key`; one may come several times.
    void match(std::string_view key, std::vector<std::uint32_t>& values) const;

    [[nodiscard]] bool empty() const { return root_.unused(); }

private:
    struct Node {
        std::unordered_map<std::string, std::unique_ptr<Node>, StringHash, std::equal_to<>> words;
        std::unique_ptr<Node> one;   ///< `*`
        std::unique_ptr<Node> many;  ///< `#`
        bool loops = false;          ///< stands behind a `#`: takes any word and stays
        std::vector<std::uint32_t> values;

        [[nodiscard]] bool unused() const {
            return words.empty() && one == nullptr && many == nullptr && values.empty();
        }
    };
    using Active = std::vector<const Node*>;

    static void enter(const Node& node, Active& active);
    /// True when `node` is of no use any more.
    static bool remove_below(Node& node, std::string_view rest, bool done, std::uint32_t value);

    Node root_;
};

}  // namespace tern::broker
