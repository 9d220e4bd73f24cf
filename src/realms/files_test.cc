#include "realms/certificate_realm.h"
#include "realms/files_fixture.h"
#include "realms/properties_realm.h"

#include <map>

namespace tern::realms {
namespace {

using security::Credentials;
using security::Standing;

/// Of "secret".
constexpr std::string_view kHash =
    "$y$j9T$abcdefghijklmnop$3dL1LkYnZM.OVXuVdnnaKVDlLYT92dRwOzDZ5XiVCe.";

TEST_F(Files, users_and_their_groups) {
    const auto realm = properties_realm(
        file("users.properties", "# comment\nsystem=manager\nann\\ lee=p\\u00e4ss\\=word\nkim=" +
                                     std::string(kHash) + "\n"),
        file("groups.properties", "admins=system\nusers=system, kim,ann lee\n"));
    EXPECT_EQ("system: admins users", outcome(realm->authenticate(login("system", "manager"))));
    EXPECT_EQ("ann lee: users", outcome(realm->authenticate(login("ann lee", "päss=word"))));
    EXPECT_EQ("kim: users", outcome(realm->authenticate(login("kim", "secret"))));
    EXPECT_EQ("wrong: wrong password", outcome(realm->authenticate(login("kim", kHash))));
    EXPECT_EQ("wrong: wrong password", outcome(realm->authenticate(login("system", "Manager"))));
    EXPECT_EQ("wrong: wrong password", outcome(realm->authenticate({.user = "system"})));
    EXPECT_EQ("unknown: no such user in " + folder() + "/users.properties",
              outcome(realm->authenticate(login("System", "manager"))));
    EXPECT_EQ("wrong: no user name", outcome(realm->authenticate({})));
}

TEST_F(Files, are_read_again_only_when_told_to) {
    auto users = file("users", "ann=1");
    const auto groups = file("groups", "");
    const auto once = properties_realm(users, groups);
    users.reload = true;
    const auto again = properties_realm(users, groups);
    for (const auto& realm : {once, again}) {
        EXPECT_EQ("ann:", outcome(realm->authenticate(login("ann", "1"))));
    }
    write("users", "ann=2");
    EXPECT_EQ("ann:", outcome(once->authenticate(login("ann", "1"))));
    EXPECT_EQ("ann:", outcome(again->authenticate(login("ann", "2"))));
    std::filesystem::remove(users.path);
    EXPECT_EQ("ann:", outcome(again->authenticate(login("ann", "2")))) << "the last one holds";
    write("users", "ann=3");
    EXPECT_EQ("ann:", outcome(again->authenticate(login("ann", "3"))));
}

TEST_F(Files, say_what_has_become_of_a_login) {
    auto users = file("users", "ann=1\nbob=1\nkim=1\nlee=1");
    auto groups = file("groups", "staff=ann,lee");
    EXPECT_FALSE((*properties_realm(users, groups)->authenticate(login("ann", "1")))->standing())
        << "nothing can change";
    users.reload = groups.reload = true;
    const auto realm = properties_realm(users, groups);
    std::map<std::string, security::IdentityPtr> in;
    for (const char* name : {"ann", "bob", "kim", "lee"}) {
        in[name] = realm->authenticate(login(name, "1")).value();
        EXPECT_EQ(Standing::good, in[name]->standing()());
    }
    write("users", "ann=1\nbob=2\nlee=1\nnew=1");
    write("groups", "staff=ann\nadmins=lee");
    EXPECT_EQ(Standing::good, in["ann"]->standing()());
    EXPECT_EQ(Standing::over, in["bob"]->standing()()) << "another password";
    EXPECT_EQ(Standing::over, in["kim"]->standing()()) << "removed";
    EXPECT_EQ(Standing::over, in["lee"]->standing()()) << "other groups";
    write("users", "ann=1\nbob=1");
    EXPECT_EQ(Standing::good, in["bob"]->standing()());
}

TEST_F(Files, say_what_has_become_of_a_certificates_login) {
    auto users = file("users", "ann=CN=ann\nbob=CN=bob\nops=/CN=ops-[0-9]+/");
    users.reload = true;
    const auto realm = certificate_realm(users, file("groups", ""));
    std::map<std::string, security::IdentityPtr> in;
    for (const char* name : {"CN=ann", "CN=bob", "CN=ops-7"}) {
        in[name] = realm->authenticate({.certificate = name}).value();
        EXPECT_EQ(Standing::good, in[name]->standing()());
    }
    write("users", "eve=CN=ann\nops=/CN=ops-[0-9]+/");
    EXPECT_EQ(Standing::over, in["CN=ann"]->standing()()) << "somebody else's";
    EXPECT_EQ(Standing::over, in["CN=bob"]->standing()());
    EXPECT_EQ(Standing::good, in["CN=ops-7"]->standing()());
}

TEST_F(Files, that_were_never_there_let_nobody_in) {
    const auto realm = properties_realm({.path = folder() + "/none"}, file("groups", ""));
    EXPECT_EQ("unavailable: cannot read " + folder() + "/none: No such file or directory",
              outcome(realm->authenticate(login("ann", ""))));
}

TEST_F(Files, certificates_by_subject_and_by_expression) {
    const auto realm = certificate_realm(file("users",
                                              "ann=CN=ann, OU=x, O=y\nops=/CN=ops-[0-9]+, O=y/\n"
                                              "broken=/CN=(/\nall=CN=ops-7, O=y\n"),
                                         file("groups", "admins=ops\nusers=ann,all\n"));
    const auto show = [&realm](std::string subject) {
        return outcome(realm->authenticate(Credentials{.certificate = std::move(subject)}));
    };
    EXPECT_EQ("ann: users", show("CN=ann, OU=x, O=y"));
    EXPECT_EQ("ops: admins", show("CN=ops-12, O=y"));
    EXPECT_EQ("all: users", show("CN=ops-7, O=y")) << "a named one comes first";
    EXPECT_EQ("wrong: no user for client certificate CN=ops-12, O=y, C=z",
              show("CN=ops-12, O=y, C=z"))
        << "an expression is for the whole";
    EXPECT_EQ("wrong: no user for client certificate CN=(", show("CN=("));
    EXPECT_EQ("wrong: no client certificate", show(""));
}

}  // namespace
}  // namespace tern::realms
