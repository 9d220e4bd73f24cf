#pragma once

#include "runtime/thread_lane.h"
#include "security/audit.h"
#include "security/gatekeeper.h"
#include "security/throttle.h"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

namespace tern::server {

/// Where realms are asked: some threads, so that one that is slow to answer holds up few others.
class LoginLanes {
public:
    static constexpr std::size_t kLanes = 4;

    void start();
    void stop();
    /// Runs `task` on the lane that has the least to do. A connection waits for one login at a
    /// time: there are never more tasks than connections.
    void submit(Task task);

private:
    struct Place {
        explicit Place(std::string name) : lane(std::move(name)) {}

        ThreadLane lane;
        std::atomic<std::size_t> waiting{0};
    };
    std::array<Place, kLanes> places_{Place("login 1"), Place("login 2"), Place("login 3"),
                                      Place("login 4")};
};

/// Asks a realm, throttles those who guess, and has it written down who came in and who did not.
class Gatekeeper final : public security::Gatekeeper,
                         public std::enable_shared_from_this<Gatekeeper> {
public:
    /// `lanes` outlives it. `audit` may be null.
    Gatekeeper(security::RealmPtr realm, LoginLanes& lanes, std::shared_ptr<security::Audit> audit);

    void admit(security::Credentials shown, Answer answer) override;
    [[nodiscard]] broker::LoginWays login_ways() const override { return ways_.load(); }
    void challenge(security::Credentials shown, Challenged answer) override;
    /// Who comes from now on is asked for by this one. From any thread.
    void ask_from_now_on(security::RealmPtr realm);

private:
    [[nodiscard]] security::RealmPtr realm();
    [[nodiscard]] security::Verdict ask(security::Credentials& shown);
    [[nodiscard]] security::Verdict ask_realm(security::Credentials& shown);
    [[nodiscard]] std::optional<broker::ScramChallenge> make_challenge(
        const security::Credentials& shown);
    [[nodiscard]] bool is_slowed(const security::Credentials& shown);
    void note(const security::Credentials& shown, const security::Verdict& verdict);

    security::RealmPtr realm_;  // guarded by mutex_
    LoginLanes& lanes_;
    std::shared_ptr<security::Audit> audit_;
    std::atomic<broker::LoginWays> ways_;  ///< as of the last login: files change
    std::mutex mutex_;
    security::Throttle throttle_;  // guarded by mutex_
};

}  // namespace tern::server
