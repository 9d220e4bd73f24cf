#include "admin/metrics.h"
#include "admin/metrics_page.h"
#include "admin/rabbitmq/management.h"
#include "protocol/amqp091/options.h"

#include <algorithm>
#include <array>

namespace tern::admin::rabbitmq {
namespace {

struct QueueFamily {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    std::uint64_t (*number)(const broker::QueueStatus&);
};

/// By the names of RabbitMQ's plugin `rabbitmq_prometheus`, behind their prefix.
constexpr std::array<QueueFamily, 7> kQueueFamilies{{
    {"queue_messages_ready", kGauge, "Messages that wait on queues.",
     [](const broker::QueueStatus& q) { return q.counts.ready; }},
    {"queue_messages_unacked", kGauge, "Messages that are delivered, not acknowledged.",
     [](const broker::QueueStatus& q) { return q.counts.unsettled; }},
    {"queue_messages", kGauge, "Both together.",
     [](const broker::QueueStatus& q) { return q.counts.ready + q.counts.unsettled; }},
    {"queue_consumers", kGauge, "Consumers of queues.",
     [](const broker::QueueStatus& q) { return std::uint64_t{q.counts.consumers}; }},
    {"queue_messages_ram_bytes", kGauge, "Bytes of messages in memory.",
     [](const broker::QueueStatus& q) { return q.memory_bytes; }},
    {"queue_messages_paged_out_bytes", kGauge, "Bytes of those on disk only, about.",
     [](const broker::QueueStatus& q) { return q.disk_bytes; }},
    {"queue_messages_published_total", kCounter, "Messages that came to queues.",
     [](const broker::QueueStatus& q) { return q.totals.enqueued; }},
}};

std::string labels_of(const broker::QueueStatus& queue) {
    const auto [vhost, name] = broker::split_address(queue.info->bindings.front().name);
    return fmt::format("vhost=\"{}\",queue=\"{}\"", label_value(vhost), label_value(name));
}

/// What is not summed up is told of the queues of that virtual host, or of all.
void add_queues(MetricsPage& page, const std::vector<broker::QueueStatus>& queues, bool summed,
                std::string_view prefix, std::string_view vhost) {
    for (const QueueFamily& family : kQueueFamilies) {
        const std::string name = fmt::format("{}{}", prefix, family.name);
        page.family(name, family.type, family.help);
        std::uint64_t sum = 0;
        for (const broker::QueueStatus& queue : queues) {
            const auto its_vhost = broker::split_address(queue.info->bindings.front().name).vhost;
            if (!vhost.empty() && its_vhost != vhost) continue;
            const std::uint64_t number = family.number(queue);
            sum += number;
            if (!summed) page.sample(labels_of(queue), number);
        }
        if (summed) page.sample({}, sum);
    }
}

}  // namespace

void Management::show_detailed_metrics(const CallPtr& call) {
    look(kQueues, [call](Sight& sight) {
        MetricsPage page;
        add_queues(page, sight.queues, false, "rabbitmq_detailed_",
                   call->target.parameter("vhost"));
        call->respond({.content_type = std::string(kMetricsType), .body = page.take()});
    });
}

void Management::show_metrics(const CallPtr& call) {
    const bool per_object = call->target.path.size() > 1;
    look(kQueues | kConnections, [this, call, per_object](Sight& sight) {
        const Node now = surroundings_.node();
        const broker::BrokerStatus& status = sight.status;
        const broker::FlowStatus& flow = status.flow;
        MetricsPage page;
        page.family("rabbitmq_identity_info", kGauge, "Node and cluster.");
        page.sample(fmt::format("rabbitmq_node=\"{}\",rabbitmq_cluster=\"{}\"",
                                label_value(node_name()), label_value(cluster_name())),
                    1);
        page.family("rabbitmq_build_info", kGauge, "Releases.");
        page.sample(fmt::format("rabbitmq_version=\"{}\",product_name=\"TernMQ\","
                                "product_version=\"{}\"",
                                amqp091::kCompatibleVersion, label_value(surroundings_.version)),
                    1);
        std::size_t channels = 0;
        std::size_t consumers = 0;
        for (const auto& one : sight.connections) {
            if (one.portrait == nullptr) continue;
            channels += one.portrait->channels.size();
            for (const auto& channel : one.portrait->channels)
                consumers += channel.consumers.size();
        }
        const std::uint64_t open = sight.connections.size();
        page.single("rabbitmq_connections", kGauge, "Connections that are open.", open);
        page.single("rabbitmq_channels", kGauge, "Channels that are open.", channels);
        page.single("rabbitmq_consumers", kGauge, "Consumers on channels.", consumers);
        page.single("rabbitmq_queues", kGauge, "Queues.", sight.queues.size());
        page.single("rabbitmq_connections_opened_total", kCounter, "Connections since the start.",
                    status.connections_opened);
        page.single("rabbitmq_connections_closed_total", kCounter, "Those that ended.",
                    status.connections_opened - std::min(status.connections_opened, open));
        page.single("rabbitmq_process_open_fds", kGauge, "Open files.", now.files_open);
        page.single("rabbitmq_process_max_fds", kGauge, "As many may be.", now.files_max);
        page.single("rabbitmq_process_resident_memory_bytes", kGauge, "Memory in use.",
                    now.memory_bytes);
        page.single("rabbitmq_resident_memory_limit_bytes", kGauge,
                    "With so much in messages, producers wait.", flow.memory.limit);
        page.single("rabbitmq_disk_space_available_bytes", kGauge, "Free disk space.",
                    flow.disk_free_bytes);
        page.single("rabbitmq_disk_space_available_limit_bytes", kGauge,
                    "With less free, persistent sends wait.", flow.disk_reserve_bytes);
        page.single("rabbitmq_alarms_memory_used_watermark", kGauge, "1: the limit is reached.",
                    flow.memory.reached() ? 1 : 0);
        page.single("rabbitmq_alarms_free_disk_space_watermark", kGauge, "1: there is too little.",
                    flow.disk_free_bytes < flow.disk_reserve_bytes ? 1 : 0);
        page.single("rabbitmq_global_messages_received_total", kCounter,
                    "Messages that clients sent.", status.published);
        page.single("rabbitmq_global_messages_delivered_total", kCounter,
                    "Messages that were delivered to clients.", status.delivered);
        page.single(
            "rabbitmq_global_messages_acknowledged_total", kCounter,
            "Messages that left queues, but for those that expired.",
            status.totals.dequeued - std::min(status.totals.dequeued, status.totals.expired));
        page.single("rabbitmq_global_consumers", kGauge, "Consumers of all protocols.",
                    status.consumers);
        add_queues(page, sight.queues, !per_object, "rabbitmq_", {});
        call->respond({.content_type = std::string(kMetricsType), .body = page.take()});
    });
}

}  // namespace tern::admin::rabbitmq
