#include "broker/route/topology.h"

#include "base/assert.h"
#include "broker/route/header_match.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tern::broker {
namespace {

constexpr std::array<std::pair<std::string_view, ExchangeType>, 7> kPredeclared{{
    {"", ExchangeType::direct},
    {"amq.direct", ExchangeType::direct},
    {"amq.fanout", ExchangeType::fanout},
    {kTopicTree, ExchangeType::topic},
    {"amq.headers", ExchangeType::headers},
    {"amq.match", ExchangeType::headers},
    {"amq.rabbitmq.trace", ExchangeType::topic},
}};

std::string identity(const Binding& binding) {
    std::string text(1, binding.to_exchange ? 'e' : 'q');
    for (const std::string* part : {&binding.destination, &binding.key, &binding.arguments}) {
        text += std::to_string(part->size());
        text += ':';
        text += *part;
    }
    return text;
}

/// FNV-1a, finished so that neighbouring keys lie far apart.
std::uint64_t hash_of(std::string_view key) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const char c : key) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ULL;
    hash ^= hash >> 33;
    hash *= 0xFF51AFD7ED558CCDULL;
    return hash ^ (hash >> 33);
}

/// Lamping and Veach, A Fast, Minimal Memory, Consistent Hash Algorithm.
std::size_t jump(std::uint64_t key, std::size_t buckets) {
    std::int64_t bucket = -1;
    std::int64_t next = 0;
    while (next < static_cast<std::int64_t>(buckets)) {
        bucket = next;
        key = key * 2862933555777941757ULL + 1;
        next = static_cast<std::int64_t>(
            static_cast<double>(bucket + 1) *
            (static_cast<double>(1LL << 31) / static_cast<double>((key >> 33) + 1)));
    }
    return static_cast<std::size_t>(bucket);
}

std::string text_of(const message::ScalarView& value) {
    return std::visit(
        [](const auto& v) -> std::string {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::string_view>) {
                return std::string(v);
            } else if constexpr (std::is_arithmetic_v<T>) {
                return std::to_string(v);
            } else {
                return {};
            }
        },
        value);
}

std::string_view alternate(const Exchange& exchange, const Topology::AlternateOf& alternate_of) {
    if (!exchange.alternate.empty()) return exchange.alternate;
    // The default exchange has none, whatever is said of all exchanges.
    if (alternate_of == nullptr || exchange.name.empty()) return {};
    return alternate_of(exchange);
}

/// What a hashing exchange hashes.
std::string hash_key(const Exchange& exchange, std::string_view key, const Message& message,
                     const message::Formats& formats) {
    std::string scratch;
    if (!exchange.hash_header.empty()) {
        return text_of(formats.find(message, exchange.hash_header, scratch));
    }
    if (exchange.hash_property == "message_id") {
        return text_of(formats.find(message, "JMSMessageID", scratch));
    }
    if (exchange.hash_property == "correlation_id") {
        return text_of(formats.find(message, "JMSCorrelationID", scratch));
    }
    if (exchange.hash_property == "timestamp") {
        return std::to_string(message.header().timestamp_ms);
    }
    return std::string(key);
}

}  // namespace

std::uint32_t hash_weight(std::string_view key) {
    std::uint32_t weight = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), weight);
    const bool whole = error == std::errc() && end == key.data() + key.size();
    return whole && weight <= kHashWeightMax ? weight : 0;
}

void Topology::add_vhost(std::string_view vhost) {
    for (const auto& [name, type] : kPredeclared) {
        add({.vhost = std::string(vhost),
             .name = std::string(name),
             .type = type,
             .internal = name == "amq.rabbitmq.trace"});
    }
}

const Topology::Node* Topology::node(std::string_view vhost, std::string_view name) const {
    const auto found = nodes_.find(std::pair(vhost, name));
    return found == nodes_.end() ? nullptr : found->second.get();
}

Topology::Node* Topology::node(std::string_view vhost, std::string_view name) {
    const auto found = nodes_.find(std::pair(vhost, name));
    return found == nodes_.end() ? nullptr : found->second.get();
}

const Exchange* Topology::find(std::string_view vhost, std::string_view name) const {
    const Node* const found = node(vhost, name);
    return found == nullptr ? nullptr : &found->exchange;
}

