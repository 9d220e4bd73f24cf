#include "admin/graphs.h"

#include "admin/mbeans.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tern::admin {
namespace {

/// In quotes. A backslash is one by being doubled.
std::string quoted(std::string_view text) {
    const json::string valid = json_text(text);
    std::string made = "\"";
    for (const char c : valid) {
        if (c == '"' || c == '\\') made += '\\';
        made += c == '\n' || c == '\r' ? ' ' : c;
    }
    return made + '"';
}

class Graph {
public:
    explicit Graph(std::string_view title) : text_(fmt::format("digraph {} {{\n", quoted(title))) {
        text_ += "node [shape=box, style=\"rounded,filled\", fontname=Helvetica];\n";
    }
    /// One that is there already stays as it is.
    void node(const std::string& name, std::string_view label, std::string_view color) {
        if (!nodes_.insert(name).second) return;
        text_ += fmt::format("{} [label={}, fillcolor={}];\n", quoted(name), quoted(label), color);
    }
    void edge(const std::string& from, const std::string& to) {
        if (!edges_.emplace(from, to).second) return;
        text_ += fmt::format("{} -> {};\n", quoted(from), quoted(to));
    }
    [[nodiscard]] std::string done() { return std::move(text_) + "}\n"; }

private:
    std::string text_;
    std::set<std::string> nodes_;
    std::set<std::pair<std::string, std::string>> edges_;
};

constexpr std::string_view kRoot = "deepskyblue";
constexpr std::string_view kPart = "white";
constexpr std::string_view kQueue = "lightsalmon";
constexpr std::string_view kTopic = "palegreen";
constexpr std::string_view kClient = "gold";

/// `names` in order, so that one comes before those that it is the beginning of.
void add_tree(Graph& graph, const std::string& root, std::string_view color,
              const std::set<std::string>& names) {
    graph.node(root, root, kRoot);
    for (const std::string& name : names) {
        std::string parent = root;
        std::size_t begin = 0;
        while (begin <= name.size()) {
            const std::size_t end = std::min(name.find('.', begin), name.size());
            const std::string node = root + ":" + name.substr(0, end);
            graph.node(node, std::string_view(name).substr(begin, end - begin),
                       end == name.size() ? color : kPart);
            graph.edge(parent, node);
            parent = node;
            begin = end + 1;
        }
    }
}

std::string destination_node(Graph& graph, const broker::Destination& destination) {
    const bool topic = destination.domain == broker::Domain::topic;
    const std::string name = (topic ? "Topics:" : "Queues:") + destination.name;
    graph.node(name, destination.name, topic ? kTopic : kQueue);
    return name;
}

}  // namespace

std::string connections_graph(const About& about, const Snapshot& now) {
    Graph graph("ActiveMQ Connections");
    const std::string broker = "Broker";
    graph.node(broker, about.broker_name, kRoot);
    const auto client_node = [](const broker::ConnectionRef& ref) {
        return "Connection:" + to_text(ref);
    };
    for (const broker::ConnectionStatus& one : now.connections) {
        const std::string client = client_node(one.ref);
        graph.node(client,
                   fmt::format("{}{}{} {}", one.client_id, one.client_id.empty() ? "" : ", ",
                               one.protocol, one.peer),
                   kClient);
        graph.edge(broker, client);
    }
    for (const broker::ConsumerStatus& one : now.consumers) {
        const std::string client = client_node({one.ref.shard, one.ref.connection});
        for (const broker::Destination& from : one.queue->bindings) {
            graph.edge(destination_node(graph, from), client);
        }
    }
    return graph.done();
}

std::string destinations_graph(const About& about, const Snapshot& now) {
    std::set<std::string> queues;
    std::set<std::string> topics;
    const MBeans beans(about, now);
    for (const MBean& bean : beans.all()) {
        if (const auto* const topic = std::get_if<TopicBean>(&bean.about)) {
            if (bean.name.keys.at("destinationType") == "Topic") topics.insert(topic->topic);
        } else if (const auto* const queue = std::get_if<QueueBean>(&bean.about)) {
            const broker::Destination& name = queue->queue->info->bindings.front();
            if (!name.temporary) queues.insert(name.name);
        }
    }
    Graph graph("ActiveMQ Destinations");
    add_tree(graph, "Queues", kQueue, queues);
    add_tree(graph, "Topics", kTopic, topics);
    return graph.done();
}

}  // namespace tern::admin
