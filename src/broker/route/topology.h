#pragma once

#include "broker/api/queue_info.h"
#include "broker/route/exchange.h"
#include "broker/route/topic_trie.h"
#include "message/formats.h"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tern::broker {

/// A message's way into the exchanges.
struct ExchangeAddress {
    std::string_view vhost;
    std::string_view exchange;
    /// The routing key; more than one when the sender gave several.
    std::span<const std::string_view> keys;
};

/// All exchanges and bindings. Every shard has its copy, changed in the same order everywhere.
class Topology {
public:
    /// Makes a virtual host with the exchanges every one has.
    void add_vhost(std::string_view vhost);

    /// With all that is in it.
    void remove_vhost(std::string_view vhost);

    /// Null when there is none. Valid until the topology changes.
    [[nodiscard]] const Exchange* find(std::string_view vhost, std::string_view name) const;
    void add(const Exchange& exchange);
    /// With all its bindings, in both directions.
    void remove(std::string_view vhost, std::string_view name);

    /// Adds a binding between what exists; one that is there already stays. `queue` is the
    /// destination, or null when that is an exchange.
    void bind(const Binding& binding, const QueueInfoPtr& queue);
    void unbind(const Binding& binding);
    [[nodiscard]] bool is_bound(const Binding& binding) const;
    /// Removes the bindings of a queue that goes.
    void forget(QueueId queue);

    [[nodiscard]] std::vector<Binding> from(std::string_view vhost, std::string_view source) const;
    [[nodiscard]] std::vector<Binding> to_queue(QueueId queue) const;
    [[nodiscard]] std::vector<Binding> to_exchange(std::string_view vhost,
                                                   std::string_view name) const;
    [[nodiscard]] bool is_source(std::string_view vhost, std::string_view name) const;
    [[nodiscard]] std::vector<Exchange> exchanges(std::string_view vhost) const;
    /// By their names.
    [[nodiscard]] std::vector<std::string> vhosts() const;

    /// Says where to go with what an exchange routes nowhere, if its declaration does not; empty:
    /// nowhere. The text it gives outlives the call that asks.
    using AlternateOf = std::function<std::string_view(const Exchange&)>;

    /// Appends the queues that bindings lead to, each once. If there are some already, what
    /// `to.exchange` itself routes nowhere has not gone nowhere. `alternate_of` may be null.
    void route(const ExchangeAddress& to, const Message& message, const message::Formats& formats,
               const AlternateOf& alternate_of, std::vector<QueueInfoPtr>& queues) const;
    /// Whether what is sent to `kTopicTree` goes anywhere but to topics.
    [[nodiscard]] bool tree_has_bindings() const { return tree_bindings_ > 0; }

private:
    struct Bound {
        Binding binding;
        QueueInfoPtr queue;
    };
    struct Node {
        Exchange exchange;
        std::uint32_t number = 0;
        std::unordered_map<std::string, std::uint32_t> by_identity;
        std::vector<Bound> slots;
        std::vector<std::uint32_t> unused;
        // Which slots a key leads to: by words, by key, or (headers, hash) in a list.
        TopicTrie words;
        std::unordered_map<std::string, std::vector<std::uint32_t>, StringHash, std::equal_to<>>
            keys;
        std::vector<std::uint32_t> list;  ///< a slot as often as its weight, when hashing
    };
    using Name = std::pair<std::string, std::string>;
    struct ByName {
        using is_transparent = void;
        bool operator()(const auto& a, const auto& b) const {
            const int order = std::string_view(a.first).compare(b.first);
            return order < 0 || (order == 0 && std::string_view(a.second) < b.second);
        }
    };

    [[nodiscard]] const Node* node(std::string_view vhost, std::string_view name) const;
    [[nodiscard]] Node* node(std::string_view vhost, std::string_view name);
    void index(Node& node, std::uint32_t slot);
    void drop(Node& node, std::uint32_t slot);
    static void match(const Node& node, const ExchangeAddress& to, const Message& message,
                      const message::Formats& formats, std::vector<std::uint32_t>& slots);
    void count_tree(const Node& node, int change);

    std::map<Name, std::unique_ptr<Node>, ByName> nodes_;
    std::unordered_map<std::uint32_t, Node*> by_number_;
    /// Exchange number and slot of each binding of a queue.
    std::unordered_map<QueueId, std::unordered_set<std::uint64_t>> of_queue_;
    std::uint32_t last_number_ = 0;
    std::size_t tree_bindings_ = 0;
};

/// How many buckets of a consistent-hash exchange a binding key stands for; 0: no such number.
constexpr std::uint32_t kHashWeightMax = 10'000;
[[nodiscard]] std::uint32_t hash_weight(std::string_view key);

}  // namespace tern::broker
