#include "admin/metrics.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace tern::admin {
namespace {

struct QueueFamily {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    std::uint64_t (*number)(const broker::QueueStatus&);
};

constexpr QueueFamily kQueueFamilies[] = {
    {"tern_queue_messages_ready", kGauge, "Messages that wait on the queue.",
     [](const broker::QueueStatus& q) { return q.counts.ready; }},
    {"tern_queue_messages_unsettled", kGauge,
     "Messages that are delivered and not acknowledged, or in a transaction.",
     [](const broker::QueueStatus& q) { return q.counts.unsettled; }},
    {"tern_queue_consumers", kGauge, "Consumers of the queue.",
     [](const broker::QueueStatus& q) { return std::uint64_t{q.counts.consumers}; }},
    {"tern_queue_memory_bytes", kGauge, "Bytes of its messages in memory.",
     [](const broker::QueueStatus& q) { return q.memory_bytes; }},
    {"tern_queue_memory_limit_bytes", kGauge, "With so many, producers wait; 0: never.",
     [](const broker::QueueStatus& q) { return q.memory_limit; }},
    {"tern_queue_disk_bytes", kGauge, "Bytes of its messages that wait on disk only, about.",
     [](const broker::QueueStatus& q) { return q.disk_bytes; }},
    {"tern_queue_dead_letters", kGauge, "1 if that is what the queue keeps.",
     [](const broker::QueueStatus& q) { return std::uint64_t{q.dead_letters}; }},
    {"tern_queue_full", kGauge, "1 while producers wait for space on the queue.",
     [](const broker::QueueStatus& q) { return std::uint64_t{q.full}; }},
    {"tern_queue_paused", kGauge, "1 while the queue is paused.",
     [](const broker::QueueStatus& q) { return std::uint64_t{q.paused}; }},
    {"tern_queue_messages_enqueued_total", kCounter, "Messages that came to the queue.",
     [](const broker::QueueStatus& q) { return q.totals.enqueued; }},
    {"tern_queue_messages_dispatched_total", kCounter,
     "Messages handed to consumers, again ones included.",
     [](const broker::QueueStatus& q) { return q.totals.dispatched; }},
    {"tern_queue_messages_dequeued_total", kCounter,
     "Messages that left the queue: consumed, expired, rejected or removed.",
     [](const broker::QueueStatus& q) { return q.totals.dequeued; }},
    {"tern_queue_messages_expired_total", kCounter, "Messages whose time was over.",
     [](const broker::QueueStatus& q) { return q.totals.expired; }},
};

struct LatencyFamily {
    std::string_view name;
    std::string_view help;
    broker::Latency broker::Latencies::* latency;
};

constexpr LatencyFamily kLatencyFamilies[] = {
    {"tern_queue_confirm_seconds",
     "How long it took until durable messages were safe, of some of them.",
     &broker::Latencies::confirm},
    {"tern_queue_queueing_seconds", "How long messages waited for a consumer, of some of them.",
     &broker::Latencies::queueing},
    {"tern_queue_delivery_seconds",
     "From when consumers got messages until they accepted them, of some of them.",
     &broker::Latencies::delivery}};

void put_latencies(MetricsPage& page, const std::vector<std::string>& labels,
                   const std::vector<broker::QueueStatus>& queues) {
    const auto seconds = [](double us) { return us / 1'000'000; };
    for (const LatencyFamily& family : kLatencyFamilies) {
        bool named = false;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (queues[i].latencies == nullptr) continue;
            const broker::Latency& one = (*queues[i].latencies).*family.latency;
            if (one.count == 0) continue;
            if (!std::exchange(named, true)) page.family(family.name, "summary", family.help);
            for (const double share : {0.5, 0.9, 0.99}) {
                if (one.recent.count() == 0) break;
                page.sample(fmt::format("{},quantile=\"{}\"", labels[i], share),
                            seconds(static_cast<double>(one.recent.quantile(share))));
            }
            page.sample(labels[i], seconds(static_cast<double>(one.sum_us)), "_sum");
            page.sample(labels[i], one.count, "_count");
        }
    }
}

