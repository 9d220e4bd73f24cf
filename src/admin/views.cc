#include "admin/views.h"

#include "admin/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tern::admin {
namespace {

json::object numbers(const broker::QueueStatus& queue) {
    return {{"size", queue.counts.ready + queue.counts.unsettled},
            {"ready", queue.counts.ready},
            {"unsettled", queue.counts.unsettled},
            {"consumers", queue.counts.consumers},
            {"enqueued", queue.totals.enqueued},
            {"dispatched", queue.totals.dispatched},
            {"dequeued", queue.totals.dequeued},
            {"expired", queue.totals.expired},
            {"memory_bytes", queue.memory_bytes},
            {"memory_limit", queue.memory_limit},
            {"disk_bytes", queue.disk_bytes},
            {"full", queue.full},
            {"paused", queue.paused},
            {"dead_letters", queue.dead_letters},
            {"durable", queue.info->durable == Durable::yes}};
}

/// Milliseconds.
json::object latency_json(const broker::Latency& latency) {
    const auto ms = [](double us) { return std::round(us) / 1000; };
    const auto quantile = [&](double share) {
        return ms(static_cast<double>(latency.recent.quantile(share)));
    };
    return {{"count", latency.count}, {"sum", ms(static_cast<double>(latency.sum_us))},
            {"p50", quantile(0.5)},   {"p90", quantile(0.9)},
            {"p99", quantile(0.99)},  {"max", quantile(1)}};
}

void append(json::object& to, json::object from) {
    for (auto& member : from) to[member.key()] = std::move(member.value());
}

}  // namespace

json::object latencies_json(const broker::Latencies& all) {
    return {{"confirm", latency_json(all.confirm)},
            {"queueing", latency_json(all.queueing)},
            {"delivery", latency_json(all.delivery)}};
}

std::string to_text(const broker::ConnectionRef& connection) {
    return fmt::format("{}-{}", connection.shard.value, connection.connection.value);
}

std::string to_text(const broker::ConsumerRef& consumer) {
    return fmt::format("{}-{}-{}", consumer.shard.value, consumer.connection.value,
                       consumer.consumer.value);
}

std::optional<broker::ConnectionRef> parse_connection(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto shard = parse_number(text.substr(0, dash));
    const auto number = parse_number(text.substr(dash + 1));
    if (!shard || !number || *shard > UINT16_MAX) return std::nullopt;
    return broker::ConnectionRef{ShardId{static_cast<std::uint16_t>(*shard)},
                                 broker::ConnectionNumber{*number}};
}

std::optional<broker::Destination> parse_destination(std::string_view text) {
    auto found = broker::elements({broker::Domain::queue, false, text});
    if (found.size() != 1 || found.front().name.empty() || found.front().temporary) {
        return std::nullopt;
    }
    return std::move(found.front());
}

std::string topics_of(const broker::QueueInfo& subscription) {
    std::string all;
    for (const broker::Destination& one : subscription.bindings) {
        all += (all.empty() ? "" : ",") + one.name;
    }
    return all;
}

json::object queue_json(const broker::QueueStatus& queue, const Counts& producers) {
    const broker::Destination& name = queue.info->bindings.front();
    const auto senders = producers.find(name.name);
    json::object row{{"name", json_text(name.name)}, {"temporary", name.temporary}};
    append(row, numbers(queue));
    row["producers"] = senders == producers.end() ? 0 : senders->second;
    if (queue.latencies != nullptr) row["latency"] = latencies_json(*queue.latencies);
    return row;
}

json::object subscription_json(const broker::QueueStatus& subscription) {
    const broker::QueueInfo& info = *subscription.info;
    json::object row{{"topic", json_text(topics_of(info))}};
    if (info.subscription) {
        row["client_id"] = json_text(info.subscription->key.client_id);
        row["name"] = json_text(info.subscription->key.name);
        row["shared"] = info.subscription->shared;
        row["selector"] = json_text(info.subscription->selector);
    } else {
        row["client_id"] = nullptr;
        row["name"] = nullptr;
        row["shared"] = false;
        row["connection"] = to_text(broker::ConnectionRef{info.connection_shard, info.connection});
    }
    row["active"] = subscription.counts.consumers > 0;
    append(row, numbers(subscription));
    return row;
}

