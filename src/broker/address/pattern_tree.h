#pragma once

#include "base/hash.h"
#include "broker/api/queue_info.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace tern::broker {

/// Which queues are bound to which patterns of topic names (`is_pattern`): finds those that match a
/// name without looking at the others.
class PatternTree {
public:
    void add(std::string_view pattern, const QueueInfoPtr& queue);
    void remove(std::string_view pattern, const QueueInfoPtr& queue);

    /// Appends the queues whose patterns match, one that has several of them several times.
    void collect(std::string_view name, std::vector<QueueInfoPtr>& matching) const;

private:
    struct Node {
        std::unordered_map<std::string, std::unique_ptr<Node>, StringHash, std::equal_to<>> next;
        std::vector<QueueInfoPtr> here;  ///< whose pattern ends here
        std::vector<QueueInfoPtr> rest;  ///< whose pattern ends here with `>`
    };

    class Elements;

    static void collect(const Node& node, Elements name, std::vector<QueueInfoPtr>& matching);
    /// True when nothing is left below the node.
    static bool remove(Node& node, Elements pattern, const QueueInfoPtr& queue);

    Node root_;
};

}  // namespace tern::broker
