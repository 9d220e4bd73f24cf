#pragma once

#include "realms/directory_connection.h"
#include "security/rights.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace tern::realms {

/// Rights as a directory has them: ActiveMQ's cachedLDAPAuthorizationMap. Below a base lie
/// destinations, by their names with `$` for `>`, and below each a group of those who may read, one
/// for write and one for admin; below the base of temporary destinations these groups themselves.
struct DirectoryRightsOptions {
    DirectoryOptions directory;

    std::string queue_base = "ou=Queue,ou=Destination,ou=ActiveMQ,ou=system";
    std::string topic_base = "ou=Topic,ou=Destination,ou=ActiveMQ,ou=system";
    std::string temporary_base = "ou=Temp,ou=Destination,ou=ActiveMQ,ou=system";
    std::string read_filter = "(cn=Read)";
    std::string write_filter = "(cn=Write)";
    std::string admin_filter = "(cn=Admin)";
    std::string member_attribute = "member";

    /// A member is a group, of the name that its DN is without `cn=`; otherwise the directory says
    /// what the member is.
    bool legacy_groups = true;
    std::string group_class = "groupOfNames";
    std::string group_name = "cn";
    std::string user_class = "person";
    std::string user_name = "uid";

    std::chrono::milliseconds refresh_interval{10'000};
    bool refresh = true;  ///< false: what was read once holds
};

/// What the directory says now. All of it, or an error: half of the rights would be wrong ones. A
/// base that is not there has nothing below it.
[[nodiscard]] std::expected<security::Rights, DirectoryError> read_rights(
    DirectoryConnection& connection, const DirectoryRightsOptions& options);

/// Reads them over and over, on a thread of its own. As long as the directory cannot be asked, what
/// it said last holds; before it has said anything, nobody may do anything.
class DirectoryRights {
public:
    /// Given what holds from now on, whenever that has changed. Runs on: the thread.
    using Changed = std::function<void(security::RightsPtr)>;

    DirectoryRights(DirectoryRightsOptions options, Changed changed)
        : options_(std::move(options)), changed_(std::move(changed)) {}
    ~DirectoryRights();
    DirectoryRights(const DirectoryRights&) = delete;
    DirectoryRights& operator=(const DirectoryRights&) = delete;

    /// What holds before anything was read.
    [[nodiscard]] static security::RightsPtr nobodys();

    void start();
    /// Waits for the thread, which may be waiting for the directory.
    void stop();

private:
    void run(const std::stop_token& stop);
    /// False: it could not be read.
    [[nodiscard]] bool refresh();
    void pause(const std::stop_token& stop, std::chrono::milliseconds time);

    const DirectoryRightsOptions options_;
    const Changed changed_;
    std::jthread thread_;

    // The thread's own.
    std::unique_ptr<DirectoryConnection> connection_;
    security::RightsPtr current_;
    bool complained_ = false;

    std::mutex mutex_;
    std::condition_variable_any stopping_;
};

}  // namespace tern::realms
