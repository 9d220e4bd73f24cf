// For Prometheus, by the names of RabbitMQ's plugin `rabbitmq_prometheus`.
#include "admin/metrics.h"
#include "admin/metrics_page.h"
#include "admin/rabbitmq/management.h"
#include "protocol/amqp091/options.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace tern::admin::rabbitmq {
namespace {

using amqp091::Total;
using amqp091::Totals;
using broker::ConnectionStatus;
using broker::Portrait;
using broker::QueueStatus;

/// A family of numbers of each thing, and the group by which it is asked for in detail.
template <class Thing>
struct Family {
    std::string_view group;
    std::string_view name;
    std::string_view type;
    std::string_view help;
    std::uint64_t (*number)(const Thing&);
};

constexpr std::array<Family<QueueStatus>, 8> kOfQueues{{
    {"queue_coarse_metrics", "queue_messages_ready", kGauge, "Messages that wait on queues.",
     [](const QueueStatus& q) { return q.counts.ready; }},
    {"queue_coarse_metrics", "queue_messages_unacked", kGauge,
     "Messages that are delivered, not acknowledged.",
     [](const QueueStatus& q) { return q.counts.unsettled; }},
    {"queue_coarse_metrics", "queue_messages", kGauge, "Both together.",
     [](const QueueStatus& q) { return q.counts.ready + q.counts.unsettled; }},
    {"queue_consumer_count", "queue_consumers", kGauge, "Consumers of queues.",
     [](const QueueStatus& q) { return std::uint64_t{q.counts.consumers}; }},
    {"queue_metrics", "queue_messages_ram", kGauge, "Messages in memory.",
     [](const QueueStatus& q) { return q.in_memory; }},
    {"queue_metrics", "queue_messages_ram_bytes", kGauge, "Bytes of messages in memory.",
     [](const QueueStatus& q) { return q.memory_bytes; }},
    {"queue_metrics", "queue_messages_paged_out_bytes", kGauge,
     "Bytes of those on disk only, about.", [](const QueueStatus& q) { return q.disk_bytes; }},
    {"channel_queue_metrics", "queue_messages_published_total", kCounter,
     "Messages that came to queues.", [](const QueueStatus& q) { return q.totals.enqueued; }},
}};

constexpr std::array<Family<Portrait::Channel>, 5> kOfChannels{{
    {"channel_metrics", "channel_consumers", kGauge, "Consumers on a channel.",
     [](const Portrait::Channel& c) { return std::uint64_t{c.consumers.size()}; }},
    {"channel_metrics", "channel_messages_unacked", kGauge, "Messages with its client.",
     [](const Portrait::Channel& c) { return std::uint64_t{c.unsettled}; }},
    {"channel_metrics", "channel_messages_unconfirmed", kGauge, "Publishes without a confirm yet.",
     [](const Portrait::Channel& c) { return std::uint64_t{c.unconfirmed}; }},
    {"channel_metrics", "consumer_prefetch", kGauge, "Its limit for each consumer.",
     [](const Portrait::Channel& c) { return std::uint64_t{c.prefetch}; }},
    {"channel_metrics", "channel_prefetch", kGauge, "Its limit for all consumers.",
     [](const Portrait::Channel& c) { return std::uint64_t{c.global_prefetch}; }},
}};

constexpr std::array<Family<ConnectionStatus>, 1> kOfConnections{{
    {"connection_metrics", "connection_channels", kGauge, "Channels on a connection.",
     [](const ConnectionStatus& c) {
         return c.portrait == nullptr ? 0 : std::uint64_t{c.portrait->channels.size()};
     }},
}};

/// What is counted of the protocol, and of each type of queues.
struct CountedOf {
    std::string_view name;
    std::string_view help;
    std::vector<Total> (*totals)();  ///< those that make it up
};

constexpr std::array<CountedOf, 4> kOfProtocol{{
    {"messages_received_total", "Messages that clients sent.",
     [] { return std::vector{Total::received}; }},
    {"messages_received_confirm_total", "Those on channels with confirms.",
     [] { return std::vector{Total::received_confirm}; }},
    {"messages_confirmed_total", "Messages that were confirmed.",
     [] { return std::vector{Total::confirmed}; }},
    {"messages_unroutable_returned_total", "Messages that no queue got, sent back.",
     [] { return std::vector{Total::returned}; }},
}};

constexpr std::array<CountedOf, 8> kOfQueueType{{
    {"messages_delivered_total", "Messages that were delivered to clients.",
     [] {
         return std::vector{Total::consumed_acked, Total::consumed_unacked, Total::got_acked,
                            Total::got_unacked};
     }},
    {"messages_delivered_consume_manual_ack_total", "To consumers that acknowledge.",
     [] { return std::vector{Total::consumed_acked}; }},
    {"messages_delivered_consume_auto_ack_total", "To consumers that do not.",
     [] { return std::vector{Total::consumed_unacked}; }},
    {"messages_delivered_get_manual_ack_total", "By basic.get, to be acknowledged.",
     [] { return std::vector{Total::got_acked}; }},
    {"messages_delivered_get_auto_ack_total", "By basic.get, for good.",
     [] { return std::vector{Total::got_unacked}; }},
    {"messages_get_empty_total", "How often basic.get found nothing.",
     [] { return std::vector{Total::get_empty}; }},
    {"messages_redelivered_total", "Messages that were delivered again.",
     [] { return std::vector{Total::redelivered}; }},
    {"messages_acknowledged_total", "Messages that were acknowledged.",
     [] { return std::vector{Total::acknowledged}; }},
}};

std::string labels_of(const QueueStatus& queue) {
    const auto [vhost, name] = broker::split_address(queue.info->bindings.front().name);
    return fmt::format("vhost=\"{}\",queue=\"{}\"", label_value(vhost), label_value(name));
}

/// `things`: pairs of labels and what is asked.
template <class Thing, std::size_t N>
void add(MetricsPage& page, const MetricsScope& scope, const std::array<Family<Thing>, N>& families,
         const std::vector<std::pair<std::string, const Thing*>>& things) {
    for (const Family<Thing>& family : families) {
        if (!scope.has(family.group)) continue;
        const std::string name = fmt::format("{}{}", scope.prefix, family.name);
        page.family(name, family.type, family.help);
        std::uint64_t sum = 0;
        for (const auto& [labels, thing] : things) {
            const std::uint64_t number = family.number(*thing);
            sum += number;
            if (!scope.summed) page.sample(labels, number);
        }
        if (scope.summed) page.sample({}, sum);
    }
}

void add_global(MetricsPage& page, const Totals& totals, std::size_t consumers) {
    constexpr std::string_view kProtocol = "protocol=\"amqp091\"";
    const auto name_of = [](std::string_view name) {
        return fmt::format("rabbitmq_global_{}", name);
    };
    for (const CountedOf& one : kOfProtocol) {
        const std::string name = name_of(one.name);
        page.family(name, kCounter, one.help);
        page.sample(kProtocol, totals[one.totals().front()]);
    }
    const std::uint64_t received = totals[Total::received];
    const std::uint64_t unroutable = totals[Total::unroutable];
    const std::uint64_t returned = totals[Total::returned];
    const auto single = [&](std::string_view what, std::string_view type, std::string_view help,
                            std::uint64_t number) {
        const std::string name = name_of(what);
        page.family(name, type, help);
        page.sample(kProtocol, number);
    };
    // They are counted one after the other: what is less than nothing is not yet.
    single("messages_routed_total", kCounter, "Messages that a queue got.",
           received - std::min(received, unroutable));
    single("messages_unroutable_dropped_total", kCounter, "Messages that no queue got, dropped.",
           unroutable - std::min(unroutable, returned));
    single("publishers", kGauge, "Channels that have sent something.",
           totals[Total::publishers] -
               std::min(totals[Total::publishers], totals[Total::publishers_closed]));
    single("consumers", kGauge, "Consumers.", consumers);
    for (const CountedOf& one : kOfQueueType) {
        const std::string name = name_of(one.name);
        page.family(name, kCounter, one.help);
        for (const bool quorum : {false, true}) {
            std::uint64_t sum = 0;
            for (const Total total : one.totals()) sum += totals[of_queue(total, quorum)];
            page.sample(fmt::format("{},queue_type=\"rabbit_{}_queue\"", kProtocol,
                                    quorum ? "quorum" : "classic"),
                        sum);
        }
    }
}

void add_totals(MetricsPage& page, const Totals& totals) {
    const auto counter = [&](std::string_view name, std::string_view help, Total total) {
        page.single(name, kCounter, help, totals[total]);
    };
    counter("rabbitmq_channels_opened_total", "Channels since the start.", Total::channels_opened);
    counter("rabbitmq_channels_closed_total", "Those that ended.", Total::channels_closed);
    counter("rabbitmq_queues_declared_total", "Declarations of queues.", Total::queues_declared);
    counter("rabbitmq_queues_created_total", "Those that made one.", Total::queues_created);
    counter("rabbitmq_queues_deleted_total", "Queues that clients deleted.", Total::queues_deleted);
    constexpr std::string_view kProtocol = "protocol=\"amqp091\"";
    const std::uint64_t good = totals[Total::logins];
    const std::uint64_t bad = totals[Total::logins_refused];
    page.family("rabbitmq_auth_attempts_total", kCounter, "Logins.");
    page.sample(kProtocol, good + bad);
    page.family("rabbitmq_auth_attempts_succeeded_total", kCounter, "Those that were let in.");
    page.sample(kProtocol, good);
    page.family("rabbitmq_auth_attempts_failed_total", kCounter, "Those that were not.");
    page.sample(kProtocol, bad);
}

void add_deaths(MetricsPage& page, const broker::DeathCounts& deaths) {
    using broker::DeathCounts;
    using Letters = DeathCounts::Letters;
    using Reason = DeathCounts::Reason;
    constexpr std::array<std::tuple<Reason, std::string_view, std::string_view>, 4> kReasons{{
        {Reason::rejected, "rejected", "Messages that died because a consumer refused them."},
        {Reason::expired, "expired", "Messages whose time was over."},
        {Reason::delivery_limit, "delivery_limit", "Messages that were delivered too often."},
        {Reason::maxlen, "maxlen", "Messages that a queue had no room for."},
    }};
    constexpr std::array<std::pair<Letters, std::string_view>, 3> kLetters{{
        {Letters::none, "disabled"},
        {Letters::at_most_once, "at_most_once"},
        {Letters::at_least_once, "at_least_once"},
    }};
    const auto labels = [](bool quorum, std::string_view letters) {
        return fmt::format("queue_type=\"rabbit_{}_queue\",dead_letter_strategy=\"{}\"",
                           quorum ? "quorum" : "classic", letters);
    };
    for (const auto& [reason, name, help] : kReasons) {
        const std::string family =
            fmt::format("rabbitmq_global_messages_dead_lettered_{}_total", name);
        page.family(family, kCounter, help);
        for (const bool quorum : {false, true}) {
            if (!quorum && reason == Reason::delivery_limit) continue;
            for (const auto& [letters, strategy] : kLetters) {
                if (!quorum && letters == Letters::at_least_once) continue;
                page.sample(labels(quorum, strategy), deaths.of(quorum, letters, reason));
            }
        }
    }
    const std::string confirmed = "rabbitmq_global_messages_dead_lettered_confirmed_total";
    page.family(confirmed, kCounter, "Dead letters that have certainly arrived.");
    page.sample(labels(true, "at_least_once"), deaths.confirmed);
}

/// The values of a parameter that may come several times.
std::set<std::string, std::less<>> all_of(std::string_view target, std::string_view name) {
    std::set<std::string, std::less<>> values;
    std::string_view query =
        target.substr(std::min(target.find('?'), target.size() - 1) + std::size_t{1});
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const auto one = parse_target("/?" + std::string(query.substr(0, end)));
        if (one && !one->parameter(name).empty()) values.emplace(one->parameter(name));
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return values;
}

}  // namespace

