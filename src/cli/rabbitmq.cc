#include "cli/rabbitmq.h"

#include "admin/json.h"
#include "admin/target.h"
#include "cli/broker_api.h"
#include "cli/http_client.h"
#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

namespace tern::cli {
namespace {

using admin::escape;
using Columns = std::vector<std::string>;

/// What lies at a path of members, as text.
std::string cell_at(const json::object& row, std::string_view path) {
    const std::size_t dot = path.find('.');
    const std::string name(path.substr(0, dot));
    if (dot == std::string_view::npos) return cell(row, name);
    const json::value* const inner = row.if_contains(name);
    if (inner == nullptr || !inner->is_object()) return "-";
    return cell_at(inner->get_object(), path.substr(dot + 1));
}

class Rabbitmq {
public:
    explicit Rabbitmq(const RabbitmqOptions& options) : options_(options) {}

    struct Entry {
        RabbitmqVerb verb;
        std::function<Outcome<int>(const Rabbitmq&)> does;
    };
    [[nodiscard]] static const std::vector<Entry>& table();
    [[nodiscard]] Outcome<int> run() const;

private:
    [[nodiscard]] Outcome<json::value> call(const std::string& method, const std::string& path,
                                            const json::value& body = nullptr) const;
    /// Asks for it, and prints nothing if it was done.
    [[nodiscard]] Outcome<int> act(const std::string& method, const std::string& path,
                                   const json::value& body = nullptr) const;
    [[nodiscard]] Outcome<int> check(const std::string& what) const {
        return act("GET", "/api/health/checks/" + what);
    }
    /// The columns that were asked for, or these.
    [[nodiscard]] Outcome<int> list(const std::string& path, Columns columns) const;
    [[nodiscard]] Outcome<int> status() const;
    [[nodiscard]] Outcome<int> set_tags() const;
    [[nodiscard]] Outcome<int> change_password() const;
    [[nodiscard]] Outcome<int> set_policy(const std::string& path) const;
    [[nodiscard]] Outcome<int> set_limits(const std::string& path, std::size_t at) const;
    [[nodiscard]] Outcome<int> clear_vhost_limits() const;
    [[nodiscard]] Outcome<int> close_all() const;
    [[nodiscard]] Outcome<int> authenticate() const;
    [[nodiscard]] Outcome<int> export_definitions() const;
    [[nodiscard]] Outcome<int> import_definitions() const;

    [[nodiscard]] const std::string& given(std::size_t i) const { return options_.arguments[i]; }
    [[nodiscard]] std::string name(std::size_t i) const { return escape(given(i)); }
    [[nodiscard]] std::string vhost() const { return escape(options_.vhost); }
    /// The path of the one that is named first.
    [[nodiscard]] std::string quorum_queue() const {
        return "/api/queues/quorum/" + vhost() + "/" + name(0);
    }

