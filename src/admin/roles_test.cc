#include "admin/roles.h"

#include <gtest/gtest.h>

namespace tern::admin {
namespace {

Role role(std::string method, std::string target, std::string body = "") {
    return needed_role(
        {.method = std::move(method), .target = std::move(target), .body = std::move(body)});
}

TEST(Roles, looking_is_for_viewers) {
    EXPECT_EQ(Role::nobody, role("GET", "/health/live"));
    EXPECT_EQ(Role::nobody, role("GET", "/health/ready?x"));
    for (const char* one : {"/", "/console.js", "/admin/"}) {
        EXPECT_EQ(Role::nobody, role("GET", one)) << "knows nothing by itself: " << one;
    }
    EXPECT_EQ(Role::nobody, role("POST", "/api/v1/session"));
    for (const char* one :
         {"/api/v1/session/x", "/metrics", "/api/v1/queues", "/api/v1/queues/q/messages",
          "/api/jolokia/read/x", "/health/live/x", "/nothing"}) {
        EXPECT_EQ(Role::view, role("GET", one)) << one;
        EXPECT_EQ(Role::view, role("HEAD", one)) << one;
    }
}

TEST(Roles, working_with_messages_is_for_those_who_operate) {
    for (const char* one :
         {"/api/v1/queues/q/messages", "/api/v1/queues/q/messages/move", "/api/v1/queues/q/purge",
          "/api/v1/queues/q/pause", "/api/v1/queues/a%2Fb/resume", "/api/v1/topics/t/messages"}) {
        EXPECT_EQ(Role::operate, role("POST", one)) << one;
    }
    EXPECT_EQ(Role::operate, role("DELETE", "/api/v1/queues/q/messages/5"));
    for (const char* method : {"GET", "POST", "DELETE"}) {
        EXPECT_EQ(Role::operate, role(method, "/api/message/q?type=queue")) << method;
    }
}

TEST(Roles, all_else_is_for_admins) {
    EXPECT_EQ(Role::admin, role("POST", "/api/v1/queues"));
    EXPECT_EQ(Role::admin, role("DELETE", "/api/v1/queues/q"));
    EXPECT_EQ(Role::admin, role("DELETE", "/api/v1/connections/1"));
    EXPECT_EQ(Role::admin, role("DELETE", "/api/v1/subscriptions/messages/messages"));
    EXPECT_EQ(Role::admin, role("POST", "/api/v1/something/new/messages/x"));
    EXPECT_EQ(Role::admin, role("PUT", "/api/v1/queues/q/messages"));
    EXPECT_EQ(Role::admin, role("POST", "no path"));
}

TEST(Roles, of_jolokia_by_what_is_asked_for) {
    EXPECT_EQ(Role::view, role("POST", "/api/jolokia", R"({"type":"read","mbean":"x"})"));
    EXPECT_EQ(Role::view, role("POST", "/api/jolokia/?ignoreErrors=true",
                               R"([{"type":"search"},{"type":"version"}])"));
    EXPECT_EQ(Role::view, role("POST", "/api/jolokia/read?ignoreErrors=true",
                               R"([{"type":"READ","mbean":"x"}])"));
    EXPECT_EQ(Role::admin, role("POST", "/api/jolokia/read", R"({"type":"exec"})"));
    EXPECT_EQ(Role::admin, role("POST", "/api/jolokia", R"({"type":"exec"})"));
    EXPECT_EQ(Role::admin, role("POST", "/api/jolokia", R"([{"type":"read"},{"type":"write"}])"));
    EXPECT_EQ(Role::admin, role("POST", "/api/jolokia", "nonsense"));
    EXPECT_EQ(Role::admin, role("POST", "/api/jolokia", "[5]"));
}

}  // namespace
}  // namespace tern::admin
