#include "config/model.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

namespace tern::config {
namespace {

constexpr Support kPrincipals =
    no_effect("entries name groups here, whatever class ActiveMQ makes of them");

constexpr Support kLoginConfig =
    no_effect("the login.config lies beside the document, or in ACTIVEMQ_CONF");

const Element& authentication_user_schema() {
    static const Element element = SchemaOf<AuthenticationUser>()
                                       .attribute("username", &AuthenticationUser::name)
                                       .required()
                                       .attribute("password", &AuthenticationUser::password)
                                       .secret()
                                       .attribute("groups", &AuthenticationUser::groups)
                                       .done();
    return element;
}

const Element& users_schema() {
    static const Element element =
        SchemaOf<SimpleAuthentication>()
            .many("authenticationUser", &SimpleAuthentication::users, authentication_user_schema)
            .done();
    return element;
}

const Element& entry_schema() {
    static const Element element =
        SchemaOf<AuthorizationEntry>()
            .attribute("queue", &AuthorizationEntry::queue)
            .attribute("topic", &AuthorizationEntry::topic)
            .attribute("read", &AuthorizationEntry::read)
            .attribute("write", &AuthorizationEntry::write)
            .attribute("admin", &AuthorizationEntry::admin)
            .known<std::string>({"groupClass"}, kPrincipals)
            .known<bool>({"tempQueue", "tempTopic"}, rejected("use the map's "
                                                              "tempDestinationAuthorizationEntry"))
            .done();
    return element;
}

const Element& temporary_entry_schema() {
    static const Element element = SchemaOf<AccessEntry>()
                                       .attribute("read", &AccessEntry::read)
                                       .attribute("write", &AccessEntry::write)
                                       .attribute("admin", &AccessEntry::admin)
                                       .known<std::string>({"groupClass"}, kPrincipals)
                                       .known<std::string>({"queue", "topic"}, kHint)
                                       .known<bool>({"tempQueue", "tempTopic"}, kHint)
                                       .done();
    return element;
}

const Element& entries_schema() {
    static const Element element =
        SchemaOf<AuthorizationMap>()
            .many("authorizationEntry", &AuthorizationMap::entries, entry_schema)
            .done();
    return element;
}

const Element& default_entry_schema() {
    static const Element element =
        SchemaOf<AuthorizationMap>()
            .maybe("authorizationEntry", &AuthorizationMap::otherwise, entry_schema)
            .done();
    return element;
}

const Element& temporary_schema() {
    static const Element element = SchemaOf<AuthorizationMap>()
                                       .maybe("tempDestinationAuthorizationEntry",
                                              &AuthorizationMap::temporary, temporary_entry_schema)
                                       .done();
    return element;
}

const Element& authorization_map_schema() {
    static const Element element =
        SchemaOf<AuthorizationMap>()
            .group("authorizationEntries", entries_schema)
            .group("defaultEntry", default_entry_schema)
            .group("tempDestinationAuthorizationEntry", temporary_schema)
            .attribute("closestEntryOnly", &AuthorizationMap::closest_entry_only)
            .known<std::string>({"groupClass"}, kPrincipals)
            .check([](const AuthorizationMap& map) -> std::optional<std::string> {
                for (const AuthorizationEntry& entry : map.entries) {
                    if (!entry.destination()) {
                        return "has an authorizationEntry that is for no destination";
                    }
                }
                return {};
            })
            .done();
    return element;
}

const Element& directory_map_schema() {
    using Map = DirectoryAuthorizationMap;
    constexpr Range kInterval{-1, std::int64_t{24} * 3600 * 1000};
    static const Element element =
        SchemaOf<Map>()
            .attribute("connectionURL", &Map::url)
            .attribute("connectionUsername", &Map::user)
            .attribute("connectionPassword", &Map::password)
            .secret()
            .attribute("connectionProtocol", &Map::protocol)
            .attribute("startTls", &Map::start_tls)
            .attribute("caCertificates", &Map::authorities)
            .attribute("queueSearchBase", &Map::queue_base)
            .attribute("topicSearchBase", &Map::topic_base)
            .attribute("tempSearchBase", &Map::temporary_base)
            .attribute("readPermissionGroupSearchFilter", &Map::read_filter)
            .attribute("writePermissionGroupSearchFilter", &Map::write_filter)
            .attribute("adminPermissionGroupSearchFilter", &Map::admin_filter)
            .attribute("permissionGroupMemberAttribute", &Map::member_attribute)
            .attribute("legacyGroupMapping", &Map::legacy_groups)
            .attribute("groupObjectClass", &Map::group_class)
            .attribute("groupNameAttribute", &Map::group_name)
            .attribute("userObjectClass", &Map::user_class)
            .attribute("userNameAttribute", &Map::user_name)
            .attribute("refreshInterval", &Map::refresh_ms, kApplied, kInterval)
            .attribute("refreshDisabled", &Map::refresh_disabled)
            .known<std::string>({"authentication"},
                                no_effect("the account logs in with its password"))
            .known<std::string>({"groupClass"}, kPrincipals)
            .done();
    return element;
}

const Element& map_schema() {
    static const Element element =
        SchemaOf<Authorization>()
            .maybe("authorizationMap", &Authorization::map, authorization_map_schema)
            .maybe("cachedLDAPAuthorizationMap", &Authorization::directory, directory_map_schema)
            .opaque({"lDAPAuthorizationMap"}, rejected("use a <cachedLDAPAuthorizationMap>"))
            .opaque({"simpleAuthorizationMap", "bean", "ref"},
                    rejected("name the rights in an <authorizationMap>"))
            .done();
    return element;
}

}  // namespace

const Element& jaas_authentication_schema() {
    static const Element element = SchemaOf<JaasAuthentication>()
                                       .attribute("configuration", &JaasAuthentication::entry)
                                       .known<bool>({"discoverLoginConfig"}, kLoginConfig)
                                       .done();
    return element;
}

const Element& jaas_dual_authentication_schema() {
    static const Element element =
        SchemaOf<JaasDualAuthentication>()
            .attribute("configuration", &JaasDualAuthentication::entry)
            .attribute("sslConfiguration", &JaasDualAuthentication::certificate_entry)
            .known<bool>({"discoverLoginConfig"}, kLoginConfig)
            .done();
    return element;
}

const Element& simple_authentication_schema() {
    static const Element element =
        SchemaOf<SimpleAuthentication>()
            .group("users", users_schema)
            .attribute("anonymousAccessAllowed", &SimpleAuthentication::anonymous_allowed)
            .attribute("anonymousUser", &SimpleAuthentication::anonymous_user)
            .attribute("anonymousGroup", &SimpleAuthentication::anonymous_group)
            .opaque({"userGroups", "userPasswords"},
                    rejected("use <users> with an <authenticationUser/> for each"))
            .done();
    return element;
}

const Element& authorization_schema() {
    static const Element element =
        SchemaOf<Authorization>()
            .group("map", map_schema)
            .check([](const Authorization& authorization) -> std::optional<std::string> {
                if (authorization.map && authorization.directory) return "has two maps";
                if (authorization.map || authorization.directory) return {};
                return "has no map: without one nobody may do anything";
            })
            .done();
    return element;
}

}  // namespace tern::config
