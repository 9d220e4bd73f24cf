#include "broker/route/topic_trie.h"

#include <algorithm>

namespace tern::broker {
namespace {

/// Cuts the first word off; `done` when it was the last.
std::string_view next_word(std::string_view& rest, bool& done) {
    const std::size_t dot = rest.find('.');
    const std::string_view word = rest.substr(0, dot);
    done = dot == std::string_view::npos;
    rest = done ? std::string_view() : rest.substr(dot + 1);
    return word;
}

}  // namespace

void TopicTrie::add(std::string_view pattern, std::uint32_t value) {
    Node* node = &root_;
    bool done = pattern.empty();  // no word at all, which is not one empty word
    while (!done) {
        const std::string_view word = next_word(pattern, done);
        if (word == "#" && node->loops) continue;  // `#.#` is `#`
        std::unique_ptr<Node>& next = word == "#"   ? node->many
                                      : word == "*" ? node->one
                                                    : node->words[std::string(word)];
        if (next == nullptr) next = std::make_unique<Node>();
        next->loops = word == "#";
        node = next.get();
    }
    node->values.push_back(value);
}

void TopicTrie::remove(std::string_view pattern, std::uint32_t value) {
    std::ignore = remove_below(root_, pattern, pattern.empty(), value);
}

bool TopicTrie::remove_below(Node& node, std::string_view rest, bool done, std::uint32_t value) {
    if (done) {
        const auto found = std::ranges::find(node.values, value);
        if (found != node.values.end()) node.values.erase(found);
        return node.unused();
    }
    const std::string_view word = next_word(rest, done);
    if (word == "#" && node.loops) return remove_below(node, rest, done, value);
    if (word == "#" || word == "*") {
        std::unique_ptr<Node>& next = word == "#" ? node.many : node.one;
        if (next != nullptr && remove_below(*next, rest, done, value)) next.reset();
    } else if (const auto found = node.words.find(word); found != node.words.end()) {
        if (remove_below(*found->second, rest, done, value)) node.words.erase(found);
    }
    return node.unused();
}

void TopicTrie::enter(const Node& node, Active& active) {
    // Each node once: a key of many words would meet the ways through several `#` over and over.
    if (std::ranges::find(active, &node) != active.end()) return;
    active.push_back(&node);
    if (node.many != nullptr) enter(*node.many, active);
}

void TopicTrie::match(std::string_view key, std::vector<std::uint32_t>& values) const {
    Active active;
    Active next;
    enter(root_, active);
    bool done = key.empty();
    while (!done && !active.empty()) {
        const std::string_view word = next_word(key, done);
        next.clear();
        for (const Node* node : active) {
            if (node->loops) enter(*node, next);
            if (node->one != nullptr) enter(*node->one, next);
            if (node->words.empty()) continue;
            if (const auto found = node->words.find(word); found != node->words.end()) {
                enter(*found->second, next);
            }
        }
        active.swap(next);
    }
    for (const Node* node : active) {
        values.insert(values.end(), node->values.begin(), node->values.end());
    }
}

}  // namespace tern::broker