    const RabbitmqOptions& options_;
};

const std::vector<Rabbitmq::Entry>& Rabbitmq::table() {
    using R = const Rabbitmq&;
    static const std::vector<Entry> all{
        {{"status", "", "The node, its ports and totals"}, [](R r) { return r.status(); }},
        {{"list_queues", "[COLUMN...]", "Queues of a virtual host"},
         [](R r) { return r.list("/api/queues/" + r.vhost(), {"name", "messages"}); }},
        {{"list_exchanges", "[COLUMN...]", "Exchanges of a virtual host"},
         [](R r) { return r.list("/api/exchanges/" + r.vhost(), {"name", "type"}); }},
        {{"list_bindings", "[COLUMN...]", "Bindings of a virtual host"},
         [](R r) {
             return r.list(
                 "/api/bindings/" + r.vhost(),
                 {"source", "destination", "destination_type", "routing_key", "arguments"});
         }},
        {{"list_connections", "[COLUMN...]", "Connections"},
         [](R r) { return r.list("/api/connections", {"name", "user", "vhost", "state"}); }},
        {{"list_channels", "[COLUMN...]", "Channels"},
         [](R r) {
             return r.list("/api/channels",
                           {"name", "user", "consumer_count", "messages_unacknowledged"});
         }},
        {{"list_consumers", "[COLUMN...]", "Consumers in a virtual host"},
         [](R r) {
             return r.list("/api/consumers/" + r.vhost(),
                           {"queue.name", "channel_details.name", "consumer_tag", "ack_required",
                            "prefetch_count"});
         }},
        {{"purge_queue", "QUEUE", "Removes the messages that wait on a queue"},
         [](R r) {
             return r.act("DELETE", "/api/queues/" + r.vhost() + "/" + r.name(0) + "/contents");
         }},
        {{"delete_queue", "QUEUE", "Removes a queue"},
         [](R r) {
             return r.act("DELETE",
                          fmt::format("/api/queues/{}/{}?if-empty={}&if-unused={}", r.vhost(),
                                      r.name(0), r.options_.if_empty, r.options_.if_unused));
         }},
        {{"quorum_status", "QUEUE", "Who has replicas of a quorum queue"},
         [](R r) {
             return r.list(r.quorum_queue() + "/status", {"Node Name", "Raft State", "Membership"});
         }},
        {{"add_member", "QUEUE NODE", "Adds a replica of a quorum queue"},
         [](R r) {
             return r.act("POST", r.quorum_queue() + "/replicas/add",
                          json::object{{"node", r.given(1)}});
         }},
        {{"delete_member", "QUEUE NODE", "Removes a replica of a quorum queue"},
         [](R r) {
             return r.act("DELETE", r.quorum_queue() + "/replicas/delete",
                          json::object{{"node", r.given(1)}});
         }},
        {{"rebalance", "", "Spreads queues over nodes"},
         [](R r) { return r.act("POST", "/api/rebalance/queues"); }},
        {{"grow", "NODE all|even", "Adds replicas of quorum queues on a node"},
         [](R r) {
             return r.act("POST", "/api/queues/quorum/replicas/on/" + r.name(0) + "/grow",
                          json::object{{"strategy", r.given(1)}});
         }},
        {{"shrink", "NODE", "Removes the replicas of quorum queues on a node"},
         [](R r) {
             return r.act("DELETE", "/api/queues/quorum/replicas/on/" + r.name(0) + "/shrink");
         }},
        {{"ping", "", "Whether the broker answers"},
         [](R r) { return r.act("GET", "/api/version"); }},
        {{"check_running", "", "Whether the broker serves"},
         [](R r) { return r.check("is-in-service"); }},
        {{"check_alarms", "", "Whether nothing is short on any node"},
         [](R r) { return r.check("alarms"); }},
        {{"check_local_alarms", "", "Whether nothing is short"},
         [](R r) { return r.check("local-alarms"); }},
        {{"check_virtual_hosts", "", "Whether all virtual hosts serve"},
         [](R r) { return r.check("virtual-hosts"); }},
        {{"check_certificate_expiration", "COUNT UNIT", "Whether no certificate ends so soon"},
         [](R r) { return r.check("certificate-expiration/" + r.name(0) + "/" + r.name(1)); }},
        {{"check_if_node_is_quorum_critical", "", "Whether no quorum queue needs this node"},
         [](R r) { return r.check("node-is-quorum-critical"); }},
        {{"check_for_quorum_queues_without_an_elected_leader", "",
          "Whether each quorum queue of a virtual host has its leader"},
         [](R r) { return r.check("quorum-queues-without-elected-leaders/vhost/" + r.vhost()); }},
        {{"check_port_listener", "PORT", "Whether it listens there"},
         [](R r) { return r.check("port-listener/" + r.name(0)); }},
        {{"check_protocol_listener", "PROTOCOL", "Whether it speaks that"},
         [](R r) { return r.check("protocol-listener/" + r.name(0)); }},
        {{"close_connection", "NAME", "Ends a connection, by its name"},
         [](R r) { return r.act("DELETE", "/api/connections/" + r.name(0)); }},
        {{"close_all_user_connections", "USER", "Ends the connections of a user"},
         [](R r) { return r.act("DELETE", "/api/connections/username/" + r.name(0)); }},
        {{"close_all_connections", "", "Ends all connections to a virtual host"},
         [](R r) { return r.close_all(); }},
        {{"list_users", "", "Users and their tags"},
         [](R r) { return r.list("/api/users", {"name", "tags"}); }},
        {{"add_user", "USER PASSWORD", "Makes a user, who may do nothing yet"},
         [](R r) {
             return r.act("PUT", "/api/users/" + r.name(0),
                          json::object{{"password", r.given(1)}, {"tags", ""}});
         }},
        {{"change_password", "USER PASSWORD", "Gives a user another password"},
         [](R r) { return r.change_password(); }},
        {{"authenticate_user", "USER PASSWORD", "Whether that is the user's password"},
         [](R r) { return r.authenticate(); }},
        {{"set_user_tags", "USER [TAG...]", "What a user may do in the API"},
         [](R r) { return r.set_tags(); }},
        {{"delete_user", "USER", "Removes a user, and ends its connections"},
         [](R r) { return r.act("DELETE", "/api/users/" + r.name(0)); }},
        {{"list_vhosts", "[COLUMN...]", "Virtual hosts"},
         [](R r) { return r.list("/api/vhosts", {"name"}); }},
        {{"add_vhost", "NAME", "Makes a virtual host"},
         [](R r) { return r.act("PUT", "/api/vhosts/" + r.name(0), json::object()); }},
        {{"delete_vhost", "NAME", "Removes a virtual host, with all that is in it"},
         [](R r) { return r.act("DELETE", "/api/vhosts/" + r.name(0)); }},
        {{"list_permissions", "", "Who may do what in a virtual host"},
         [](R r) {
             return r.list("/api/vhosts/" + r.vhost() + "/permissions",
                           {"user", "configure", "write", "read"});
         }},
        {{"list_user_permissions", "USER", "What a user may do, and where"},
         [](R r) {
             return r.list("/api/users/" + r.name(0) + "/permissions",
                           {"vhost", "configure", "write", "read"});
         }},
        {{"set_permissions", "USER CONFIGURE WRITE READ", "What a user may do in a virtual host"},
         [](R r) {
             return r.act(
                 "PUT", "/api/permissions/" + r.vhost() + "/" + r.name(0),
                 json::object{
                     {"configure", r.given(1)}, {"write", r.given(2)}, {"read", r.given(3)}});
         }},
        {{"clear_permissions", "USER", "The user may not enter the virtual host any more"},
         [](R r) { return r.act("DELETE", "/api/permissions/" + r.vhost() + "/" + r.name(0)); }},
        {{"list_topic_permissions", "", "Which keys users may use in a virtual host"},
         [](R r) {
             return r.list("/api/vhosts/" + r.vhost() + "/topic-permissions",
                           {"user", "exchange", "write", "read"});
         }},
        {{"set_topic_permissions", "USER EXCHANGE WRITE READ", "Which keys a user may use"},
         [](R r) {
             return r.act(
                 "PUT", "/api/topic-permissions/" + r.vhost() + "/" + r.name(0),
                 json::object{
                     {"exchange", r.given(1)}, {"write", r.given(2)}, {"read", r.given(3)}});
         }},
        {{"clear_topic_permissions", "USER", "The user may use any key again"},
         [](R r) {
             return r.act("DELETE", "/api/topic-permissions/" + r.vhost() + "/" + r.name(0));
         }},
        {{"list_policies", "", "Policies of a virtual host"},
         [](R r) {
             return r.list("/api/policies/" + r.vhost(),
                           {"name", "pattern", "apply-to", "definition", "priority"});
         }},
        {{"set_policy", "NAME PATTERN DEFINITION", "Makes a policy; the definition is JSON"},
         [](R r) { return r.set_policy("/api/policies/"); }},
        {{"clear_policy", "NAME", "Removes a policy"},
         [](R r) { return r.act("DELETE", "/api/policies/" + r.vhost() + "/" + r.name(0)); }},
        {{"list_operator_policies", "", "Operators' policies of a virtual host"},
         [](R r) {
             return r.list("/api/operator-policies/" + r.vhost(),
                           {"name", "pattern", "apply-to", "definition", "priority"});
         }},
        {{"set_operator_policy", "NAME PATTERN DEFINITION", "Makes an operators' policy"},
         [](R r) { return r.set_policy("/api/operator-policies/"); }},
        {{"clear_operator_policy", "NAME", "Removes an operators' policy"},
         [](R r) {
             return r.act("DELETE", "/api/operator-policies/" + r.vhost() + "/" + r.name(0));
         }},
        {{"list_vhost_limits", "", "Limits of virtual hosts"},
         [](R r) { return r.list("/api/vhost-limits", {"vhost", "value"}); }},
        {{"set_vhost_limits", "LIMITS", "max-connections, max-queues, as JSON"},
         [](R r) { return r.set_limits("/api/vhost-limits/" + r.vhost(), 0); }},
        {{"clear_vhost_limits", "", "Removes the limits of a virtual host"},
         [](R r) { return r.clear_vhost_limits(); }},
        {{"list_user_limits", "", "Limits of users"},
         [](R r) { return r.list("/api/user-limits", {"user", "value"}); }},
        {{"set_user_limits", "USER LIMITS", "max-connections, max-channels, as JSON"},
         [](R r) { return r.set_limits("/api/user-limits/" + r.name(0), 1); }},
        {{"clear_user_limits", "USER LIMIT", "Removes one limit of a user"},
         [](R r) { return r.act("DELETE", "/api/user-limits/" + r.name(0) + "/" + r.name(1)); }},
        {{"export_definitions", "FILE", "All that is declared, as JSON; - is standard output"},
         [](R r) { return r.export_definitions(); }},
        {{"import_definitions", "FILE", "Takes over an export of this broker's or RabbitMQ's"},
         [](R r) { return r.import_definitions(); }},
    };
    return all;
}

Outcome<json::value> Rabbitmq::call(const std::string& method, const std::string& path,
                                    const json::value& body) const {
    const auto answer = http_request({.url = options_.url}, method, path,
                                     body.is_null() ? std::string() : json::serialize(body));
    if (!answer) return std::unexpected(Failure{answer.error()});
    boost::json::error_code error;
    json::value view;
    if (!answer->body.empty()) view = json::parse(answer->body, error);
    if (error) return std::unexpected(Failure{"the answer is none of RabbitMQ's management API"});
    if (answer->status < 300) return view;
    std::string why = fmt::format("status {}", answer->status);
    if (view.is_object() && view.get_object().contains("reason")) {
        why = cell(view.get_object(), "reason");
    }
    return std::unexpected(Failure{why});
}

Outcome<int> Rabbitmq::act(const std::string& method, const std::string& path,
                           const json::value& body) const {
    const auto answer = call(method, path, body);
    if (!answer) return std::unexpected(answer.error());
    return 0;
}

Outcome<int> Rabbitmq::list(const std::string& path, Columns columns) const {
    const auto rows = call("GET", path);
    if (!rows) return std::unexpected(rows.error());
    if (!rows->is_array()) return std::unexpected(Failure{"the answer is no list"});
    if (options_.json) {
        print(json::serialize(*rows) + "\n");
        return 0;
    }
    const auto verb =
        std::ranges::find(table(), options_.verb, [](const Entry& one) { return one.verb.name; });
    const bool chooses = verb != table().end() && verb->verb.arguments == "[COLUMN...]";
    if (chooses && !options_.arguments.empty()) columns = options_.arguments;
    Table shown(columns);
    for (const json::value& row : rows->get_array()) {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const std::string& one : columns) cells.push_back(cell_at(row.as_object(), one));
        shown.add(std::move(cells));
    }
    print(shown.text());
    return 0;
}

Outcome<int> Rabbitmq::status() const {
    const auto overview = call("GET", "/api/overview");
    if (!overview) return std::unexpected(overview.error());
    if (options_.json) {
        print(json::serialize(*overview) + "\n");
        return 0;
    }
    const json::object& all = overview->as_object();
    Table shown({"what", "value"});
    for (const char* const path :
         {"node", "cluster_name", "product_name", "product_version", "rabbitmq_version",
          "object_totals.connections", "object_totals.channels", "object_totals.consumers",
          "object_totals.exchanges", "object_totals.queues", "queue_totals.messages"}) {
        shown.add({path, cell_at(all, path)});
    }
    if (const json::value* const listeners = all.if_contains("listeners")) {
        for (const json::value& one : listeners->as_array()) {
            const json::object& port = one.as_object();
            shown.add({"listener " + cell(port, "protocol"),
                       cell(port, "ip_address") + ":" + cell(port, "port")});
        }
    }
    print(shown.text());
    return 0;
}

Outcome<int> Rabbitmq::set_tags() const {
    const auto known = call("GET", "/api/users/" + name(0));
    if (!known) return std::unexpected(known.error());
    json::object user = known->as_object();
    json::array tags;
    for (std::size_t i = 1; i < options_.arguments.size(); ++i) tags.emplace_back(given(i));
    user["tags"] = std::move(tags);
    return act("PUT", "/api/users/" + name(0), user);
}

Outcome<int> Rabbitmq::change_password() const {
    const auto known = call("GET", "/api/users/" + name(0));
    if (!known) return std::unexpected(known.error());
    return act("PUT", "/api/users/" + name(0),
               json::object{{"password", given(1)}, {"tags", known->as_object().at("tags")}});
}

Outcome<int> Rabbitmq::authenticate() const {
    // As that user: everybody may ask who they are.
    const std::size_t at = options_.url.rfind('@');
    const std::string host =
        at == std::string::npos ? options_.url.substr(7) : options_.url.substr(at + 1);
    const HttpServer server{.url = "http://" + given(0) + ":" + given(1) + "@" + host};
    const auto answer = http_request(server, "GET", "/api/whoami");
    if (!answer) return std::unexpected(Failure{answer.error()});
    const bool known =
        answer->status < 300 || answer->body.find("Not management user") != std::string::npos;
    if (!known) return std::unexpected(Failure{"failed to authenticate user " + given(0)});
    return 0;
}

Outcome<int> Rabbitmq::set_policy(const std::string& path) const {
    boost::json::error_code error;
    const json::value definition = json::parse(given(2), error);
    if (error) return std::unexpected(Failure{"the definition is no JSON"});
    return act("PUT", path + vhost() + "/" + name(0),
               json::object{{"pattern", given(1)},
                            {"definition", definition},
                            {"priority", options_.priority.value_or(0)},
                            {"apply-to", options_.apply_to}});
}

Outcome<int> Rabbitmq::set_limits(const std::string& path, std::size_t at) const {
    boost::json::error_code error;
    const json::value limits = json::parse(given(at), error);
    if (error || !limits.is_object()) return std::unexpected(Failure{"the limits are no JSON"});
    for (const auto& one : limits.get_object()) {
        auto done = act("PUT", path + "/" + escape(std::string_view(one.key())),
                        json::object{{"value", one.value()}});
        if (!done) return done;
    }
    return 0;
}

Outcome<int> Rabbitmq::clear_vhost_limits() const {
    for (const char* const limit : {"max-connections", "max-queues"}) {
        auto done = act("DELETE", "/api/vhost-limits/" + vhost() + "/" + limit);
        if (!done) return done;
    }
    return 0;
}

Outcome<int> Rabbitmq::close_all() const {
    const auto rows = call("GET", "/api/vhosts/" + vhost() + "/connections");
    if (!rows) return std::unexpected(rows.error());
    for (const json::value& one : rows->as_array()) {
        // It may have ended by itself.
        std::ignore = call("DELETE", "/api/connections/" + escape(cell(one.as_object(), "name")));
    }
    return 0;
}

Outcome<int> Rabbitmq::export_definitions() const {
    const auto all = call("GET", "/api/definitions");
    if (!all) return std::unexpected(all.error());
    const std::string text = json::serialize(*all) + "\n";
    if (given(0) == "-") {
        print(text);
        return 0;
    }
    std::ofstream file(given(0), std::ios::binary);
    file << text;
    file.close();
    if (!file) return std::unexpected(Failure{"cannot write " + given(0)});
    return 0;
}

Outcome<int> Rabbitmq::import_definitions() const {
    std::ifstream file(given(0), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) return std::unexpected(Failure{"cannot read " + given(0)});
    boost::json::error_code error;
    const json::value all = json::parse(text, error);
    if (error) return std::unexpected(Failure{given(0) + " is no JSON"});
    return act("POST", "/api/definitions", all);
}

Outcome<int> Rabbitmq::run() const {
    const auto found =
        std::ranges::find(table(), options_.verb, [](const Entry& one) { return one.verb.name; });
    if (found == table().end()) return std::unexpected(Failure{"there is no " + options_.verb});
    return found->does(*this);
}

}  // namespace

const std::vector<RabbitmqVerb>& rabbitmq_verbs() {
    static const std::vector<RabbitmqVerb> all = [] {
        std::vector<RabbitmqVerb> verbs;
        verbs.reserve(Rabbitmq::table().size());
        for (const auto& one : Rabbitmq::table()) verbs.push_back(one.verb);
        return verbs;
    }();
    return all;
}

int rabbitmq(const RabbitmqOptions& options) {
    const auto done = Rabbitmq(options).run();
    if (done) return *done;
    std::fprintf(stderr, "tern: %s\n", done.error().text.c_str());
    return 1;
}

}  // namespace tern::cli
