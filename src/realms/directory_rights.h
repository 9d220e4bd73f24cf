#pragma once

#include "config/security.h"
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

/// Rights as a directory has them: ActiveMQ's cachedLDAPAuthorizationMap.
struct DirectoryRightsOptions : config::DirectoryLayout {
    DirectoryOptions directory = {};
    std::chrono::milliseconds refresh_interval{10'000};
    bool refresh = true;  ///< false: what was read once holds
};

/// Who may make and remove any destination, as where Amazon runs ActiveMQ with a directory.
inline constexpr const char* kConsoleAdmins = "amazonmq-console-admins";

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
