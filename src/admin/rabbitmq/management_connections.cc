#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"
#include "admin/rabbitmq/views.h"
#include "protocol/amqp091/json_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tern::admin::rabbitmq {
namespace {

using broker::ConnectionStatus;
using broker::Portrait;

/// As RabbitMQ calls what is spoken.
std::string_view protocol_of(std::string_view room) {
    struct Known {
        std::string_view room;
        std::string_view name;
    };
    constexpr std::array<Known, 5> kKnown{{{"amqp091", "AMQP 0-9-1"},
                                           {"amqp10", "AMQP 1-0"},
                                           {"mqtt", "MQTT"},
                                           {"stomp", "STOMP"},
                                           {"openwire", "OpenWire"}}};
    const auto found = std::ranges::find(kKnown, room, &Known::room);
    return found == kKnown.end() ? room : found->name;
}

struct HostPort {
    std::string host;
    std::int64_t port = 0;
};

HostPort split_peer(std::string_view peer) {
    const std::size_t colon = peer.rfind(':');
    if (colon == std::string_view::npos) return {std::string(peer)};
    std::string host(peer.substr(0, colon));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return {host, static_cast<std::int64_t>(parse_number(peer.substr(colon + 1)).value_or(0))};
}

std::string vhost_of(const ConnectionStatus& connection) {
    return connection.portrait == nullptr ? std::string(broker::kDefaultVhost)
                                          : connection.portrait->vhost;
}

}  // namespace

const OpenPort* Management::port_of(const ConnectionStatus& connection) const {
    const auto& ports = surroundings_.ports;
    const auto port = std::ranges::find(ports, connection.listener, &OpenPort::listener);
    return port == ports.end() ? nullptr : &*port;
}

std::string Management::name_of(const ConnectionStatus& connection) const {
    const OpenPort* const at = port_of(connection);
    if (at == nullptr) return connection.peer + " -> " + connection.protocol;
    return fmt::format("{} -> {}:{}", connection.peer, at->address, at->port);
}

json::object Management::connection_json(const ConnectionStatus& connection) {
    const HostPort peer = split_peer(connection.peer);
    const std::int64_t now_ms = surroundings_.wall_ms();
    const std::string name = name_of(connection);
    json::object view{{"name", json_text(name)},
                      {"user", json_text(connection.user)},
                      {"user_who_performed_action", json_text(connection.user)},
                      {"vhost", json_text(vhost_of(connection))},
                      {"node", json_text(node_name())},
                      {"type", "network"},
                      {"protocol", protocol_of(connection.protocol)},
                      {"state", connection.waiting > 0 ? "blocked" : "running"},
                      {"peer_host", json_text(peer.host)},
                      {"peer_port", peer.port},
                      {"connected_at", connection.connected_at_ms},
                      {"channels", 0},
                      {"send_cnt", connection.delivered},
                      {"recv_cnt", connection.published}};
    if (const OpenPort* const at = port_of(connection)) {
        view["host"] = json_text(at->address);
        view["port"] = at->port;
        view["ssl"] = at->tls;
    }
    json::object stats;
    rates_.add(stats, "publish", "connection " + name, connection.published, now_ms);
    rates_.add(stats, "deliver_get", "connection " + name, connection.delivered, now_ms);
    view["message_stats"] = std::move(stats);
    json::object client;
    if (connection.portrait != nullptr) {
        const Portrait& portrait = *connection.portrait;
        client = amqp091::table_json(as_bytes(portrait.client));
        view["auth_mechanism"] = json_text(portrait.mechanism);
        view["channels"] = portrait.channels.size();
        view["channel_max"] = portrait.channels_max;
        view["frame_max"] = portrait.frame_bytes_max;
        view["timeout"] = portrait.heartbeat_s;
        if (const json::value* const given = client.if_contains("connection_name")) {
            view["user_provided_name"] = *given;
        }
    } else if (!connection.client_id.empty()) {
        view["user_provided_name"] = json_text(connection.client_id);
    }
    view["client_properties"] = std::move(client);
    return view;
}

