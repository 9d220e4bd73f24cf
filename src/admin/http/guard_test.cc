#include "admin/http/guard.h"

#include <gtest/gtest.h>

namespace tern::admin::http {
namespace {

TEST(Guard, knows_this_machine_by_its_names) {
    for (const char* one :
         {"localhost", "LocalHost:8161", "127.0.0.1:80", "127.1.2.3", "[::1]", "[::1]:8161"}) {
        EXPECT_TRUE(is_this_machine(one)) << one;
    }
    for (const char* one : {"", "example.org", "localhost.example.org", "127.0.0.1.example.org",
                            "10.0.0.1:8161", "::1", "[::2]:8161"}) {
        EXPECT_FALSE(is_this_machine(one)) << one;
    }
}

TEST(Guard, lets_no_foreign_page_change_anything) {
    const auto welcome = [](std::string_view method, std::string_view host, std::string_view origin,
                            bool this_machine_only = true) {
        return is_welcome({.method = method, .host = host, .origin = origin}, this_machine_only);
    };
    EXPECT_TRUE(welcome("GET", "localhost:8161", ""));
    EXPECT_TRUE(welcome("POST", "localhost:8161", ""));
    EXPECT_TRUE(welcome("POST", "localhost:8161", "http://localhost:8161"));
    EXPECT_TRUE(welcome("DELETE", "mq.example.org", "https://MQ.example.org", false));
    EXPECT_FALSE(welcome("POST", "localhost:8161", "http://localhost:8080"));
    EXPECT_FALSE(welcome("POST", "localhost:8161", "http://evil.example"));
    EXPECT_FALSE(welcome("POST", "localhost:8161", "null"));
    EXPECT_FALSE(welcome("GET", "evil.example:8161", ""));
    EXPECT_TRUE(welcome("GET", "mq.example.org", "", false));
}

}  // namespace
}  // namespace tern::admin::http
