#include "admin/rabbitmq/management.h"

#include "admin/rabbitmq/lists.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::admin::rabbitmq {

bool Caller::has(std::string_view tag) const {
    return std::ranges::find(tags, tag) != tags.end();
}

Management::Management(broker::Operations& broker, broker::RouteOperations& routes,
                       Surroundings surroundings)
    : broker_(broker), routes_(routes), surroundings_(std::move(surroundings)) {}

void Management::Call::reply(const json::value& body, int status) {
    respond({.status = status, .body = json::serialize(body)});
}

void Management::Call::done(int status) {
    respond({.status = status});
}

void Management::Call::fail(int status, std::string_view error, std::string_view reason) {
    reply(json::object{{"error", error}, {"reason", json_text(reason)}}, status);
}

void Management::Call::reply_list(json::array rows) {
    auto page = page_of(std::move(rows), target);
    if (!page) return fail(400, page.error().error, page.error().reason);
    reply(*page);
}

void Management::Call::reply_object(json::object object) {
    reply(with_columns(std::move(object), target));
}

std::optional<json::object> Management::Call::body() {
    if (request.body.empty()) return json::object();
    boost::json::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    json::value value = json::parse(request.body, error, {}, options);
    if (!error && value.is_object()) return std::move(value.get_object());
    bad(error ? "not_json" : "no_object");
    return std::nullopt;
}

std::optional<json::object> Management::Call::body_with(
    std::initializer_list<std::string_view> needed) {
    auto given = body();
    if (!given) return given;
    std::string missing;
    for (const std::string_view one : needed) {
        if (given->contains(one)) continue;
        missing.append(missing.empty() ? "" : ",").append("{key_missing,").append(one).append("}");
    }
    if (missing.empty()) return given;
    bad("[" + missing + "]");
    return std::nullopt;
}

