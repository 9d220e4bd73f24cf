#include "broker/address/pattern_tree.h"

namespace tern::broker {
namespace {

/// Takes the first element off a name.
std::string_view take_element(std::string_view& name) {
    const std::size_t end = name.find('.');
    const std::string_view first = name.substr(0, end);
    name = end == std::string_view::npos ? std::string_view() : name.substr(end + 1);
    return first;
}

void append(std::vector<QueueInfoPtr>& to, const std::vector<QueueInfoPtr>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void PatternTree::add(std::string_view pattern, const QueueInfoPtr& queue) {
    Node* node = &root_;
    while (!pattern.empty()) {
        if (pattern == ">") return node->rest.push_back(queue);
        std::unique_ptr<Node>& next = node->next[std::string(take_element(pattern))];
        if (next == nullptr) next = std::make_unique<Node>();
        node = next.get();
    }
    node->here.push_back(queue);
}

void PatternTree::remove(std::string_view pattern, const QueueInfoPtr& queue) {
    std::ignore = remove(root_, pattern, queue);
}

bool PatternTree::remove(Node& node, std::string_view pattern, const QueueInfoPtr& queue) {
    if (pattern.empty()) {
        std::erase(node.here, queue);
    } else if (pattern == ">") {
        std::erase(node.rest, queue);
    } else if (const auto next = node.next.find(take_element(pattern)); next != node.next.end()) {
        if (remove(*next->second, pattern, queue)) node.next.erase(next);
    }
    return node.next.empty() && node.here.empty() && node.rest.empty();
}

void PatternTree::collect(std::string_view name, std::vector<QueueInfoPtr>& matching) const {
    collect(root_, name, matching);
}

void PatternTree::collect(const Node& node, std::string_view name,
                          std::vector<QueueInfoPtr>& matching) {
    append(matching, node.rest);
    if (name.empty()) return append(matching, node.here);
    const std::string_view first = take_element(name);
    for (const std::string_view way : {first, std::string_view("*")}) {
        const auto next = node.next.find(way);
        if (next != node.next.end()) collect(*next->second, name, matching);
    }
}

}  // namespace tern::broker
