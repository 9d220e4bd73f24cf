#include "server/revoked.h"

#include "base/log.h"
#include "engine/connection.h"

#include <algorithm>

namespace tern::server {
namespace {

/// The protocol that users of virtual hosts log in by.
constexpr std::string_view kOfVhosts = "amqp091";
constexpr const char* kReason = "the user was removed or is another one now, or its time is over";

bool has_same_anonymous(const config::SimpleAuthentication& before,
                        const config::SimpleAuthentication& now) {
    return now.anonymous_allowed && before.anonymous_user == now.anonymous_user &&
           before.anonymous_group == now.anonymous_group;
}

}  // namespace

void Revoked::add_changed(const config::Plugins& before, const config::Plugins& now) {
    if (!before.simple_authentication) return;
    const config::SimpleAuthentication& old = *before.simple_authentication;
    const config::SimpleAuthentication left =
        now.simple_authentication.value_or(config::SimpleAuthentication());
    for (const config::AuthenticationUser& user : old.users) {
        const bool same = std::ranges::find(left.users, user) != left.users.end();
        if (!same) everywhere_.insert(user.name);
    }
    if (old.anonymous_allowed && !has_same_anonymous(old, left)) {
        everywhere_.insert(old.anonymous_user);
    }
}

void Revoked::add_removed(const std::vector<std::string>& before,
                          const std::vector<std::string>& now) {
    for (const std::string& user : before) {
        if (std::ranges::find(now, user) == now.end()) of_vhosts_.insert(user);
    }
}

bool Revoked::is_expired(const Who& connection) const {
    if (expiry_.after_s == 0) return false;
    const auto& names = expiry_.listeners;
    if (!names.empty() && std::ranges::find(names, connection.listener) == names.end()) {
        return false;
    }
    constexpr std::int64_t kSecondMs = 1000;
    return at_ms_ - connection.connected_at_ms >= expiry_.after_s * kSecondMs;
}

bool Revoked::concerns(const Who& connection) const {
    if (connection.connected_at_ms > at_ms_) return false;
    if (over_.contains(connection.identity) || is_expired(connection)) return true;
    return everywhere_.contains(connection.user) ||
           (connection.protocol == kOfVhosts && of_vhosts_.contains(connection.user));
}

void end_connections(engine::ShardBroker& shard, const Revoked& users, security::Audit& audit,
                     std::set<broker::ConnectionNumber>& ended) {
    for (const broker::ConnectionStatus& one : shard.connection_list()) {
        engine::Connection* const connection = shard.find(one.ref.connection);
        if (connection == nullptr) continue;
        const Revoked::Who who{.user = one.user,
                               .protocol = one.protocol,
                               .listener = connection->listener_name(),
                               .identity = connection->identity(),
                               .connected_at_ms = one.connected_at_ms};
        if (!users.concerns(who) || !ended.insert(one.ref.connection).second) continue;
        log::warning("server", "{} at {} may not stay: {}", one.user, one.peer, kReason);
        audit.note({.what = "connection",
                    .allowed = false,
                    .user = one.user,
                    .address = one.peer,
                    .by = one.protocol,
                    .reason = kReason});
        connection->evict(broker::ConnectionEnd::login_over);
    }
}

}  // namespace tern::server