std::span<const Management::Route> Management::table() {
    using M = Management;
    constexpr auto kManagement = Needed::management;
    constexpr auto kMonitoring = Needed::monitoring;
    constexpr auto kPolicymaker = Needed::policymaker;
    constexpr auto kAdministrator = Needed::administrator;
    // The first one that matches counts.
    static constexpr std::array kTable{
        Route{"GET", "/api/overview", kManagement, &M::show_overview},
        Route{"GET", "/api/whoami", kManagement, &M::show_whoami},
        Route{"GET", "/api/version", kManagement, &M::show_version},
        Route{"GET", "/api/auth", kManagement, &M::show_auth},
        Route{"GET", "/api/extensions", kManagement, &M::list_extensions},
        Route{"GET", "/api/auth/attempts/{node}", kMonitoring, &M::show_logins},
        Route{"DELETE", "/api/auth/attempts/{node}", kMonitoring, &M::forget_logins},
        Route{"GET", "/api/auth/attempts/{node}/source", kMonitoring, &M::list_login_sources},
        Route{"DELETE", "/api/auth/attempts/{node}/source", kMonitoring, &M::forget_logins},
        Route{"GET", "/api/feature-flags", kManagement, &M::list_nothing},
        Route{"PUT", "/api/feature-flags/{name}/enable", kAdministrator, &M::enable_feature},
        Route{"DELETE", "/api/reset", kAdministrator, &M::forget_statistics},
        Route{"DELETE", "/api/reset/{node}", kAdministrator, &M::forget_statistics},
        Route{"GET", "/api/deprecated-features", kManagement, &M::list_nothing},
        Route{"GET", "/api/deprecated-features/used", kManagement, &M::list_nothing},
        Route{"GET", "/api/cluster-name", kManagement, &M::show_cluster_name},
        Route{"PUT", "/api/cluster-name", kAdministrator, &M::set_cluster_name},
        Route{"GET", "/api/nodes", kMonitoring, &M::list_nodes},
        Route{"GET", "/api/nodes/{node}", kMonitoring, &M::show_node},
        Route{"GET", "/api/nodes/{node}/memory", kMonitoring, &M::show_memory},
        Route{"GET", "/api/nodes/{node}/memory/relative", kMonitoring, &M::show_memory_shares},
        Route{"GET", "/api/aliveness-test/{vhost}", kManagement, &M::check_vhost},
        Route{"GET", "/api/healthchecks/node", kMonitoring, &M::check_alarms},
        Route{"GET", "/api/healthchecks/node/{node}", kMonitoring, &M::check_node},
        Route{"GET", "/api/health/checks/certificate-expiration/{within}/{unit}", kManagement,
              &M::check_certificates},
        Route{"GET", "/api/health/checks/alarms", kManagement, &M::check_alarms},
        Route{"GET", "/api/health/checks/local-alarms", kManagement, &M::check_alarms},
        Route{"GET", "/api/health/checks/virtual-hosts", kManagement, &M::check_well},
        Route{"GET", "/api/health/checks/is-in-service", kManagement, &M::check_well},
        Route{"GET", "/api/health/checks/ready-to-serve-clients", kManagement, &M::check_well},
        Route{"GET", "/api/health/checks/below-node-connection-limit", kManagement, &M::check_well},
        Route{"GET", "/api/health/checks/reached-target-cluster-size", kManagement, &M::check_well},
        Route{"GET", "/api/health/checks/metadata-store/initialized", kManagement, &M::check_well},
        Route{"GET", "/api/health/checks/metadata-store/initialized/with-data", kManagement,
              &M::check_well},
        // Each has its leader here.
        Route{"GET", "/api/health/checks/quorum-queues-without-elected-leaders/all-vhosts",
              kManagement, &M::check_well},
        Route{"GET",
              "/api/health/checks/quorum-queues-without-elected-leaders/all-vhosts/pattern/"
              "{pattern}",
              kManagement, &M::check_well},
        Route{"GET", "/api/health/checks/quorum-queues-without-elected-leaders/vhost/{vhost}",
              kManagement, &M::check_well},
        Route{"GET",
              "/api/health/checks/quorum-queues-without-elected-leaders/vhost/{vhost}/pattern/"
              "{pattern}",
              kManagement, &M::check_well},
        Route{"GET", "/api/health/checks/node-is-quorum-critical", kManagement,
              &M::check_single_node},
        Route{"GET", "/api/health/checks/node-is-mirror-sync-critical", kManagement,
              &M::check_single_node},
        Route{"GET", "/api/health/checks/port-listener/{port}", kManagement, &M::check_port},
        Route{"GET", "/api/health/checks/protocol-listener/{protocol}", kManagement,
              &M::check_protocol},
        Route{"GET", "/metrics", kMonitoring, &M::show_metrics},
        Route{"GET", "/metrics/memory-breakdown", kMonitoring, &M::show_memory_metrics},
        Route{"GET", "/metrics/per-object", kMonitoring, &M::show_metrics},
        Route{"GET", "/metrics/detailed", kMonitoring, &M::show_detailed_metrics},
        // Of old called so.
        Route{"GET", "/api/all-configuration", kAdministrator, &M::export_all},
        Route{"POST", "/api/all-configuration", kAdministrator, &M::import_all},
        Route{"GET", "/api/definitions", kAdministrator, &M::export_all},
        Route{"POST", "/api/definitions", kAdministrator, &M::import_all},
        Route{"GET", "/api/definitions/{vhost}", kAdministrator, &M::export_vhost},
        Route{"POST", "/api/definitions/{vhost}", kAdministrator, &M::import_vhost},
        Route{"GET", "/api/exchanges", kManagement, &M::list_exchanges},
        Route{"GET", "/api/exchanges/{vhost}", kManagement, &M::list_exchanges},
        Route{"GET", "/api/exchanges/{vhost}/{exchange}", kManagement, &M::show_exchange},
        Route{"PUT", "/api/exchanges/{vhost}/{exchange}", kManagement, &M::declare_exchange},
        Route{"DELETE", "/api/exchanges/{vhost}/{exchange}", kManagement, &M::delete_exchange},
        Route{"GET", "/api/exchanges/{vhost}/{exchange}/bindings/source", kManagement,
              &M::list_source_bindings},
        Route{"GET", "/api/exchanges/{vhost}/{exchange}/bindings/destination", kManagement,
              &M::list_destination_bindings},
        Route{"POST", "/api/exchanges/{vhost}/{exchange}/publish", kManagement, &M::publish},
        Route{"GET", "/api/queues", kManagement, &M::list_queues},
        Route{"GET", "/api/queues/detailed", kManagement, &M::list_queues},
        Route{"GET", "/api/queues/{vhost}", kManagement, &M::list_queues},
        Route{"GET", "/api/queues/{vhost}/{queue}", kManagement, &M::show_queue},
        Route{"PUT", "/api/queues/{vhost}/{queue}", kManagement, &M::declare_queue},
        Route{"DELETE", "/api/queues/{vhost}/{queue}", kManagement, &M::delete_queue},
        Route{"GET", "/api/queues/{vhost}/{queue}/bindings", kManagement, &M::list_queue_bindings},
        Route{"DELETE", "/api/queues/{vhost}/{queue}/contents", kManagement, &M::purge_queue},
        Route{"POST", "/api/queues/{vhost}/{queue}/get", kManagement, &M::get_messages},
        Route{"POST", "/api/queues/{vhost}/{queue}/actions", kAdministrator, &M::act_on_queue},
        Route{"GET", "/api/queues/quorum/{vhost}/{queue}/status", kMonitoring,
              &M::show_quorum_status},
        Route{"POST", "/api/queues/quorum/{vhost}/{queue}/replicas/add", kAdministrator,
              &M::add_replica},
        Route{"DELETE", "/api/queues/quorum/{vhost}/{queue}/replicas/delete", kAdministrator,
              &M::delete_replica},
        Route{"POST", "/api/queues/quorum/replicas/on/{node}/grow", kAdministrator,
              &M::grow_replicas},
        Route{"DELETE", "/api/queues/quorum/replicas/on/{node}/shrink", kAdministrator,
              &M::shrink_replicas},
        Route{"POST", "/api/rebalance/queues", kAdministrator, &M::rebalance_queues},
        Route{"GET", "/api/bindings", kManagement, &M::list_bindings},
        Route{"GET", "/api/bindings/{vhost}", kManagement, &M::list_bindings},
        Route{"GET", "/api/bindings/{vhost}/e/{source}/{kind}/{destination}", kManagement,
              &M::list_bindings_between},
        Route{"POST", "/api/bindings/{vhost}/e/{source}/{kind}/{destination}", kManagement,
              &M::make_binding},
        Route{"GET", "/api/bindings/{vhost}/e/{source}/{kind}/{destination}/{key}", kManagement,
              &M::show_binding},
        Route{"DELETE", "/api/bindings/{vhost}/e/{source}/{kind}/{destination}/{key}", kManagement,
              &M::delete_binding},
        Route{"GET", "/api/connections", kManagement, &M::list_connections},
        Route{"GET", "/api/connections/{connection}", kManagement, &M::show_connection},
        Route{"DELETE", "/api/connections/{connection}", kManagement, &M::close_connection},
        Route{"GET", "/api/connections/{connection}/channels", kManagement,
              &M::list_connection_channels},
        Route{"GET", "/api/connections/username/{user}", kManagement, &M::list_connections},
        Route{"DELETE", "/api/connections/username/{user}", kManagement,
              &M::close_user_connections},
        Route{"GET", "/api/vhosts/{vhost}/connections", kManagement, &M::list_connections},
        Route{"GET", "/api/channels", kManagement, &M::list_channels},
        Route{"GET", "/api/channels/{channel}", kManagement, &M::show_channel},
        Route{"GET", "/api/vhosts/{vhost}/channels", kManagement, &M::list_channels},
        Route{"GET", "/api/consumers", kManagement, &M::list_consumers},
        Route{"GET", "/api/consumers/{vhost}", kManagement, &M::list_consumers},
        Route{"GET", "/api/vhosts", kManagement, &M::list_vhosts},
        Route{"GET", "/api/vhosts/{vhost}", kManagement, &M::show_vhost},
        Route{"PUT", "/api/vhosts/{name}", kAdministrator, &M::put_vhost},
        Route{"DELETE", "/api/vhosts/{name}", kAdministrator, &M::delete_vhost},
        Route{"POST", "/api/vhosts/{vhost}/deletion/protection", kAdministrator, &M::protect_vhost},
        Route{"DELETE", "/api/vhosts/{vhost}/deletion/protection", kAdministrator,
              &M::unprotect_vhost},
        Route{"POST", "/api/vhosts/{vhost}/start/{node}", kAdministrator, &M::start_vhost},
        Route{"GET", "/api/vhosts/{vhost}/permissions", kAdministrator, &M::list_permissions},
        Route{"GET", "/api/vhosts/{vhost}/topic-permissions", kAdministrator,
              &M::list_topic_permissions},
        Route{"GET", "/api/users", kAdministrator, &M::list_users},
        Route{"GET", "/api/users/without-permissions", kAdministrator,
              &M::list_users_without_permissions},
        Route{"POST", "/api/users/bulk-delete", kAdministrator, &M::delete_users},
        Route{"GET", "/api/users/{user}", kAdministrator, &M::show_user},
        Route{"PUT", "/api/users/{user}", kAdministrator, &M::put_user},
        Route{"DELETE", "/api/users/{user}", kAdministrator, &M::delete_user},
        Route{"GET", "/api/users/{user}/permissions", kAdministrator, &M::list_permissions},
        Route{"GET", "/api/users/{user}/topic-permissions", kAdministrator,
              &M::list_topic_permissions},
        Route{"GET", "/api/auth/hash_password/{password}", kManagement, &M::hash_password},
        Route{"GET", "/api/permissions", kAdministrator, &M::list_permissions},
        Route{"GET", "/api/permissions/{name}/{user}", kAdministrator, &M::show_permission},
        Route{"PUT", "/api/permissions/{name}/{user}", kAdministrator, &M::put_permission},
        Route{"DELETE", "/api/permissions/{name}/{user}", kAdministrator, &M::delete_permission},
        Route{"GET", "/api/topic-permissions", kAdministrator, &M::list_topic_permissions},
        Route{"GET", "/api/topic-permissions/{name}/{user}", kAdministrator,
              &M::show_topic_permissions},
        Route{"PUT", "/api/topic-permissions/{name}/{user}", kAdministrator,
              &M::put_topic_permission},
        Route{"DELETE", "/api/topic-permissions/{name}/{user}", kAdministrator,
              &M::delete_topic_permissions},
        Route{"DELETE", "/api/topic-permissions/{name}/{user}/{exchange}", kAdministrator,
              &M::delete_topic_permissions},
        Route{"GET", "/api/vhost-limits", kManagement, &M::list_vhost_limits},
        Route{"GET", "/api/vhost-limits/{vhost}", kManagement, &M::list_vhost_limits},
        Route{"PUT", "/api/vhost-limits/{vhost}/{limit}", kAdministrator, &M::put_vhost_limit},
        Route{"DELETE", "/api/vhost-limits/{vhost}/{limit}", kAdministrator,
              &M::delete_vhost_limit},
        Route{"GET", "/api/user-limits", kAdministrator, &M::list_user_limits},
        Route{"GET", "/api/user-limits/{user}", kAdministrator, &M::list_user_limits},
        Route{"PUT", "/api/user-limits/{user}/{limit}", kAdministrator, &M::put_user_limit},
        Route{"DELETE", "/api/user-limits/{user}/{limit}", kAdministrator, &M::delete_user_limit},
        Route{"GET", "/api/policies", kManagement, &M::list_policies},
        Route{"GET", "/api/policies/{vhost}", kManagement, &M::list_policies},
        Route{"GET", "/api/policies/{vhost}/{policy}", kManagement, &M::show_policy},
        Route{"PUT", "/api/policies/{vhost}/{policy}", kPolicymaker, &M::put_policy},
        Route{"DELETE", "/api/policies/{vhost}/{policy}", kPolicymaker, &M::delete_policy},
        Route{"GET", "/api/operator-policies", kManagement, &M::list_operator_policies},
        Route{"GET", "/api/operator-policies/{vhost}", kManagement, &M::list_operator_policies},
        Route{"GET", "/api/operator-policies/{vhost}/{policy}", kManagement,
              &M::show_operator_policy},
        Route{"PUT", "/api/operator-policies/{vhost}/{policy}", kAdministrator,
              &M::put_operator_policy},
        Route{"DELETE", "/api/operator-policies/{vhost}/{policy}", kAdministrator,
              &M::delete_operator_policy},
        Route{"GET", "/api/parameters", kPolicymaker, &M::list_parameters},
        Route{"GET", "/api/parameters/{component}", kPolicymaker, &M::list_parameters},
        Route{"GET", "/api/parameters/{component}/{vhost}", kPolicymaker, &M::list_parameters},
        Route{"GET", "/api/parameters/{component}/{vhost}/{name}", kPolicymaker,
              &M::show_parameter},
        Route{"PUT", "/api/parameters/{component}/{vhost}/{name}", kPolicymaker, &M::put_parameter},
        Route{"DELETE", "/api/parameters/{component}/{vhost}/{name}", kPolicymaker,
              &M::delete_parameter},
        Route{"GET", "/api/global-parameters", kPolicymaker, &M::list_global_parameters},
        Route{"GET", "/api/global-parameters/{name}", kPolicymaker, &M::show_global_parameter},
        Route{"PUT", "/api/global-parameters/{name}", kAdministrator, &M::put_global_parameter},
        Route{"DELETE", "/api/global-parameters/{name}", kAdministrator,
              &M::delete_global_parameter},
    };
    return kTable;
}