void Management::add_objects(MetricsPage& page, const MetricsScope& scope, const Sight& sight) {
    std::vector<std::pair<std::string, const QueueStatus*>> queues;
    for (const QueueStatus& one : sight.queues) {
        const auto vhost = broker::split_address(one.info->bindings.front().name).vhost;
        if (scope.is_of(vhost)) queues.emplace_back(labels_of(one), &one);
    }
    add(page, scope, kOfQueues, queues);
    std::vector<std::pair<std::string, const ConnectionStatus*>> connections;
    std::vector<std::pair<std::string, const Portrait::Channel*>> channels;
    for (const ConnectionStatus& one : sight.connections) {
        if (one.portrait == nullptr || !scope.is_of(one.portrait->vhost)) continue;
        const std::string name = label_value(name_of(one));
        connections.emplace_back(fmt::format("connection=\"{}\"", name), &one);
        for (const Portrait::Channel& channel : one.portrait->channels) {
            channels.emplace_back(fmt::format("channel=\"{} ({})\"", name, channel.number),
                                  &channel);
        }
    }
    add(page, scope, kOfConnections, connections);
    add(page, scope, kOfChannels, channels);
}

void Management::add_node(MetricsPage& page) const {
    page.family("rabbitmq_identity_info", kGauge, "Node and cluster.");
    page.sample(fmt::format("rabbitmq_node=\"{0}\",rabbitmq_cluster=\"{1}\","
                            "rabbitmq_cluster_permanent_id=\"{0}\"",
                            label_value(node_name()), label_value(cluster_name())),
                1);
    page.family("rabbitmq_build_info", kGauge, "Releases.");
    page.sample(
        fmt::format("rabbitmq_version=\"{}\",product_name=\"TernMQ\",product_version=\"{}\"",
                    amqp091::kCompatibleVersion, label_value(surroundings_.version)),
        1);
}

