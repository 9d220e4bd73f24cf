#include "realms/login_config.h"

#include <gtest/gtest.h>

namespace tern::realms {
namespace {

using security::Control;

std::optional<std::string> look_up(std::string_view name) {
    if (name == "activemq.conf") return "/conf";
    return {};
}

LoginConfig parsed(std::string_view text) {
    auto config = parse_login_config(text, look_up);
    EXPECT_TRUE(config) << config.error().place.line << ":" << config.error().place.column << " "
                        << config.error().text;
    return config.value_or(LoginConfig());
}

std::string problem(std::string_view text) {
    const auto config = parse_login_config(text, look_up);
    if (config) return "none";
    const auto& [place, what] = config.error();
    return std::to_string(place.line) + ":" + std::to_string(place.column) + ": " + what;
}

TEST(login_config, is_read_as_java_does) {
    const LoginConfig config = parsed(R"(/* a
        comment */
activemq {
    org.apache.activemq.jaas.PropertiesLoginModule required // another
        org.apache.activemq.jaas.properties.user="users.properties"
        baseDir="${activemq.conf}/x" reload = true;
    org.apache.activemq.jaas.GuestLoginModule SUFFICIENT;
};
"other" { x.Y$Z optional a="quo\"te\t\101"
   b=ldap://host:389 // end
   c="" ; };
)");
    ASSERT_EQ(2U, config.entries.size());
    const LoginEntry& first = config.entries[0];
    EXPECT_EQ("activemq", first.name);
    EXPECT_EQ(3U, first.place.line);
    ASSERT_EQ(2U, first.modules.size());
    EXPECT_EQ("org.apache.activemq.jaas.PropertiesLoginModule", first.modules[0].name);
    EXPECT_EQ(Control::required, first.modules[0].control);
    EXPECT_EQ((config::Properties{{"org.apache.activemq.jaas.properties.user", "users.properties"},
                                  {"baseDir", "/conf/x"},
                                  {"reload", "true"}}),
              first.modules[0].options);
    EXPECT_EQ(Control::sufficient, first.modules[1].control);
    const LoginEntry* const other = config.find("none of these");
    ASSERT_NE(nullptr, other);
    EXPECT_EQ((config::Properties{{"a", "quo\"te\tA"}, {"b", "ldap://host:389"}, {"c", ""}}),
              other->modules.at(0).options);
    EXPECT_EQ(&first, config.find("activemq"));
    EXPECT_EQ(nullptr, parsed("a { b required; };").find("c"));
    EXPECT_TRUE(parsed("").entries.empty());
}

TEST(login_config, problems_have_a_place) {
    EXPECT_EQ("1:1: the name of an entry is missing here", problem("{"));
    EXPECT_EQ("1:3: '{' is missing here", problem("a b"));
    EXPECT_EQ("2:3: 'must' is none of required, requisite, sufficient, optional",
              problem("a {\nb must; };"));
    EXPECT_EQ("1:17: '=' is missing here", problem("a { b required x; };"));
    EXPECT_EQ("1:19: the value of an option is missing here", problem("a { b required x= ; };"));
    EXPECT_EQ("1:20: an option or ';' is missing here", problem("a { b required x=y }; "));
    EXPECT_EQ("1:18: a text in quotes has no end", problem("a { b required x=\"y\n\"; };"));
    EXPECT_EQ("1:10: a comment has no end", problem("a { b /* "));
    EXPECT_EQ("1:5: a character that may stand only in quotes", problem("a { !b required; };"));
    EXPECT_EQ("1:20: the option x is there twice", problem("a { b required x=1 x=2; };"));
    EXPECT_EQ("2:1: the entry a is there twice", problem("a { b required; };\na { };"));
    EXPECT_EQ("1:18: nothing says what '${no}' is", problem("a { b required x=\"${no}\"; };"));
    EXPECT_EQ("1:19: ';' is missing here", problem("a { b required; } "));
    EXPECT_EQ("0:0: it is larger than 1 MiB", problem(std::string((1 << 20) + 1, ' ')));
}

TEST(login_config, what_comes_in_masses_is_refused) {
    std::string options = "a { b required ";
    for (int i = 0; i < 1001; ++i) options += "o" + std::to_string(i) + "=1 ";
    EXPECT_NE(std::string::npos, problem(options + "; };").find("too many options"));
    std::string modules = "a { ";
    for (int i = 0; i < 101; ++i) modules += "b required; ";
    EXPECT_NE(std::string::npos, problem(modules + "};").find("too many modules"));
    std::string entries;
    for (int i = 0; i < 1001; ++i) entries += "a" + std::to_string(i) + " { };\n";
    EXPECT_EQ("1001:1: too many entries", problem(entries));
}

}  // namespace
}  // namespace tern::realms