std::vector<std::pair<std::string, std::string>> Management::routes() {
    std::vector<std::pair<std::string, std::string>> all;
    for (const Route& one : table()) all.emplace_back(one.method, one.path);
    return all;
}

void Management::handle(Request request, Caller caller, Respond respond) {
    const auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->caller = std::move(caller);
    call->respond = std::move(respond);
    auto target = parse_target(call->request.target);
    if (!target) return call->missing();
    call->target = std::move(*target);
    auto found = find_route(table(), call->request.method, call->target);
    if (found.route != nullptr) {
        call->arguments = std::move(found.arguments);
        if (may(call, *found.route)) (this->*found.route->handler)(call);
        return;
    }
    if (found.allowed.empty()) return call->missing();
    call->respond({.status = 405, .headers = {{"Allow", found.allowed}}});
}

void Management::handle_metrics(Request request, Respond respond) {
    const std::string_view path =
        std::string_view(request.target)
            .substr(0, std::min(request.target.find('?'), request.target.size()));
    const bool metrics = path == "/metrics" || path.starts_with("/metrics/");
    if (!metrics) return respond({.status = 404});
    handle(std::move(request), {.tags = {"monitoring"}}, std::move(respond));
}

bool Management::may(const CallPtr& call, const Route& route) {
    const Caller& caller = call->caller;
    if (!caller.is_let_in()) {
        call->refuse("Not management user");
        return false;
    }
    if (route.needed == Needed::monitoring && !caller.is_monitoring()) {
        call->refuse("Not monitor user");
        return false;
    }
    if (route.needed == Needed::policymaker && !caller.is_policymaker()) {
        call->refuse("Not policymaker");
        return false;
    }
    if (route.needed == Needed::administrator && !caller.is_administrator()) {
        call->refuse("Not administrator user");
        return false;
    }
    const auto vhost = argument_of(route.path, "{vhost}");
    if (!vhost) return true;
    if (!book()->has(Section::vhosts, {call->at(*vhost)})) {
        if (route.method == "GET" || route.method == "DELETE") {
            call->missing();
        } else {
            call->fail(404, "not_found", "vhost_not_found");
        }
        return false;
    }
    // Who looks after all of them may look into all of them.
    const bool looks = route.method == "GET" && caller.is_monitoring();
    if (looks || caller.is_administrator() || sees(*call, call->at(*vhost))) return true;
    call->refuse("User not authorised to access virtual host");
    return false;
}

