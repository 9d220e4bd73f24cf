#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"
#include "protocol/amqp091/options.h"

#include <algorithm>
#include <array>

namespace tern::admin::rabbitmq {
namespace {

constexpr const char* kClusterName = "cluster_name";

json::array exchange_types() {
    json::array types;
    for (const char* const name : {"direct", "fanout", "headers", "topic", "x-consistent-hash"}) {
        types.push_back({{"name", name}, {"description", ""}, {"enabled", true}});
    }
    return types;
}

}  // namespace

std::string Management::cluster_name() const {
    const auto now = book();
    if (now == nullptr) return node_name();
    const json::object* const set = now->find(Section::global_parameters, {kClusterName});
    if (set != nullptr) {
        if (const auto text = text_of(*set, "value")) return *text;
    }
    return node_name();
}

json::object Management::overview(const Sight& sight, const Caller& caller) {
    const std::int64_t now_ms = surroundings_.wall_ms();
    const broker::BrokerStatus& status = sight.status;
    json::object stats;
    rates_.add(stats, "publish", "overview", status.published, now_ms);
    rates_.add(stats, "deliver_get", "overview", status.delivered, now_ms);
    rates_.add(stats, "ack", "overview",
               status.totals.dequeued - std::min(status.totals.dequeued, status.totals.expired),
               now_ms);
    json::object totals;
    std::uint64_t ready = 0;
    std::uint64_t unsettled = 0;
    for (const broker::QueueStatus& one : sight.queues) {
        ready += one.counts.ready;
        unsettled += one.counts.unsettled;
    }
    rates_.add(totals, "messages", "overview", ready + unsettled, now_ms);
    rates_.add(totals, "messages_ready", "overview", ready, now_ms);
    rates_.add(totals, "messages_unacknowledged", "overview", unsettled, now_ms);
    std::size_t channels = 0;
    std::size_t consumers = 0;
    for (const auto& one : sight.connections) {
        if (one.portrait == nullptr) {
            consumers += one.consumers;
            continue;
        }
        channels += one.portrait->channels.size();
        for (const auto& channel : one.portrait->channels) consumers += channel.consumers.size();
    }
    json::object churn;
    rates_.add(churn, "connection_created", "overview", status.connections_opened, now_ms);
    rates_.add(churn, "connection_closed", "overview",
               status.connections_opened -
                   std::min<std::uint64_t>(status.connections_opened, status.connections),
               now_ms);
    json::object view{
        {"management_version", amqp091::kCompatibleVersion},
        {"rates_mode", "basic"},
        {"sample_retention_policies",
         {{"global", json::array()}, {"basic", json::array()}, {"detailed", json::array()}}},
        {"exchange_types", exchange_types()},
        {"product_version", surroundings_.version},
        {"product_name", "TernMQ"},
        {"rabbitmq_version", amqp091::kCompatibleVersion},
        {"cluster_name", json_text(cluster_name())},
        {"cluster_tags", json::object()},
        {"node_tags", json::object()},
        {"erlang_version", ""},
        {"erlang_full_version", ""},
        {"disable_stats", false},
        {"enable_queue_totals", false},
        {"default_queue_type", surroundings_.default_queue_type},
        {"is_op_policy_updating_enabled", surroundings_.operator_policy_changes},
        {"message_stats", std::move(stats)},
        {"churn_rates", std::move(churn)},
        {"queue_totals", std::move(totals)},
        {"object_totals",
         {{"channels", channels},
          {"consumers", consumers},
          {"exchanges", sight.routes.exchanges.size()},
          {"queues", sight.queues.size()},
          {"connections", sight.connections.size()}}},
        {"statistics_db_event_queue", 0},
        {"node", json_text(node_name())},
        {"contexts", json::array()}};
    if (!caller.is_monitoring()) return view;
    json::array listeners;
    for (const OpenPort& port : surroundings_.ports) {
        listeners.push_back({{"node", json_text(node_name())},
                             {"protocol", json_text(port.protocol)},
                             {"ip_address", json_text(port.address)},
                             {"port", port.port},
                             {"tls", port.tls},
                             {"socket_opts", json::object()}});
    }
    view["listeners"] = std::move(listeners);
    return view;
}

void Management::show_overview(const CallPtr& call) {
    look(kQueues | kRoutes | kConnections,
         [this, call](Sight& sight) { call->reply_object(overview(sight, call->caller)); });
}

json::object Management::node(const Sight& sight) {
    const Node now = surroundings_.node();
    const broker::FlowStatus& flow = sight.status.flow;
    json::array mechanisms;
    for (const char* const name : {"AMQPLAIN", "PLAIN"}) {
        mechanisms.push_back({{"name", name}, {"description", ""}, {"enabled", true}});
    }
    return {{"name", json_text(node_name())},
            {"type", "disc"},
            {"running", true},
            {"os_pid", std::to_string(now.process)},
            {"partitions", json::array()},
            {"fd_used", now.files_open},
            {"fd_total", now.files_max},
            {"sockets_used", sight.connections.size()},
            {"sockets_total", now.files_max},
            {"mem_used", now.memory_bytes},
            {"mem_limit", flow.memory.limit},
            {"mem_alarm", flow.memory.reached()},
            {"disk_free", flow.disk_free_bytes},
            {"disk_free_limit", flow.disk_reserve_bytes},
            {"disk_free_alarm",
             flow.disk_reserve_bytes > 0 && flow.disk_free_bytes < flow.disk_reserve_bytes},
            {"proc_used", sight.status.shards},
            {"proc_total", sight.status.shards},
            {"rates_mode", "basic"},
            {"uptime", surroundings_.wall_ms() - surroundings_.started_at_ms},
            {"run_queue", 0},
            {"processors", now.processors},
            {"exchange_types", exchange_types()},
            {"auth_mechanisms", std::move(mechanisms)},
            {"applications", json::array()},
            {"contexts", json::array()},
            {"log_files", json::array()},
            {"enabled_plugins",
             json::array{"rabbitmq_management", "rabbitmq_consistent_hash_exchange"}},
            {"being_drained", false}};
}

void Management::list_nodes(const CallPtr& call) {
    look(kConnections, [this, call](Sight& sight) { call->reply_list({node(sight)}); });
}

void Management::show_node(const CallPtr& call) {
    if (!is_this_node(call)) return call->missing();
    look(kConnections, [this, call](Sight& sight) { call->reply_object(node(sight)); });
}

json::object Management::memory_of(const Node& now, const Sight& sight) {
    const std::uint64_t messages = sight.status.flow.memory.used;
    return {{"messages", messages},
            {"other_system", now.memory_bytes - std::min(now.memory_bytes, messages)}};
}

void Management::show_memory(const CallPtr& call) {
    if (!is_this_node(call)) return call->missing();
    look(0, [this, call](Sight& sight) {
        const Node now = surroundings_.node();
        json::object memory = memory_of(now, sight);
        memory["strategy"] = "rss";
        memory["total"] = json::object{{"rss", now.memory_bytes}, {"allocated", now.memory_bytes}};
        call->reply_object({{"memory", std::move(memory)}});
    });
}

void Management::show_memory_shares(const CallPtr& call) {
    if (!is_this_node(call)) return call->missing();
    look(0, [this, call](Sight& sight) {
        const Node now = surroundings_.node();
        json::object memory = memory_of(now, sight);
        for (auto& member : memory) {
            constexpr std::uint64_t kPercent = 100;
            const std::uint64_t bytes = member.value().to_number<std::uint64_t>();
            const std::uint64_t total = std::max<std::uint64_t>(now.memory_bytes, 1);
            const std::uint64_t share = (bytes * kPercent + total / 2) / total;
            // A little is not nothing.
            member.value() = bytes > 0 ? std::max<std::uint64_t>(share, 1) : 0;
        }
        memory["total"] = 100;
        call->reply_object({{"memory", std::move(memory)}});
    });
}

void Management::show_whoami(const CallPtr& call) {
    json::array tags;
    for (const std::string& tag : call->caller.tags) tags.push_back(json_text(tag));
    call->reply_object({{"name", json_text(call->caller.user)},
                        {"tags", std::move(tags)},
                        {"is_internal_user", book()->has(Section::users, {call->caller.user})}});
}

void Management::show_version(const CallPtr& call) {
    call->reply(amqp091::kCompatibleVersion);
}

void Management::show_auth(const CallPtr& call) {
    call->reply_object({{"oauth_enabled", false}});
}

void Management::list_extensions(const CallPtr& call) {
    call->reply(json::array{json::object()});
}

void Management::list_nothing(const CallPtr& call) {
    call->reply(json::array());
}

void Management::enable_feature(const CallPtr& call) {
    // There is none that could be off.
    call->bad("unsupported");
}

void Management::forget_statistics(const CallPtr& call) {
    if (!call->arguments.empty() && !is_this_node(call)) return call->missing();
    rates_ = {};
    call->done();
}

void Management::show_logins(const CallPtr& call) {
    if (!is_this_node(call)) return call->missing();
    json::array rows;
    if (surroundings_.totals != nullptr) {
        const amqp091::Totals& totals = *surroundings_.totals;
        const std::uint64_t good = totals[amqp091::Total::logins] - logins_forgotten_;
        const std::uint64_t bad = totals[amqp091::Total::logins_refused] - refusals_forgotten_;
        rows.push_back({{"protocol", "amqp091"},
                        {"auth_attempts", good + bad},
                        {"auth_attempts_failed", bad},
                        {"auth_attempts_succeeded", good}});
    }
    call->reply(std::move(rows));
}

void Management::list_login_sources(const CallPtr& call) {
    // As RabbitMQ answers, which does not note them unless it is told to.
    is_this_node(call) ? call->reply(json::array()) : call->missing();
}

void Management::forget_logins(const CallPtr& call) {
    if (!is_this_node(call)) return call->missing();
    if (surroundings_.totals != nullptr) {
        logins_forgotten_ = (*surroundings_.totals)[amqp091::Total::logins];
        refusals_forgotten_ = (*surroundings_.totals)[amqp091::Total::logins_refused];
    }
    call->done();
}

void Management::show_cluster_name(const CallPtr& call) {
    call->reply_object({{"name", json_text(cluster_name())}});
}

void Management::set_cluster_name(const CallPtr& call) {
    const auto body = call->body_with({"name"});
    if (!body) return;
    change(call, 204, [&](Book& to) {
        to.put(Section::global_parameters, {{"name", kClusterName}, {"value", body->at("name")}});
    });
}

}  // namespace tern::admin::rabbitmq