struct NamedLimit {
    std::string_view labels;
    broker::LimitStatus broker::FlowStatus::* limit;
};

constexpr NamedLimit kLimits[] = {{"of=\"memory\"", &broker::FlowStatus::memory},
                                  {"of=\"store\"", &broker::FlowStatus::store},
                                  {"of=\"temporary\"", &broker::FlowStatus::temporary},
                                  {"of=\"schedule\"", &broker::FlowStatus::schedule}};

void put_flow(MetricsPage& page, const broker::FlowStatus& flow) {
    page.family("tern_limit_bytes", kGauge, "What may be used; 0: as much as there is.");
    for (const NamedLimit& one : kLimits) page.sample(one.labels, (flow.*one.limit).limit);
    page.family("tern_limit_used_bytes", kGauge, "What is used of it.");
    for (const NamedLimit& one : kLimits) page.sample(one.labels, (flow.*one.limit).used);
    page.family("tern_limit_reached", kGauge, "1 while sends wait for that.");
    for (const NamedLimit& one : kLimits) {
        page.sample(one.labels, int{(flow.*one.limit).reached()});
    }
    page.single("tern_disk_free_bytes", kGauge, "What the disk has left.", flow.disk_free_bytes);
    page.single("tern_disk_reserve_bytes", kGauge, "With less left, persistent sends wait.",
                flow.disk_reserve_bytes);
    page.single("tern_queues_full", kGauge, "Queues whose own limit is reached.", flow.full_queues);
    page.single("tern_sends_waiting", kGauge, "Sends that wait for space.", flow.waiting_sends);
    page.single("tern_sends_waited_total", kCounter, "Sends that had to wait for space.",
                flow.waited_sends);
    page.single("tern_sends_refused_total", kCounter, "Sends that failed for lack of space.",
                flow.refused_sends);
    page.single("tern_messages_discarded_total", kCounter,
                "Messages that subscribers did not take in time.", flow.discarded_messages);
    page.single("tern_consumers_closed_total", kCounter, "Consumers that were too slow.",
                flow.closed_consumers);
    page.family("tern_limit_crossed_total", kCounter, "How often somebody ran into the limit.");
    for (std::size_t i = 0; i < broker::kLimits; ++i) {
        page.sample(fmt::format("of=\"{}\"", broker::name_of(static_cast<broker::Limit>(i))),
                    flow.crossed[i]);
    }
}

void put_connection_limits(MetricsPage& page, const About& about) {
    const ConnectionLimit all = about.connections ? about.connections() : ConnectionLimit();
    page.single("tern_connections_max", kGauge,
                "Connections that there may be at all listeners together; 0: any number.", all.max);
    page.single("tern_connections_refused_total", kCounter,
                "Connections that were one too many for all listeners together.", all.refused);
    std::vector<OpenListener> open =
        about.listeners ? about.listeners() : std::vector<OpenListener>();
    std::erase_if(open, [](const OpenListener& one) { return one.is_http(); });
    if (open.empty()) return;
    const auto put = [&page, &open](std::string_view name, std::string_view type,
                                    std::string_view help,
                                    std::uint64_t ConnectionLimit::* number) {
        page.family(name, type, help);
        for (const OpenListener& one : open) {
            page.sample("listener=\"" + label_value(one.name) + "\"", one.connections.*number);
        }
    };
    put("tern_listener_connections", kGauge, "Connections at the listener.",
        &ConnectionLimit::open);
    put("tern_listener_connections_max", kGauge, "Connections that there may be; 0: any number.",
        &ConnectionLimit::max);
    put("tern_listener_connections_refused_total", kCounter,
        "Connections that were one too many for the listener.", &ConnectionLimit::refused);
}

