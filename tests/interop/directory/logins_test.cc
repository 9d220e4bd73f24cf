// Logins by a directory, against OpenLDAP's server.

#include "realms/login_modules.h"
#include "slapd.h"

#include <gtest/gtest.h>

#include <fstream>

namespace tern::tests {
namespace {

constexpr const char* kPlain = R"-(
    userBase="ou=User,ou=corp,dc=example,dc=com" userSearchMatching="(uid={0})"
    roleBase="ou=Group,ou=corp,dc=example,dc=com" roleName=cn
    roleSearchMatching="(member={0})" )-";
constexpr const char* kNested = " expandRoles=true expandRolesMatching=\"(member={0})\"";

/// One server for all of them.
class Logins : public testing::Test {
protected:
    static void SetUpTestSuite() { slapd_ = new Slapd; }
    static void TearDownTestSuite() { delete slapd_; }

    static std::string service(const std::string& url, const std::string& password = "sunflower") {
        return "connectionURL=\"" + url +
               "\" connectionUsername=\"cn=mqbroker,ou=Services,dc=example,dc=com\" "
               "connectionPassword=\"" +
               password + "\" connectionProtocol=s authentication=simple " +
               "initialContextFactory=com.sun.jndi.ldap.LdapCtxFactory ";
    }

    /// By a login.config, as users have it.
    static security::RealmPtr realm(const std::string& options) {
        const std::string file = slapd_->folder() + "/login.config";
        std::ofstream(file) << "LdapConfiguration {\n"
                            << "  org.apache.activemq.jaas.LDAPLoginModule required\n"
                            << options << ";\n};\n";
        auto made = realms::read_realm(file, "LdapConfiguration",
                                       [](std::string_view) { return std::nullopt; });
        EXPECT_TRUE(made) << made.error();
        return made.value_or(nullptr);
    }

    static std::string log_in(security::Realm& realm, std::string user, std::string_view password) {
        using Why = security::Refusal::Why;
        const auto verdict =
            realm.authenticate({.user = std::move(user), .password = security::Secret(password)});
        if (verdict) {
            std::string text = (*verdict)->user() + ":";
            for (const std::string& group : (*verdict)->groups()) text += " " + group;
            return text;
        }
        const Why why = verdict.error().why;
        return (why == Why::wrong     ? "wrong: "
                : why == Why::unknown ? "unknown: "
                                      : "unavailable: ") +
               verdict.error().reason;
    }

