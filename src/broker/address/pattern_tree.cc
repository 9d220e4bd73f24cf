#include "broker/address/pattern_tree.h"

namespace tern::broker {

/// What of a name has not been looked at. Elements may be empty, the last one as well.
class PatternTree::Elements {
public:
    explicit Elements(std::string_view name) : rest_(name) {}

    [[nodiscard]] bool done() const { return done_; }
    /// Only `>` is left.
    [[nodiscard]] bool is_rest() const { return !done_ && rest_ == ">"; }
    std::string_view take() {
        const std::size_t end = rest_.find('.');
        const std::string_view first = rest_.substr(0, end);
        done_ = end == std::string_view::npos;
        if (!done_) rest_.remove_prefix(end + 1);
        return first;
    }

private:
    std::string_view rest_;
    bool done_ = false;
};

namespace {

void append(std::vector<QueueInfoPtr>& to, const std::vector<QueueInfoPtr>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void PatternTree::add(std::string_view pattern, const QueueInfoPtr& queue) {
    Node* node = &root_;
    for (Elements elements(pattern); !elements.done();) {
        if (elements.is_rest()) return node->rest.push_back(queue);
        std::unique_ptr<Node>& next = node->next[std::string(elements.take())];
        if (next == nullptr) next = std::make_unique<Node>();
        node = next.get();
    }
    node->here.push_back(queue);
}

void PatternTree::remove(std::string_view pattern, const QueueInfoPtr& queue) {
    std::ignore = remove(root_, Elements(pattern), queue);
}

bool PatternTree::remove(Node& node, Elements pattern, const QueueInfoPtr& queue) {
    if (pattern.done()) {
        std::erase(node.here, queue);
    } else if (pattern.is_rest()) {
        std::erase(node.rest, queue);
    } else if (const auto next = node.next.find(pattern.take()); next != node.next.end()) {
        if (remove(*next->second, pattern, queue)) node.next.erase(next);
    }
    return node.next.empty() && node.here.empty() && node.rest.empty();
}

void PatternTree::collect(std::string_view name, std::vector<QueueInfoPtr>& matching) const {
    collect(root_, Elements(name), matching);
}

void PatternTree::collect(const Node& node, Elements name, std::vector<QueueInfoPtr>& matching) {
    append(matching, node.rest);
    if (name.done()) return append(matching, node.here);
    const std::string_view first = name.take();
    for (const std::string_view way : {first, std::string_view("*")}) {
        const auto next = node.next.find(way);
        if (next != node.next.end()) collect(*next->second, name, matching);
    }
}

}  // namespace tern::broker