json::object Management::channel_json(const ConnectionStatus& connection,
                                      const Portrait::Channel& channel) const {
    const HostPort peer = split_peer(connection.peer);
    const std::string name = name_of(connection);
    return {{"name", json_text(fmt::format("{} ({})", name, channel.number))},
            {"number", channel.number},
            {"user", json_text(connection.user)},
            {"user_who_performed_action", json_text(connection.user)},
            {"vhost", json_text(vhost_of(connection))},
            {"node", json_text(node_name())},
            {"state", "running"},
            {"confirm", channel.confirms},
            {"transactional", channel.transactional},
            {"consumer_count", channel.consumers.size()},
            {"prefetch_count", channel.prefetch},
            {"global_prefetch_count", channel.global_prefetch},
            {"messages_unacknowledged", channel.unsettled},
            {"messages_unconfirmed", channel.unconfirmed},
            {"messages_uncommitted", 0},
            {"acks_uncommitted", 0},
            {"connection_details",
             {{"name", json_text(name)},
              {"peer_host", json_text(peer.host)},
              {"peer_port", peer.port}}}};
}

json::object Management::consumer_json(const Sight& sight, const ConnectionStatus& connection,
                                       const Portrait::Channel& channel,
                                       const Portrait::Consumer& consumer) const {
    const auto [vhost, queue] = broker::split_address(consumer.address);
    const HostPort peer = split_peer(connection.peer);
    const std::string name = name_of(connection);
    const bool active = is_active(sight, connection, consumer);
    const auto found = sight.active.find(consumer.address);
    const bool single = found != sight.active.end() && found->second.single;
    return {{"consumer_tag", json_text(consumer.tag)},
            {"queue", {{"name", json_text(queue)}, {"vhost", json_text(vhost)}}},
            {"channel_details",
             {{"name", json_text(fmt::format("{} ({})", name, channel.number))},
              {"number", channel.number},
              {"connection_name", json_text(name)},
              {"node", json_text(node_name())},
              {"peer_host", json_text(peer.host)},
              {"peer_port", peer.port},
              {"user", json_text(connection.user)}}},
            {"ack_required", consumer.acknowledges},
            {"prefetch_count", consumer.prefetch},
            {"exclusive", consumer.exclusive},
            {"active", active},
            {"activity_status", !active  ? "waiting"
                                : single ? "single_active"
                                         : "up"},
            {"arguments", amqp091::table_json(as_bytes(consumer.arguments))}};
}

void Management::list_connections(const CallPtr& call) {
    const bool of_user = call->target.path[1] == "connections" && !call->arguments.empty();
    const bool of_vhost = call->target.path[1] == "vhosts";
    look(kConnections, [this, call, of_user, of_vhost](Sight& sight) {
        json::array rows;
        for (const ConnectionStatus& one : sight.connections) {
            if (of_user && one.user != call->at(0)) continue;
            if (of_vhost && vhost_of(one) != call->at(0)) continue;
            // Others' connections are of interest to those who look after all.
            if (!call->caller.is_monitoring() && one.user != call->caller.user) continue;
            rows.push_back(connection_json(one));
        }
        call->reply_list(std::move(rows));
    });
}

namespace {

bool may_see(const ConnectionStatus& connection, const Caller& caller) {
    return caller.is_monitoring() || connection.user == caller.user;
}

}  // namespace

void Management::show_connection(const CallPtr& call) {
    look(kConnections, [this, call](Sight& sight) {
        const auto found = std::ranges::find(sight.connections, call->at(0),
                                             [this](const auto& one) { return name_of(one); });
        if (found == sight.connections.end()) return call->missing();
        if (!may_see(*found, call->caller)) return call->refuse("User not authorised");
        call->reply_object(connection_json(*found));
    });
}