json::object connection_json(const broker::ConnectionStatus& connection) {
    return {{"id", to_text(connection.ref)},
            {"protocol", json_text(connection.protocol)},
            {"peer", json_text(connection.peer)},
            {"client_id", json_text(connection.client_id)},
            {"connected_at_ms", connection.connected_at_ms},
            {"published", connection.published},
            {"delivered", connection.delivered},
            {"consumers", connection.consumers},
            {"consumers_max", connection.consumers_max},
            {"producers_max", connection.producers_max},
            {"transactions", connection.transactions},
            {"unconfirmed", connection.unconfirmed},
            {"waiting", connection.waiting},
            {"blocked", connection.blocked}};
}

json::object consumer_json(const broker::ConsumerStatus& consumer) {
    const broker::QueueInfo& info = *consumer.queue;
    const bool topic = info.is_subscription();
    return {
        {"id", to_text(consumer.ref)},
        {"connection", to_text(broker::ConnectionRef{consumer.ref.shard, consumer.ref.connection})},
        {"destination", json_text((topic ? "topic://" : "queue://") + topics_of(info))},
        {"subscription", json_text(info.subscription ? info.subscription->key.name : "")},
        {"protocol", json_text(consumer.protocol)},
        {"peer", json_text(consumer.peer)},
        {"client_id", json_text(consumer.client_id)},
        {"selector", json_text(consumer.selector)},
        {"unsettled", consumer.unsettled},
        {"credit", consumer.credit},
        {"delivered", consumer.delivered},
        {"groups", consumer.groups},
        {"waiting", consumer.waiting},
        {"priority", consumer.priority},
        {"exclusive", consumer.exclusive}};
}

json::object limit_json(const broker::LimitStatus& limit) {
    return {{"used_bytes", limit.used},
            {"limit_bytes", limit.limit},
            {"percent", std::round(limit.percent() * 10) / 10},
            {"reached", limit.reached()}};
}

json::object crossed_json(const broker::LimitCounts& crossed) {
    json::object all;
    for (std::size_t i = 0; i < broker::kLimits; ++i) {
        all[broker::name_of(static_cast<broker::Limit>(i))] = crossed[i];
    }
    return all;
}

json::object flow_json(const broker::FlowStatus& flow) {
    return {{"memory", limit_json(flow.memory)},
            {"store", limit_json(flow.store)},
            {"temporary", limit_json(flow.temporary)},
            {"schedule", limit_json(flow.schedule)},
            {"disk_free_bytes", flow.disk_free_bytes},
            {"disk_reserve_bytes", flow.disk_reserve_bytes},
            {"full_queues", flow.full_queues},
            {"waiting_sends", flow.waiting_sends},
            {"waited_sends", flow.waited_sends},
            {"refused_sends", flow.refused_sends},
            {"discarded_messages", flow.discarded_messages},
            {"closed_consumers", flow.closed_consumers},
            {"crossed", crossed_json(flow.crossed)}};
}

json::object status_json(const broker::BrokerStatus& status) {
    return {{"shards", status.shards},
            {"queues", status.queues},
            {"temporary_queues", status.temporary_queues},
            {"subscriptions", status.subscriptions},
            {"paused_queues", status.paused_queues},
            {"connections", status.connections},
            {"connections_opened", status.connections_opened},
            {"consumers", status.consumers},
            {"messages", status.ready + status.unsettled},
            {"ready", status.ready},
            {"unsettled", status.unsettled},
            {"enqueued", status.totals.enqueued},
            {"dispatched", status.totals.dispatched},
            {"dequeued", status.totals.dequeued},
            {"expired", status.totals.expired},
            {"published", status.published},
            {"delivered", status.delivered},
            {"journal_files", status.journal_files},
            {"journal_written_bytes", status.journal_written_bytes},
            {"flow", flow_json(status.flow)}};
}

}  // namespace tern::admin