    static inline Slapd* slapd_ = nullptr;
};

TEST_F(Logins, by_password_with_groups) {
    const auto one = realm(service(slapd_->url()) + kPlain);
    EXPECT_EQ("ann: traders", log_in(*one, "ann", "ann's secret"));
    EXPECT_EQ("kim: amazonmq-console-admins everybody", log_in(*one, "kim", "kim's secret"));
    EXPECT_EQ("wrong: the directory refuses the password", log_in(*one, "kim", "ann's secret"));
    EXPECT_EQ("ann: traders", log_in(*one, "ann", "ann's secret"))
        << "the connection is the broker's own again";
    EXPECT_EQ("unknown: no such user in the directory", log_in(*one, "bob", "x"));
    EXPECT_EQ("unknown: no such user in the directory", log_in(*one, "lee, (x)", "lee's secret"))
        << "not below the base, but farther down";
}

TEST_F(Logins, nobody_without_a_password) {
    const auto one = realm(service(slapd_->url()) + kPlain);
    EXPECT_EQ("wrong: no password", log_in(*one, "ann", ""));
    EXPECT_FALSE(one->authenticate({.user = "ann"}));
}

TEST_F(Logins, groups_in_groups_and_attributes_of_users) {
    const auto one =
        realm(service(slapd_->url()) + kPlain + kNested + " userRoleName=employeeType");
    EXPECT_EQ("ann: employees everybody staff traders", log_in(*one, "ann", "ann's secret"));
    EXPECT_EQ("kim: amazonmq-console-admins employees everybody",
              log_in(*one, "kim", "kim's secret"))
        << "these two are in each other";
}

TEST_F(Logins, users_in_a_subtree) {
    const auto one = realm(service(slapd_->url()) + kPlain + " userSearchSubtree=true");
    EXPECT_EQ("lee, (x): traders", log_in(*one, "lee, (x)", "lee's secret"));
    EXPECT_EQ("unknown: several users of that name in the directory",
              log_in(*one, "ann", "ann's secret"));
}

TEST_F(Logins, names_cannot_change_what_is_searched_for) {
    const auto one = realm(service(slapd_->url()) + kPlain + " userSearchSubtree=true");
    for (const std::string user :
         {"*", "ki*", "kim)(uid=*", "*)(objectClass=*", "kim)(|(uid=*", "k\\69m", "(kim)"}) {
        EXPECT_EQ("unknown: no such user in the directory", log_in(*one, user, "kim's secret"));
    }
    using namespace std::string_literals;
    EXPECT_EQ("unknown: no such user in the directory", log_in(*one, "kim\0"s, "kim's secret"));
}

TEST_F(Logins, over_tls) {
    const std::string trust = " caCertificates=\"" + slapd_->authority() + "\"";
    const auto tls = realm(service(slapd_->tls_url()) + kPlain + trust);
    EXPECT_EQ("ann: traders", log_in(*tls, "ann", "ann's secret"));
    const auto upgraded = realm(service(slapd_->url()) + kPlain + trust + " startTls=true");
    EXPECT_EQ("ann: traders", log_in(*upgraded, "ann", "ann's secret"));
}

TEST_F(Logins, not_with_a_server_that_cannot_prove_itself) {
    const std::string wrong = " caCertificates=\"" + slapd_->other_authority() + "\"";
    const std::string right = " caCertificates=\"" + slapd_->authority() + "\"";
    const std::string password = "ann's secret";
    for (const std::string& options :
         {service(slapd_->tls_url()) + kPlain + wrong, service(slapd_->tls_url()) + kPlain,
          service(slapd_->url()) + kPlain + wrong + " startTls=true",
          service(slapd_->misnamed_url()) + kPlain + right}) {
        const auto one = realm(options);
        const std::string outcome = log_in(*one, "ann", password);
        EXPECT_TRUE(outcome.starts_with("unavailable: cannot ")) << outcome;
        EXPECT_TRUE(outcome.ends_with("its certificate is none to trust, or is for another host"))
            << outcome;
        EXPECT_EQ(std::string::npos, outcome.find(password)) << outcome;
        EXPECT_EQ(std::string::npos, outcome.find("sunflower")) << outcome;
    }
}

TEST_F(Logins, not_when_the_broker_itself_is_refused) {
    const auto one = realm(service(slapd_->url(), "moonflower") + kPlain);
    EXPECT_EQ(
        "unavailable: the directory does not let in "
        "cn=mqbroker,ou=Services,dc=example,dc=com: Invalid credentials",
        log_in(*one, "ann", "ann's secret"));
}

TEST_F(Logins, at_the_next_server_when_one_is_down) {
    const std::string down = "ldap://127.0.0.1:" + std::to_string(free_port());
    const auto one = realm(service(down + " " + slapd_->url()) + kPlain);
    EXPECT_EQ("ann: traders", log_in(*one, "ann", "ann's secret"));
    const auto none = realm(service(down) + kPlain);
    EXPECT_EQ("unavailable: cannot ask " + down + ": Can't contact LDAP server",
              log_in(*none, "ann", "ann's secret"));
}

TEST_F(Logins, a_silent_server_is_not_waited_for_for_ever) {
    const SilentServer silent;
    const auto one = realm(service(silent.url()) + kPlain + " timeout=100");
    EXPECT_EQ("unavailable: cannot ask " + silent.url() + ": Timed out",
              log_in(*one, "ann", "ann's secret"));
}

TEST_F(Logins, go_on_when_the_server_comes_back) {
    const auto one = realm(service(slapd_->url()) + kPlain);
    EXPECT_EQ("ann: traders", log_in(*one, "ann", "ann's secret"));
    slapd_->kill();
    slapd_->start();
    EXPECT_EQ("ann: traders", log_in(*one, "ann", "ann's secret"))
        << "the connection that was kept is replaced";
}

TEST_F(Logins, know_at_once_what_changes) {
    const auto one = realm(service(slapd_->url()) + kPlain);
    EXPECT_EQ("ann: traders", log_in(*one, "ann", "ann's secret"));
    slapd_->modify(
        "dn: cn=everybody,ou=Group,ou=corp,dc=example,dc=com\nchangetype: modify\nadd: member\n"
        "member: uid=ann,ou=User,ou=corp,dc=example,dc=com\n");
    EXPECT_EQ("ann: everybody traders", log_in(*one, "ann", "ann's secret"));
    slapd_->modify(
        "dn: cn=everybody,ou=Group,ou=corp,dc=example,dc=com\nchangetype: modify\n"
        "delete: member\nmember: uid=ann,ou=User,ou=corp,dc=example,dc=com\n");
    EXPECT_EQ("ann: traders", log_in(*one, "ann", "ann's secret"));
}

TEST_F(Logins, are_over_when_the_directory_says_something_else) {
    using security::Standing;
    const auto one = realm(service(slapd_->url()) + kPlain);
    const auto in = [&one](const char* user) {
        return one
            ->authenticate(
                {.user = user, .password = security::Secret(user + std::string("'s secret"))})
            .value();
    };
    const auto ann = in("ann");
    const auto kim = in("kim");
    EXPECT_EQ(ann, in("ann")) << "the directory is asked once for all her logins";
    EXPECT_EQ(Standing::good, ann->standing()());
    EXPECT_EQ(Standing::good, kim->standing()());
    const std::string everybody =
        "dn: cn=everybody,ou=Group,ou=corp,dc=example,dc=com\nchangetype: modify\n";
    const std::string member = ": member\nmember: uid=ann,ou=User,ou=corp,dc=example,dc=com\n";
    slapd_->modify(everybody + "add" + member);
    EXPECT_EQ(Standing::over, ann->standing()()) << "in another group";
    EXPECT_NE(ann, in("ann"));
    EXPECT_EQ(Standing::good, in("ann")->standing()());
    slapd_->modify(everybody + "delete" + member);
    EXPECT_EQ(Standing::good, ann->standing()());
    slapd_->modify(
        "dn: uid=ann,ou=User,ou=corp,dc=example,dc=com\nchangetype: modrdn\n"
        "newrdn: uid=anna\ndeleteoldrdn: 1\n");
    EXPECT_EQ(Standing::over, ann->standing()()) << "she is gone";
    slapd_->modify(
        "dn: uid=anna,ou=User,ou=corp,dc=example,dc=com\nchangetype: modrdn\n"
        "newrdn: uid=ann\ndeleteoldrdn: 1\n");
    EXPECT_EQ(Standing::good, ann->standing()());
    slapd_->kill();
    EXPECT_EQ(Standing::unknown, kim->standing()());
    slapd_->start();
}

}  // namespace
}  // namespace tern::tests