void Management::close_connection(const CallPtr& call) {
    look(kConnections, [this, call](Sight& sight) {
        const auto found = std::ranges::find(sight.connections, call->at(0),
                                             [this](const auto& one) { return name_of(one); });
        if (found == sight.connections.end()) return call->missing();
        const bool own = found->user == call->caller.user;
        if (!own && !call->caller.is_administrator()) return call->refuse("User not authorised");
        broker_.close_connection(found->ref, [call](bool) { call->done(); });
    });
}

void Management::close_user_connections(const CallPtr& call) {
    const bool own = call->at(0) == call->caller.user;
    if (!own && !call->caller.is_administrator()) return call->refuse("Not administrator user");
    look(kConnections, [this, call](Sight& sight) {
        for (const ConnectionStatus& one : sight.connections) {
            if (one.user == call->at(0)) broker_.close_connection(one.ref, [](bool) {});
        }
        call->done();
    });
}

void Management::close_in(std::string vhost, std::function<void()> then) {
    look(kConnections, [this, vhost = std::move(vhost), then = std::move(then)](Sight& sight) {
        const auto left = std::make_shared<std::size_t>(1);
        const auto one_gone = [left, then](bool) {
            if (--*left == 0) then();
        };
        for (const ConnectionStatus& one : sight.connections) {
            if (one.portrait == nullptr || one.portrait->vhost != vhost) continue;
            ++*left;
            broker_.close_connection(one.ref, one_gone);
        }
        one_gone(true);
    });
}

void Management::list_connection_channels(const CallPtr& call) {
    look(kConnections, [this, call](Sight& sight) {
        const auto found = std::ranges::find(sight.connections, call->at(0),
                                             [this](const auto& one) { return name_of(one); });
        if (found == sight.connections.end()) return call->missing();
        if (!may_see(*found, call->caller)) return call->refuse("User not authorised");
        json::array rows;
        if (found->portrait != nullptr) {
            for (const auto& channel : found->portrait->channels) {
                rows.push_back(channel_json(*found, channel));
            }
        }
        call->reply_list(std::move(rows));
    });
}

void Management::list_channels(const CallPtr& call) {
    look(kConnections, [this, call](Sight& sight) {
        json::array rows;
        for (const ConnectionStatus& one : sight.connections) {
            if (one.portrait == nullptr || !may_see(one, call->caller)) continue;
            if (!call->arguments.empty() && one.portrait->vhost != call->at(0)) continue;
            for (const auto& channel : one.portrait->channels) {
                rows.push_back(channel_json(one, channel));
            }
        }
        call->reply_list(std::move(rows));
    });
}

void Management::show_channel(const CallPtr& call) {
    look(kConsumers | kConnections, [this, call](Sight& sight) {
        for (const ConnectionStatus& one : sight.connections) {
            if (one.portrait == nullptr || !may_see(one, call->caller)) continue;
            for (const auto& channel : one.portrait->channels) {
                json::object view = channel_json(one, channel);
                if (view.at("name").get_string() != call->at(0)) continue;
                json::array consumers;
                for (const auto& consumer : channel.consumers) {
                    consumers.push_back(consumer_json(sight, one, channel, consumer));
                }
                view["consumer_details"] = std::move(consumers);
                return call->reply_object(std::move(view));
            }
        }
        call->missing();
    });
}

void Management::list_consumers(const CallPtr& call) {
    look(kConsumers | kConnections, [this, call](Sight& sight) {
        json::array rows;
        for (const ConnectionStatus& one : sight.connections) {
            if (one.portrait == nullptr || !sees(*call, one.portrait->vhost)) continue;
            if (!call->arguments.empty() && one.portrait->vhost != call->at(0)) continue;
            for (const auto& channel : one.portrait->channels) {
                for (const auto& consumer : channel.consumers) {
                    rows.push_back(consumer_json(sight, one, channel, consumer));
                }
            }
        }
        call->reply_list(std::move(rows));
    });
}

}  // namespace tern::admin::rabbitmq