void Topology::add(const Exchange& exchange) {
    std::unique_ptr<Node>& made = nodes_[Name(exchange.vhost, exchange.name)];
    if (made != nullptr) return;
    made = std::make_unique<Node>();
    made->exchange = exchange;
    made->number = ++last_number_;
    by_number_[made->number] = made.get();
}

void Topology::remove(std::string_view vhost, std::string_view name) {
    Node* const gone = node(vhost, name);
    if (gone == nullptr) return;
    for (const auto& [text, slot] : std::exchange(gone->by_identity, {})) drop(*gone, slot);
    for (const Binding& binding : to_exchange(vhost, name)) unbind(binding);
    by_number_.erase(gone->number);
    nodes_.erase(nodes_.find(std::pair(vhost, name)));
}

void Topology::bind(const Binding& binding, const QueueInfoPtr& queue) {
    Node* const source = node(binding.vhost, binding.source);
    TERN_ASSERT(source != nullptr);
    std::uint32_t slot = static_cast<std::uint32_t>(source->slots.size());
    if (!source->unused.empty()) slot = source->unused.back();
    if (!source->by_identity.emplace(identity(binding), slot).second) return;
    if (source->unused.empty()) {
        source->slots.emplace_back();
    } else {
        source->unused.pop_back();
    }
    source->slots[slot] = {binding, queue};
    index(*source, slot);
    count_tree(*source, 1);
    if (queue != nullptr) of_queue_[queue->id].insert((std::uint64_t{source->number} << 32) | slot);
}

void Topology::index(Node& node, std::uint32_t slot) {
    const Binding& binding = node.slots[slot].binding;
    switch (node.exchange.type) {
        case ExchangeType::topic:
            return node.words.add(binding.key, slot);
        case ExchangeType::direct:
            return node.keys[binding.key].push_back(slot);
        case ExchangeType::consistent_hash:
            node.list.insert(node.list.end(), hash_weight(binding.key), slot);
            return;
        case ExchangeType::fanout:
        case ExchangeType::headers:
            return node.list.push_back(slot);
    }
}

void Topology::drop(Node& node, std::uint32_t slot) {
    Bound& bound = node.slots[slot];
    if (node.exchange.type == ExchangeType::topic) {
        node.words.remove(bound.binding.key, slot);
    } else if (node.exchange.type == ExchangeType::direct) {
        const auto found = node.keys.find(bound.binding.key);
        std::erase(found->second, slot);
        if (found->second.empty()) node.keys.erase(found);
    } else {
        std::erase(node.list, slot);
    }
    if (bound.queue != nullptr) {
        const auto found = of_queue_.find(bound.queue->id);
        if (found != of_queue_.end()) {
            found->second.erase((std::uint64_t{node.number} << 32) | slot);
            if (found->second.empty()) of_queue_.erase(found);
        }
    }
    bound = {};
    node.unused.push_back(slot);
    count_tree(node, -1);
}

void Topology::count_tree(const Node& node, int change) {
    if (node.exchange.vhost != kDefaultVhost || node.exchange.name != kTopicTree) return;
    tree_bindings_ = static_cast<std::size_t>(static_cast<std::int64_t>(tree_bindings_) + change);
}

void Topology::unbind(const Binding& binding) {
    Node* const source = node(binding.vhost, binding.source);
    if (source == nullptr) return;
    const auto found = source->by_identity.extract(identity(binding));
    if (!found.empty()) drop(*source, found.mapped());
}

bool Topology::is_bound(const Binding& binding) const {
    const Node* const source = node(binding.vhost, binding.source);
    return source != nullptr && source->by_identity.contains(identity(binding));
}

void Topology::forget(QueueId queue) {
    for (const Binding& binding : to_queue(queue)) unbind(binding);
}

std::vector<Binding> Topology::from(std::string_view vhost, std::string_view source) const {
    std::vector<Binding> all;
    if (const Node* const found = node(vhost, source)) {
        for (const auto& [text, slot] : found->by_identity) {
            all.push_back(found->slots[slot].binding);
        }
    }
    return all;
}

