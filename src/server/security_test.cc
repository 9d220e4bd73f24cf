#include "server/security.h"

#include "base/temporary_folder_fixture.h"
#include "config/load.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tern::server {
namespace {

/// A document's plugins, beside files of its own.
class SecurityTest : public testing::Test {
protected:
    SecurityTest() {
        write("users.properties", "ann=1\n");
        write("groups.properties", "users=ann,kim\n");
        write("certificates.properties", "kim=CN=kim\n");
        write("login.config", R"(
            activemq { org.apache.activemq.jaas.PropertiesLoginModule required
                org.apache.activemq.jaas.properties.user="users.properties"
                org.apache.activemq.jaas.properties.group="groups.properties"
                baseDir="${activemq.conf}"; };
            by-certificate { org.apache.activemq.jaas.TextFileCertificateLoginModule required
                org.apache.activemq.jaas.textfiledn.user="certificates.properties"
                org.apache.activemq.jaas.textfiledn.group="groups.properties"; };)");
    }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }
    [[nodiscard]] std::expected<security::RealmPtr, std::string> realm(
        const std::string& plugin, const std::string& more = "") const {
        const auto loaded =
            config::load("<broker><plugins>" + plugin + "</plugins>" + more + "</broker>", {});
        EXPECT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
        return make_realm(loaded.broker, (folder_ / "activemq.xml").string());
    }
    [[nodiscard]] static std::string ask(
        const std::expected<security::RealmPtr, std::string>& realm,
        const security::Credentials& shown) {
        if (!realm) return realm.error();
        const auto verdict = (*realm)->authenticate(shown);
        return verdict ? (*verdict)->user() : verdict.error().reason;
    }

    TemporaryFolder made_;
    const std::filesystem::path folder_ = made_.path();
    const security::Credentials ann_{.user = "ann", .password = security::Secret("1")};
    const security::Credentials kim_{.certificate = "CN=kim"};
};

TEST_F(SecurityTest, users_of_a_login_config_beside_the_document) {
    const auto one = realm("<jaasAuthenticationPlugin configuration='activemq'/>");
    EXPECT_EQ("ann", ask(one, ann_));
    EXPECT_EQ("no user name", ask(one, kim_));
    const auto missing = realm("<jaasAuthenticationPlugin configuration='other one'/>");
    EXPECT_EQ((folder_ / "login.config").string() +
                  " has no entry other one, and none that is called other",
              ask(missing, ann_));
}

TEST_F(SecurityTest, users_by_certificate_and_by_password) {
    const auto one = realm("<jaasCertificateAuthenticationPlugin configuration='by-certificate'/>");
    EXPECT_EQ("kim", ask(one, kim_));
    EXPECT_EQ("no client certificate", ask(one, ann_));
    const auto dual = realm(
        "<jaasDualAuthenticationPlugin configuration='activemq' "
        "sslConfiguration='by-certificate'/>");
    EXPECT_EQ("kim", ask(dual, kim_));
    EXPECT_EQ("ann", ask(dual, ann_));
}

TEST_F(SecurityTest, listeners_may_have_users_of_their_own) {
    const std::string own = "<jaasAuthenticationPlugin configuration='activemq'/>";
    const std::string connectors =
        "<transportConnectors><transportConnector uri='stomp://h:1'/>"
        "<transportConnector uri='mqtt://h:2?securityDomain=by-certificate'/>"
        "</transportConnectors>";
    security::Credentials kim_there = kim_;
    kim_there.domain = "by-certificate";
    security::Credentials ann_there = ann_;
    ann_there.domain = "by-certificate";
    const auto one = realm(own, connectors);
    EXPECT_EQ("ann", ask(one, ann_));
    EXPECT_EQ("no user name", ask(one, kim_));
    EXPECT_EQ("kim", ask(one, kim_there));
    EXPECT_EQ("no client certificate", ask(one, ann_there));
    EXPECT_TRUE((*realm(own))->login_ways().scram_256);
    EXPECT_FALSE((*one)->login_ways().scram_256) << "others cannot use it";
    ann_there.domain = "gone";
    EXPECT_EQ("the document does not name the domain gone any more", ask(one, ann_there));
    EXPECT_EQ(
        "securityDomain=by-certificate needs an authentication plugin, for the other listeners",
        ask(realm("", connectors), ann_));
}

TEST_F(SecurityTest, users_of_the_document_may_have_hashes) {
    const auto one = realm(
        "<simpleAuthenticationPlugin><users><authenticationUser username='ann' groups='a' "
        "password='$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW'/>"
        "<authenticationUser username='kim' groups='a' password='plain'/>"
        "</users></simpleAuthenticationPlugin>");
    EXPECT_EQ("ann", ask(one, {.user = "ann", .password = security::Secret("secret")}));
    EXPECT_EQ("wrong password", ask(one, ann_));
    EXPECT_EQ("kim", ask(one, {.user = "kim", .password = security::Secret("plain")}));
}

TEST_F(SecurityTest, one_plugin_says_who_clients_are) {
    EXPECT_FALSE(config::load("<broker><plugins><jaasAuthenticationPlugin/>"
                              "<jaasDualAuthenticationPlugin/></plugins></broker>",
                              {})
                     .report.accepted());
}

}  // namespace
}  // namespace tern::server
