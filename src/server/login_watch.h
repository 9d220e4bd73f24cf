#pragma once

#include "security/identity.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace tern::server {

/// Looks again and again whether those who are in would be let in still: users of files and of
/// directories may be removed, and tokens expire.
class LoginWatch {
public:
    using Identities = std::vector<security::IdentityPtr>;
    /// Given those whose logins are over, perhaps none, after each round. Runs on: the thread.
    using Looked = std::function<void(Identities)>;

    LoginWatch(std::chrono::milliseconds period, Looked looked)
        : period_(period), looked_(std::move(looked)) {}
    ~LoginWatch();
    LoginWatch(const LoginWatch&) = delete;
    LoginWatch& operator=(const LoginWatch&) = delete;

    /// One whom nobody holds any more is forgotten. From any thread.
    void add(const security::IdentityPtr& who);
    /// One round: whose logins are over, for the second time in a row. A file that is being
    /// written at the moment ends nobody's.
    [[nodiscard]] Identities look(const std::stop_token& stop = {});

    void start();
    /// Waits for the thread, which may be waiting for a directory.
    void stop();

private:
    using Held = std::weak_ptr<const security::Identity>;

    void run(const std::stop_token& stop);
    [[nodiscard]] Identities watched();
    /// Whether it has been over twice now; then it is watched no longer.
    [[nodiscard]] bool is_over(const security::IdentityPtr& who, security::Standing standing);

    const std::chrono::milliseconds period_;
    const Looked looked_;
    std::jthread thread_;
    std::mutex mutex_;
    std::condition_variable_any stopping_;
    /// Whether it was over in the last round. Guarded by mutex_.
    std::map<Held, bool, std::owner_less<Held>> doubted_;
};

}  // namespace tern::server
