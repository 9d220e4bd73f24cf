#include "realms/directory_connection.h"
#include "realms/login_modules.h"

#include <gtest/gtest.h>

namespace tern::realms {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

TEST(directory, values_mean_nothing_in_a_filter) {
    using namespace std::string_view_literals;
    EXPECT_EQ("ann", escaped_for_filter("ann"));
    EXPECT_EQ("", escaped_for_filter(""));
    EXPECT_EQ("\\2A\\29\\28uid=\\2A", escaped_for_filter("*)(uid=*"));
    EXPECT_EQ("a\\5Cb\\00", escaped_for_filter("a\\b\0"sv));
}

TEST(directory, parts_of_names) {
    EXPECT_EQ((Parts{{"cn", "read"}, {"ou", "A.B"}, {"dc", "x,y"}}),
              parts_of_dn("cn=read,ou=A.B,dc=x\\,y"));
    EXPECT_EQ((Parts{{"ou", "ORDERS.$"}}), parts_of_dn("ou=ORDERS.$"));
    EXPECT_TRUE(parts_of_dn("cn=a+sn=b,dc=c").empty());
    EXPECT_TRUE(parts_of_dn("no name").empty());
    EXPECT_TRUE(parts_of_dn("").empty());
}

/// What is wrong with these options of an LDAPLoginModule.
std::string problem(const std::string& options) {
    const config::Lookup nothing = [](std::string_view) { return std::nullopt; };
    const auto config = parse_login_config(
        "a { org.apache.activemq.jaas.LDAPLoginModule required\n" + options + "; };", nothing);
    EXPECT_TRUE(config) << config.error().text;
    const auto realm = make_realm(config->entries.at(0), {"/", nothing});
    return realm ? "none" : realm.error().text;
}

TEST(directory, options_are_checked) {
    const std::string all =
        "connectionURL=\"ldap://a ldaps://b:1\" connectionUsername=\"cn=x\" connectionPassword=y "
        "userBase=\"\" userSearchMatching=\"(uid={0})\" ";
    EXPECT_EQ("none", problem(all));
    EXPECT_EQ("none", problem(all + "authentication=simple startTls=true timeout=60000"));
    EXPECT_EQ("the option connectionURL is needed", problem(""));
    EXPECT_EQ("the option connectionUsername is needed",
              problem("connectionURL=ldap://a connectionPassword=y"));
    EXPECT_EQ("the option connectionPassword is needed",
              problem("connectionURL=ldap://a connectionUsername=x connectionPassword=\"\""));
    EXPECT_EQ("none", problem("connectionURL=ldap://a authentication=none "
                              "userSearchMatching=\"(uid={0})\""));
    EXPECT_EQ("authentication is simple or none, not GSSAPI",
              problem("connectionURL=ldap://a authentication=GSSAPI"));
    EXPECT_EQ("the option roleSearchMatching is needed", problem(all + "roleName=cn"));
    EXPECT_EQ("the option expandRolesMatching is needed", problem(all + "expandRoles=true"));
    for (const std::string timeout : {"0", "60001", "x", "\"\"", "1s"}) {
        EXPECT_EQ("timeout is a number of milliseconds from 1 to 60000",
                  problem(all + "timeout=" + timeout));
    }
    for (const std::string url : {"http://a", "ldap://a/dc=b", "ldaps://a?x", "a:389"}) {
        EXPECT_TRUE(problem("connectionURL=\"" + url + "\"").starts_with("connectionURL: " + url));
    }
}

}  // namespace
}  // namespace tern::realms
