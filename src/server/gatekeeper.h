#pragma once

#include "base/line_limit.h"
#include "runtime/system_random.h"
#include "runtime/thread_lane.h"
#include "security/audit.h"
#include "security/gatekeeper.h"
#include "security/throttle.h"
#include "server/login_watch.h"
#include "server/timed_lane.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace tern::server {

/// Where realms are asked: some threads, so that one that is slow to answer holds up few others.
/// Hosts from which nobody has logged in yet have threads of their own, and are asked for in
/// bunches: those who guess from very many addresses do not stand in the way of others.
class LoginLanes {
public:
    static constexpr std::size_t kLanes = 4;  ///< for each
    static constexpr std::chrono::milliseconds kStrangersEvery{10};
    /// Clients that have left still wait to be looked at: so many, for each.
    static constexpr std::size_t kWaitingMax = 20'000;
    enum class Host : std::uint8_t { known, strange };

    void start();
    /// Tasks that wait are not run any more: hashes nobody waits for would hold up the end.
    void drop_waiting() { dropping_ = true; }
    /// Drops what waits, and returns when all that has begun is done.
    void stop();
    /// Runs `task` on the lane that has the least to do, or `refuse` if very many wait.
    void submit(Host host, Task task, Task refuse);
    /// Runs a task that asks nobody, on a thread besides those, after some time. It is at once if
    /// very many wait for theirs.
    void submit_quick(Task task, std::chrono::milliseconds after = {});
    /// Runs `task` when all that was submitted before has run, but what is quick.
    void submit_behind_all(Task task);

private:
    struct Place {
        explicit Place(std::string name) : lane(std::move(name)) {}

        ThreadLane lane;
        std::atomic<std::size_t> waiting{0};
    };
    using Places = std::array<Place, kLanes>;

    void hand_over(Places& places, Task task, Task refuse);

    Places known_{Place("login 1"), Place("login 2"), Place("login 3"), Place("login 4")};
    Places strange_{Place("strange 1"), Place("strange 2"), Place("strange 3"), Place("strange 4")};
    TimedLane quick_{"refusals"};
    std::atomic<bool> dropping_{false};
};

/// Asks a realm, throttles those who guess, and has it written down who came in and who did not.
class Gatekeeper final : public security::Gatekeeper,
                         public std::enable_shared_from_this<Gatekeeper> {
public:
    using Clock = std::function<std::int64_t()>;

    /// `lanes` and `watch` outlive it. `audit` may be null. `now_ms` only grows; from any thread.
    Gatekeeper(security::RealmPtr realm, LoginLanes& lanes, LoginWatch& watch,
               std::shared_ptr<security::Audit> audit, Clock now_ms = steady_ms);

    void admit(security::Credentials shown, Answer answer) override;
    [[nodiscard]] broker::LoginWays login_ways() const override { return ways_.load(); }
    void challenge(security::Credentials shown, Challenged answer) override;
    /// Who comes from now on is asked for by this one. From any thread.
    void ask_from_now_on(security::RealmPtr realm);

private:
    static constexpr std::uint32_t kAuditedMax = 1000;
    static constexpr std::size_t kComparedMax = 32;

    [[nodiscard]] static std::int64_t steady_ms();
    [[nodiscard]] security::RealmPtr realm();
    [[nodiscard]] security::Verdict ask(security::Credentials& shown,
                                        security::Throttle::Leave leave);
    [[nodiscard]] security::Verdict ask_realm(security::Credentials& shown);
    /// How long a refusal has to wait so that it does not tell by its time that there is no such
    /// user. Nothing is computed for that: guesses of names would cost the time of passwords.
    [[nodiscard]] std::chrono::milliseconds wait_of(const security::Credentials& shown,
                                                    const security::Verdict& verdict);
    void remember_compared(std::int64_t took_ms);
    [[nodiscard]] std::optional<broker::ScramChallenge> make_challenge(
        const security::Credentials& shown);
    [[nodiscard]] bool is_slowed(const security::Credentials& shown);
    [[nodiscard]] security::Throttle::Leave ask_leave(const security::Credentials& shown);
    [[nodiscard]] LoginLanes::Host standing_of(const security::Credentials& shown);
    void note(const security::Credentials& shown, const security::Verdict& verdict);

    security::RealmPtr realm_;  // guarded by mutex_
    LoginLanes& lanes_;
    LoginWatch& watch_;
    std::shared_ptr<security::Audit> audit_;
    const Clock now_ms_;
    std::atomic<broker::LoginWays> ways_;  ///< as of the last login: files change
    std::mutex mutex_;
    security::Throttle throttle_;            // guarded by mutex_, as all below
    log::LineLimit audited_{kAuditedMax};    ///< refusals: a flood would push all else out
    std::vector<std::int64_t> compared_ms_;  ///< how long it took to compare passwords lately
    std::size_t compared_next_ = 0;          ///< where the next one is to be remembered
    SystemRandom random_;
};

}  // namespace tern::server