void put_broker(MetricsPage& page, const About& about, const broker::BrokerStatus& now) {
    page.family("tern_build_info", kGauge, "Which broker this is.");
    page.sample(fmt::format("version=\"{}\",broker=\"{}\"", label_value(about.version),
                            label_value(about.broker_name)),
                1);
    page.single("tern_start_time_seconds", kGauge, "When the broker started, since 1970.",
                about.started_at_ms / 1000);
    page.single("tern_connections", kGauge, "Clients that are connected.", now.connections);
    page.single("tern_connections_opened_total", kCounter, "Connections since the start.",
                now.connections_opened);
    put_connection_limits(page, about);
    page.single("tern_consumers", kGauge, "Consumers of queues and subscriptions.", now.consumers);
    page.family("tern_queues", kGauge, "Queues, by kind.");
    page.sample("kind=\"queue\"", now.queues);
    page.sample("kind=\"temporary\"", now.temporary_queues);
    page.sample("kind=\"subscription\"", now.subscriptions);
    page.single("tern_queues_paused", kGauge, "Queues that are paused.", now.paused_queues);
    page.single("tern_messages_ready", kGauge, "Messages that wait on all queues.", now.ready);
    page.single("tern_messages_unsettled", kGauge,
                "Messages that are delivered and not acknowledged, or in a transaction.",
                now.unsettled);
    page.single("tern_messages_published_total", kCounter, "Messages that clients have sent.",
                now.published);
    page.single("tern_messages_delivered_total", kCounter,
                "Messages that were delivered to clients.", now.delivered);
    page.single("tern_messages_enqueued_total", kCounter,
                "Messages that came to queues; one that goes to two queues counts twice.",
                now.totals.enqueued);
    page.single("tern_messages_dequeued_total", kCounter, "Messages that left queues.",
                now.totals.dequeued);
    page.single("tern_messages_expired_total", kCounter, "Messages whose time was over.",
                now.totals.expired);
    page.single("tern_journal_files", kGauge, "Files of the journal that a start would read.",
                now.journal_files);
    page.single("tern_journal_files_for_fast_recovery", kGauge,
                "Those that a start would read after a stop: all of them.", now.journal_files);
    page.single("tern_journal_files_for_full_recovery", kGauge,
                "Those that a start would read after a crash: all of them.", now.journal_files);
    page.single("tern_journal_written_bytes_total", kCounter, "Bytes written to the journal.",
                now.journal_written_bytes);
    if (now.scheduled) {
        page.single("tern_messages_scheduled", kGauge, "Messages that wait for their time.",
                    *now.scheduled);
    }
    page.single("tern_transactions_open", kGauge,
                "Transactions that clients have begun and not ended.", now.transactions);
    page.single("tern_transaction_messages_max", kGauge,
                "Messages that a transaction may have; 0: any number.", now.uncommitted_max);
    put_flow(page, now.flow);
}

}  // namespace

std::string label_value(std::string_view text) {
    std::string escaped;
    for (const char c : clean_utf8(text)) {
        if (c == '\\' || c == '"') escaped += '\\';
        if (c == '\n') {
            escaped += "\\n";
        } else {
            escaped += c;
        }
    }
    return escaped;
}

MetricsFormat metrics_format(std::string_view accept) {
    // Whoever knows it prefers it, as Prometheus' own libraries have it.
    return accept.find("application/openmetrics-text") == std::string_view::npos
               ? MetricsFormat::prometheus
               : MetricsFormat::open_metrics;
}

std::string metrics_page(const About& about, const broker::BrokerStatus& status,
                         const broker::QueuePage& queues, MetricsFormat format) {
    MetricsPage page(format);
    put_broker(page, about, status);
    std::vector<std::string> labels;
    labels.reserve(queues.rows.size());
    for (const broker::QueueStatus& row : queues.rows) {
        labels.push_back("queue=\"" + label_value(row.info->bindings.front().name) + "\"");
    }
    for (const QueueFamily& family : kQueueFamilies) {
        if (labels.empty()) break;
        page.family(family.name, family.type, family.help);
        for (std::size_t i = 0; i < labels.size(); ++i) {
            page.sample(labels[i], family.number(queues.rows[i]));
        }
    }
    put_latencies(page, labels, queues.rows);
    page.single("tern_queues_without_series", kGauge, "Queues that are left out on this page.",
                queues.total - queues.rows.size());
    return page.take();
}

}  // namespace tern::admin