bool Management::sees(const Call& call, std::string_view vhost) const {
    return call.caller.is_monitoring() ||
           book()->has(Section::permissions, {call.caller.user, std::string(vhost)});
}

void Management::change(const CallPtr& call, int status, const std::function<void(Book&)>& how) {
    if (const auto changed = surroundings_.change(how); !changed) return call->bad(changed.error());
    when_it_holds([call, status] { call->done(status); });
}

/// The shards were told before they are asked.
void Management::when_it_holds(std::function<void()> then) {
    broker_.status([then = std::move(then)](const broker::BrokerStatus&) { then(); });
}

void Management::look(unsigned parts, std::move_only_function<void(Sight&)> then) {
    const auto sight = std::make_shared<Sight>();
    broker_.status(
        [this, parts, sight, then = std::move(then)](const broker::BrokerStatus& status) mutable {
            sight->status = status;
            look(parts, sight, std::move(then));
        });
}

void Management::look(unsigned parts, const std::shared_ptr<Sight>& sight,
                      std::move_only_function<void(Sight&)> then) {
    if ((parts & kQueues) != 0) {
        return broker_.list_queues(
            {.limit = SIZE_MAX},
            [this, parts, sight, then = std::move(then)](broker::QueuePage page) mutable {
                sight->queues = std::move(page.rows);
                // What protocols keep for themselves is no queue of anybody's.
                std::erase_if(sight->queues, [](const broker::QueueStatus& one) {
                    const std::string& name = one.info->bindings.front().name;
                    return name.starts_with('$') ||
                           broker::split_address(name).name.starts_with("amq.rabbitmq.reply-to");
                });
                look(parts & ~kQueues, sight, std::move(then));
            });
    }
    if ((parts & kRoutes) != 0) {
        return routes_.list_routes(
            {}, [this, parts, sight, then = std::move(then)](broker::Routes routes) mutable {
                sight->routes = std::move(routes);
                look(parts & ~kRoutes, sight, std::move(then));
            });
    }
    if ((parts & kConnections) != 0) {
        return broker_.list_connections([this, parts, sight, then = std::move(then)](
                                            std::vector<broker::ConnectionStatus> found) mutable {
            sight->connections = std::move(found);
            std::erase_if(sight->connections, [](const broker::ConnectionStatus& one) {
                return one.listener == "management";  // an errand of this API's own
            });
            look(parts & ~kConnections, sight, std::move(then));
        });
    }
    if ((parts & kConsumers) != 0) {
        return broker_.list_consumers(
            {}, [this, parts, sight,
                 then = std::move(then)](const std::vector<broker::ConsumerStatus>& found) mutable {
                find_active(*sight, found);
                look(parts & ~kConsumers, sight, std::move(then));
            });
    }
    then(*sight);
}

