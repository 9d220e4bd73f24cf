#include "realms/login_modules.h"

#include "realms/files_fixture.h"
#include "security/crypto/encrypted_text.h"

namespace tern::realms {
namespace {

class LoginModules : public Files {
protected:
    /// The realm of the entry `a` with these modules.
    security::RealmPtr realm(const std::string& modules) {
        auto made = read(modules);
        EXPECT_TRUE(made) << made.error();
        return made ? std::move(*made) : nullptr;
    }
    [[nodiscard]] std::expected<security::RealmPtr, std::string> read(const std::string& modules) {
        const std::string file = write("login.config", "a {\n" + modules + "\n};");
        return read_realm(file, "a", [this](std::string_view name) { return look_up(name); });
    }
    [[nodiscard]] std::optional<std::string> look_up(std::string_view name) const {
        if (name == security::kPasswordVariable) return password_;
        return {};
    }

    std::optional<std::string> password_;
};

TEST_F(LoginModules, files_lie_beside_the_configuration) {
    write("u.properties", "ann=1");
    write("g.properties", "users=ann");
    const auto one = realm(R"(org.apache.activemq.jaas.PropertiesLoginModule required
        org.apache.activemq.jaas.properties.user="u.properties"
        org.apache.activemq.jaas.properties.group="g.properties" debug=true;)");
    ASSERT_TRUE(one);
    EXPECT_EQ("ann: users", outcome(one->authenticate(login("ann", "1"))));
    const auto elsewhere = realm(R"(org.apache.activemq.jaas.PropertiesLoginModule required
        org.apache.activemq.jaas.properties.user="u.properties" baseDir="/nowhere";)");
    ASSERT_TRUE(elsewhere);
    EXPECT_EQ("unavailable: cannot read /nowhere/u.properties: No such file or directory",
              outcome(elsewhere->authenticate(login("ann", "1"))));
}

TEST_F(LoginModules, those_of_artemis_are_the_same) {
    write("users", "ann=1");
    write("roles", "staff=ann");
    const auto all = realm(R"(
        org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule sufficient
            org.apache.activemq.jaas.properties.user=users
            org.apache.activemq.jaas.properties.role=roles;
        org.apache.activemq.artemis.spi.core.security.jaas.GuestLoginModule sufficient
            org.apache.activemq.jaas.guest.user=nobody
            org.apache.activemq.jaas.guest.role=none;)");
    ASSERT_TRUE(all);
    EXPECT_EQ("ann: staff", outcome(all->authenticate(login("ann", "1"))));
    EXPECT_EQ("nobody: none", outcome(all->authenticate({})));
}

TEST_F(LoginModules, encrypted_passwords) {
    write("groups", "");
    write("users", "ann=ENC(eooeKMRSsrT1T4Ag5OwA/A==)");
    constexpr auto kModule = R"(org.apache.activemq.jaas.PropertiesLoginModule required
        org.apache.activemq.jaas.properties.user=users
        org.apache.activemq.jaas.properties.group=groups decrypt=true;)";
    EXPECT_EQ("unavailable: cannot read " + folder() +
                  "/users: the value of ann: ACTIVEMQ_ENCRYPTION_PASSWORD is not set",
              outcome(realm(kModule)->authenticate(login("ann", "grüße"))));
    password_ = "activemq";
    EXPECT_EQ("ann:", outcome(realm(kModule)->authenticate(login("ann", "grüße"))));
    const std::string aes = std::string(kModule).substr(0, std::string(kModule).size() - 1) +
                            " algorithm=PBEWITHHMACSHA512ANDAES_256;";
    write("users", "ann=ENC(lvVe53CP1s6KKWhDASRd6P04BXo9jUiveZZMvd0R3qjmVX4uyAbyqFJj6ChpYYDq)");
    EXPECT_EQ("ann:", outcome(realm(aes)->authenticate(login("ann", "grüße"))));
}

TEST_F(LoginModules, several_are_one_realm) {
    write("users", "ann=1");
    write("groups", "users=ann");
    write("subjects", "kim=CN=kim");
    const auto all = realm(R"(
        org.apache.activemq.jaas.TextFileCertificateLoginModule sufficient
            org.apache.activemq.jaas.textfiledn.user=subjects
            org.apache.activemq.jaas.textfiledn.group=groups;
        org.apache.activemq.jaas.PropertiesLoginModule sufficient
            org.apache.activemq.jaas.properties.user=users
            org.apache.activemq.jaas.properties.group=groups;
        org.apache.activemq.jaas.GuestLoginModule sufficient
            org.apache.activemq.jaas.guest.user=nobody
            org.apache.activemq.jaas.guest.group=none credentialsInvalidate=true;)");
    ASSERT_TRUE(all);
    EXPECT_EQ("kim:", outcome(all->authenticate({.certificate = "CN=kim"})));
    EXPECT_EQ("ann: users", outcome(all->authenticate(login("ann", "1"))));
    EXPECT_EQ("nobody: none", outcome(all->authenticate({})));
    EXPECT_EQ("wrong: no client certificate", outcome(all->authenticate(login("ann", "2"))))
        << "as JAAS, the first reason";
}

TEST_F(LoginModules, others_are_an_error) {
    const auto other = read("com.example.MyLoginModule required;");
    ASSERT_FALSE(other);
    EXPECT_TRUE(other.error().starts_with(
        folder() + "/login.config:2:1: there is no login module com.example.MyLoginModule here"))
        << other.error();
    EXPECT_FALSE(read("org.apache.activemq.jaas.OtherLoginModule required;"));
    EXPECT_FALSE(read("GuestLoginModule required;")) << "a class has its package";
}

TEST_F(LoginModules, what_is_missing_is_said) {
    const config::Lookup nothing = [](std::string_view) { return std::nullopt; };
    const std::string file = write("login.config", "a { };\n\nb {");
    EXPECT_EQ("cannot read /nowhere/login.config: No such file or directory",
              read_realm("/nowhere/login.config", "a", nothing).error());
    EXPECT_EQ(file + ":3:4: the class of a login module or '}' is missing here",
              read_realm(file, "a", nothing).error());
    write("login.config", "a { };");
    EXPECT_EQ(file + " has no entry b, and none that is called other",
              read_realm(file, "b", nothing).error());
}

}  // namespace
}  // namespace tern::realms