void Management::show_detailed_metrics(const CallPtr& call) {
    look(kQueues | kConnections, [this, call](Sight& sight) {
        MetricsPage page;
        MetricsScope scope{.prefix = "rabbitmq_detailed_",
                           .groups = all_of(call->request.target, "family"),
                           .vhosts = all_of(call->request.target, "vhost")};
        // As RabbitMQ's, which tells nothing in detail that was not asked for.
        if (!scope.groups.empty()) add_objects(page, scope, sight);
        add_node(page);
        call->respond({.content_type = std::string(kMetricsType), .body = page.take()});
    });
}

void Management::show_memory_metrics(const CallPtr& call) {
    look(0, [this, call](Sight& sight) {
        const Node now = surroundings_.node();
        const std::uint64_t messages = sight.status.flow.memory.used;
        MetricsPage page;
        add_node(page);
        page.single("rabbitmq_memory_binary_heap_bytes", kGauge, "Messages in memory.", messages);
        page.single("rabbitmq_memory_other_system_bytes", kGauge, "Everything else.",
                    now.memory_bytes - std::min(now.memory_bytes, messages));
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
        add_node(page);
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
        if (surroundings_.totals != nullptr) {
            add_totals(page, *surroundings_.totals);
            add_global(page, *surroundings_.totals, consumers);
        }
        add_deaths(page, flow.deaths);
        add_objects(page, {.prefix = "rabbitmq_", .summed = !per_object}, sight);
        call->respond({.content_type = std::string(kMetricsType), .body = page.take()});
    });
}

}  // namespace tern::admin::rabbitmq
