#include "server/security.h"

#include "security/simple_realm.h"

namespace tern::server {
namespace {

security::RealmPtr make_realm(const config::SimpleAuthentication& simple) {
    std::vector<security::SimpleUser> users;
    for (const config::AuthenticationUser& user : simple.users) {
        users.push_back(
            {user.name, security::Secret(user.password), security::split_names(user.groups)});
    }
    security::Anonymous anonymous;
    if (simple.anonymous_allowed) {
        anonymous.emplace(simple.anonymous_user, std::vector{simple.anonymous_group});
    }
    return security::make_simple_realm(std::move(users), std::move(anonymous));
}

security::RightsEntry entry_of(const config::AccessEntry& entry) {
    return {.read = security::Holders(entry.read),
            .write = security::Holders(entry.write),
            .admin = security::Holders(entry.admin)};
}

}  // namespace

std::expected<security::RealmPtr, std::string> make_realm(const config::Plugins& plugins) {
    if (plugins.simple_authentication) return make_realm(*plugins.simple_authentication);
    return nullptr;
}

security::RightsPtr make_rights(const config::Plugins& plugins) {
    if (!plugins.authorization || !plugins.authorization->map) return nullptr;
    const config::AuthorizationMap& map = *plugins.authorization->map;
    std::vector<security::Rights::Rule> rules;
    for (const config::AuthorizationEntry& entry : map.entries) {
        const auto destination = entry.destination();
        if (!destination) continue;
        for (const broker::Destination& one : broker::elements(destination->view())) {
            rules.push_back({one, entry_of(entry)});
        }
    }
    std::optional<security::RightsEntry> otherwise;
    if (map.otherwise) otherwise = entry_of(*map.otherwise);
    std::optional<security::RightsEntry> temporary;
    if (map.temporary) temporary = entry_of(*map.temporary);
    return std::make_shared<const security::Rights>(std::move(rules), std::move(otherwise),
                                                    std::move(temporary));
}

}  // namespace tern::server