std::vector<Binding> Topology::to_queue(QueueId queue) const {
    std::vector<Binding> all;
    const auto found = of_queue_.find(queue);
    if (found == of_queue_.end()) return all;
    for (const std::uint64_t place : found->second) {
        const Node& source = *by_number_.at(static_cast<std::uint32_t>(place >> 32));
        all.push_back(source.slots[place & 0xFFFFFFFF].binding);
    }
    return all;
}

std::vector<Binding> Topology::to_exchange(std::string_view vhost, std::string_view name) const {
    std::vector<Binding> all;
    for (const auto& [full_name, source] : nodes_) {
        if (full_name.first != vhost) continue;
        for (const auto& [text, slot] : source->by_identity) {
            const Binding& binding = source->slots[slot].binding;
            if (binding.to_exchange && binding.destination == name) all.push_back(binding);
        }
    }
    return all;
}

bool Topology::is_source(std::string_view vhost, std::string_view name) const {
    const Node* const found = node(vhost, name);
    return found != nullptr && !found->by_identity.empty();
}

std::vector<Exchange> Topology::exchanges(std::string_view vhost) const {
    std::vector<Exchange> all;
    for (const auto& [name, found] : nodes_) {
        if (name.first == vhost) all.push_back(found->exchange);
    }
    return all;
}

std::vector<std::string> Topology::vhosts() const {
    std::vector<std::string> all;
    for (const auto& [name, found] : nodes_) {
        if (all.empty() || all.back() != name.first) all.push_back(name.first);
    }
    return all;
}

void Topology::remove_vhost(std::string_view vhost) {
    for (const Exchange& one : exchanges(vhost)) remove(vhost, one.name);
}

void Topology::match(const Node& node, const ExchangeAddress& to, const Message& message,
                     const message::Formats& formats, std::vector<std::uint32_t>& slots) {
    switch (node.exchange.type) {
        case ExchangeType::fanout:
            slots.insert(slots.end(), node.list.begin(), node.list.end());
            return;
        case ExchangeType::headers:
            std::ranges::copy_if(node.list, std::back_inserter(slots), [&](std::uint32_t slot) {
                return matches(node.slots[slot].binding.match, message, formats);
            });
            return;
        case ExchangeType::consistent_hash:
            if (node.list.empty()) return;
            slots.push_back(
                node.list[jump(hash_of(hash_key(node.exchange, to.keys.front(), message, formats)),
                               node.list.size())]);
            return;
        case ExchangeType::topic:
            for (const std::string_view key : to.keys) node.words.match(key, slots);
            return;
        case ExchangeType::direct:
            for (const std::string_view key : to.keys) {
                const auto found = node.keys.find(key);
                if (found == node.keys.end()) continue;
                slots.insert(slots.end(), found->second.begin(), found->second.end());
            }
            return;
    }
}

void Topology::route(const ExchangeAddress& to, const Message& message,
                     const message::Formats& formats, const AlternateOf& alternate_of,
                     std::vector<QueueInfoPtr>& queues) const {
    const Node* const first = node(to.vhost, to.exchange);
    if (first == nullptr) return;
    const bool goes_somewhere = !queues.empty();
    std::vector<const Node*> visit{first};  // each exchange once: they may form cycles
    const auto go_on = [&](std::string_view name) {
        const Node* const next = node(to.vhost, name);
        if (next != nullptr && std::ranges::find(visit, next) == visit.end()) visit.push_back(next);
    };
    std::vector<std::uint32_t> slots;
    for (std::size_t at = 0; at < visit.size(); ++at) {
        const Node& here = *visit[at];
        slots.clear();
        match(here, to, message, formats, slots);
        if (slots.empty() && (at > 0 || !goes_somewhere)) {
            const std::string_view next = alternate(here.exchange, alternate_of);
            if (!next.empty()) go_on(next);
        }
        for (const std::uint32_t slot : slots) {
            const Bound& bound = here.slots[slot];
            if (bound.queue != nullptr) {
                queues.push_back(bound.queue);
            } else {
                go_on(bound.binding.destination);
            }
        }
    }
    if (queues.size() < 2) return;
    std::ranges::sort(queues, {}, &QueueInfo::id);
    const auto rest = std::ranges::unique(queues);
    queues.erase(rest.begin(), rest.end());
}

}  // namespace tern::broker
