#include "server/gatekeeper.h"

#include "base/log.h"
#include "runtime/thread.h"
#include "security/crypto/scram.h"
#include "security/printable.h"
#include "server/throttled_host.h"

#include <algorithm>
#include <chrono>

namespace tern::server {
namespace {

using security::Credentials;
using security::Refusal;
using security::Verdict;
using Leave = security::Throttle::Leave;

/// Nothing is written down then: a line for each guess would be what slows others.
Verdict too_many_failures() {
    return security::refusal(Refusal::Why::wrong, "too many failed logins");
}

/// Whether a realm that keeps passwords compares one, if it knows the user.
bool has_password(const Credentials& shown) {
    return shown.user && !shown.proof && shown.bearer_token().empty();
}

/// One that any realm compares: some refuse an empty one at once.
bool has_full_password(const Credentials& shown) {
    return has_password(shown) && shown.password && !shown.password->empty();
}

std::string_view user_of(const Credentials& shown) {
    return shown.user ? std::string_view(*shown.user) : std::string_view(shown.certificate);
}

}  // namespace

void LoginLanes::start() {
    const auto start = [](Places& places, int nice) {
        for (Place& place : places) {
            place.lane.start();
            place.lane.submit([nice] { give_way(nice); });
        }
    };
    // Hashes take all the time there is while somebody guesses: clients that are in go first.
    constexpr int kKnownNice = 10;
    constexpr int kStrangeNice = 19;
    start(known_, kKnownNice);
    start(strange_, kStrangeNice);
    quick_.start();
}

void LoginLanes::stop() {
    drop_waiting();
    quick_.stop();  // it hands tasks to the others
    for (Place& place : known_) place.lane.stop();
    for (Place& place : strange_) place.lane.stop();
}

void LoginLanes::submit(Host host, Task task, Task refuse) {
    if (host == Host::known) return hand_over(known_, std::move(task), std::move(refuse));
    submit_quick(
        [this, task = std::move(task), refuse = std::move(refuse)]() mutable {
            hand_over(strange_, std::move(task), std::move(refuse));
        },
        kStrangersEvery);
}

void LoginLanes::hand_over(Places& places, Task task, Task refuse) {
    Place& place = *std::ranges::min_element(
        places, {}, [](const Place& one) { return one.waiting.load(std::memory_order_relaxed); });
    if (place.waiting.load(std::memory_order_relaxed) >= kWaitingMax / kLanes) {
        return submit_quick(std::move(refuse));
    }
    ++place.waiting;
    place.lane.submit([this, &place, task = std::move(task)]() mutable {
        if (!dropping_) task();
        --place.waiting;
    });
}

void LoginLanes::submit_quick(Task task, std::chrono::milliseconds after) {
    if (after.count() > 0 && quick_.waiting() >= kWaitingMax) after = {};
    quick_.submit(std::move(task), after);
}

void LoginLanes::submit_behind_all(Task task) {
    auto last = std::make_shared<Task>(std::move(task));
    auto left = std::make_shared<std::atomic<std::size_t>>(known_.size() + strange_.size());
    // Behind strangers who wait to be handed over.
    quick_.submit(
        [this, last, left] {
            for (Places* const places : {&known_, &strange_}) {
                for (Place& place : *places) {
                    place.lane.submit([last, left] {
                        if (left->fetch_sub(1) == 1) (*last)();
                    });
                }
            }
        },
        kStrangersEvery);
}

Gatekeeper::Gatekeeper(security::RealmPtr realm, LoginLanes& lanes, LoginWatch& watch,
                       std::shared_ptr<security::Audit> audit, Clock now_ms)
    : realm_(std::move(realm)),
      lanes_(lanes),
      watch_(watch),
      audit_(std::move(audit)),
      now_ms_(std::move(now_ms)),
      ways_(realm_->login_ways()) {}

std::int64_t Gatekeeper::steady_ms() {
    using std::chrono::milliseconds;
    using std::chrono::steady_clock;
    return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

bool Gatekeeper::is_slowed(const Credentials& shown) {
    const std::scoped_lock lock(mutex_);
    return throttle_.is_slowed(throttled_host(shown.address), user_of(shown), now_ms_());
}

Leave Gatekeeper::ask_leave(const Credentials& shown) {
    const std::scoped_lock lock(mutex_);
    return throttle_.ask_leave(throttled_host(shown.address), user_of(shown), now_ms_());
}

LoginLanes::Host Gatekeeper::standing_of(const Credentials& shown) {
    const std::scoped_lock lock(mutex_);
    const bool known = throttle_.has_welcomed(throttled_host(shown.address));
    return known ? LoginLanes::Host::known : LoginLanes::Host::strange;
}

void Gatekeeper::admit(Credentials shown, Answer answer) {
    struct Question {
        Credentials shown;
        Answer answer;
        Leave leave;
    };
    // Before it would wait behind others, and with no other thread woken for it.
    const Leave leave = ask_leave(shown);
    if (leave == Leave::none) return answer(too_many_failures());
    auto question = std::make_shared<Question>(std::move(shown), std::move(answer), leave);
    lanes_.submit(
        standing_of(question->shown),
        [self = shared_from_this(), question] {
            Verdict verdict = self->ask(question->shown, question->leave);
            const auto wait = self->wait_of(question->shown, verdict);
            if (wait.count() == 0) return question->answer(std::move(verdict));
            self->lanes_.submit_quick(
                [question, verdict = std::move(verdict)]() mutable {
                    question->answer(std::move(verdict));
                },
                wait);
        },
        [self = shared_from_this(), question] {
            Verdict verdict =
                security::refusal(Refusal::Why::unavailable, "too many logins at a time");
            self->note(question->shown, verdict);
            question->answer(std::move(verdict));
        });
}

void Gatekeeper::challenge(Credentials shown, Challenged answer) {
    struct Question {
        Credentials shown;
        Challenged answer;
    };
    if (is_slowed(shown)) return answer({});
    auto question = std::make_shared<Question>(std::move(shown), std::move(answer));
    lanes_.submit(
        standing_of(question->shown),
        [self = shared_from_this(), question] {
            question->answer(self->make_challenge(question->shown));
        },
        [question] { question->answer({}); });
}

std::optional<broker::ScramChallenge> Gatekeeper::make_challenge(const Credentials& shown) {
    auto keys = realm()->scram_keys(shown);
    if (!keys) return {};
    return broker::ScramChallenge{.salt = std::move(keys->salt),
                                  .iterations = keys->iterations,
                                  .nonce = security::make_nonce(),
                                  .server_key = std::move(keys->server_key)};
}

/// A proof is looked at here: realms only have to know what it is made from.
Verdict Gatekeeper::ask_realm(Credentials& shown) {
    const security::RealmPtr asked = realm();
    if (shown.proof) {
        const auto keys = asked->scram_keys(shown);
        if (!keys || !security::proves(*keys, *shown.proof)) {
            return security::refusal(Refusal::Why::wrong, "wrong proof of the password");
        }
        shown.password_proven = true;
    }
    return asked->authenticate(shown);
}

void Gatekeeper::ask_from_now_on(security::RealmPtr realm) {
    const std::scoped_lock lock(mutex_);
    realm_ = std::move(realm);
}

security::RealmPtr Gatekeeper::realm() {
    const std::scoped_lock lock(mutex_);
    return realm_;
}

Verdict Gatekeeper::ask(Credentials& shown, Leave leave) {
    // It may have waited here with others of its kind.
    if (leave == Leave::given && is_slowed(shown)) return too_many_failures();
    const std::int64_t began_ms = now_ms_();
    Verdict verdict = ask_realm(shown);
    const bool compared = verdict || verdict.error().why == Refusal::Why::wrong;
    if (compared && has_full_password(shown)) remember_compared(now_ms_() - began_ms);
    ways_ = realm()->login_ways();
    {
        const std::scoped_lock lock(mutex_);
        if (verdict) {
            throttle_.succeeded(throttled_host(shown.address), user_of(shown));
        } else if (verdict.error().why != Refusal::Why::unavailable) {
            throttle_.failed(throttled_host(shown.address), user_of(shown), now_ms_());
        }
    }
    if (verdict) watch_.add(*verdict);
    note(shown, verdict);
    return verdict;
}

std::chrono::milliseconds Gatekeeper::wait_of(const Credentials& shown, const Verdict& verdict) {
    if (verdict || verdict.error().why != Refusal::Why::unknown || !has_password(shown)) return {};
    bool measured = false;
    {
        const std::scoped_lock lock(mutex_);
        measured = !compared_ms_.empty();
    }
    if (!measured) {
        const std::int64_t began_ms = now_ms_();
        realm()->pretend(shown);
        remember_compared(now_ms_() - began_ms);
        return {};
    }
    // One of them, not their mean: passwords of those who are known take different times, too.
    const std::scoped_lock lock(mutex_);
    return std::chrono::milliseconds(compared_ms_[random_.below(compared_ms_.size())]);
}

void Gatekeeper::remember_compared(std::int64_t took_ms) {
    const std::scoped_lock lock(mutex_);
    if (compared_ms_.size() < kComparedMax) return compared_ms_.push_back(took_ms);
    compared_ms_[compared_next_] = took_ms;
    compared_next_ = (compared_next_ + 1) % kComparedMax;
}

void Gatekeeper::note(const Credentials& shown, const Verdict& verdict) {
    const std::string who =
        verdict ? (*verdict)->user() : security::printable(shown.user ? user_of(shown) : "nobody");
    if (!verdict) {
        log::warning("server", "no {} login for {} at {}: {}", shown.protocol, who, shown.address,
                     verdict.error().reason);
    }
    if (audit_ == nullptr) return;
    std::string reason;
    if (!verdict) {
        const std::scoped_lock lock(mutex_);
        const auto withheld = audited_.pass(now_ms_());
        if (!withheld) return;
        reason = verdict.error().reason;
        if (*withheld > 0) {
            reason += "; " + std::to_string(*withheld) + " more were refused before that one";
        }
    }
    audit_->note({.what = "login",
                  .allowed = verdict.has_value(),
                  .user = who,
                  .address = shown.address,
                  .by = shown.protocol,
                  .target = shown.listener,
                  .reason = std::move(reason)});
}

}  // namespace tern::server