void Management::find_active(Sight& sight, const std::vector<broker::ConsumerStatus>& consumers) {
    std::set<std::string, std::less<>> single;
    for (const broker::ConsumerStatus& one : consumers) {
        if (!one.active) sight.waiting.push_back(one.ref);
        const auto& options = one.queue->options;
        if (options != nullptr && options->single_active_consumer) {
            single.insert(one.queue->bindings.front().name);
        }
    }
    for (const broker::ConnectionStatus& connection : sight.connections) {
        if (connection.portrait == nullptr) continue;
        for (const auto& channel : connection.portrait->channels) {
            for (const auto& consumer : channel.consumers) {
                if (!is_active(sight, connection, consumer)) continue;
                sight.active.try_emplace(consumer.address,
                                         Active{.tag = consumer.tag,
                                                .exclusive = consumer.exclusive,
                                                .single = single.contains(consumer.address)});
            }
        }
    }
}

bool Management::is_active(const Sight& sight, const broker::ConnectionStatus& connection,
                           const broker::Portrait::Consumer& consumer) {
    const broker::ConsumerRef ref{connection.ref.shard, connection.ref.connection, consumer.number};
    return std::ranges::find(sight.waiting, ref) == sight.waiting.end();
}

}  // namespace tern::admin::rabbitmq
