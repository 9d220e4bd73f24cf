#include "server/gatekeeper.h"

#include "base/log.h"
#include "security/crypto/scram.h"
#include "security/printable.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <unistd.h>

namespace tern::server {
namespace {

using security::Credentials;
using security::Refusal;
using security::Verdict;

std::int64_t now_ms() {
    using std::chrono::milliseconds;
    using std::chrono::steady_clock;
    return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

/// A peer address without its port.
std::string_view host_of(std::string_view address) {
    return address.substr(0, std::min(address.rfind(':'), address.size()));
}

std::string_view user_of(const Credentials& shown) {
    return shown.user ? std::string_view(*shown.user) : std::string_view(shown.certificate);
}

}  // namespace

void LoginLanes::start() {
    for (Place& place : places_) {
        place.lane.start();
        // Hashes take all the time there is while somebody guesses: clients that are in go first.
        place.lane.submit([] {
            constexpr int kNice = 10;
            std::ignore = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
        });
    }
}

void LoginLanes::stop() {
    for (Place& place : places_) place.lane.stop();
}

void LoginLanes::submit(Task task) {
    Place& place = *std::ranges::min_element(
        places_, {}, [](const Place& one) { return one.waiting.load(std::memory_order_relaxed); });
    ++place.waiting;
    place.lane.submit([&place, task = std::move(task)]() mutable {
        task();
        --place.waiting;
    });
}

Gatekeeper::Gatekeeper(security::RealmPtr realm, LoginLanes& lanes,
                       std::shared_ptr<security::Audit> audit)
    : realm_(std::move(realm)),
      lanes_(lanes),
      audit_(std::move(audit)),
      ways_(realm_->login_ways()) {}

bool Gatekeeper::is_slowed(const Credentials& shown) {
    const std::scoped_lock lock(mutex_);
    return throttle_.is_slowed(host_of(shown.address), user_of(shown), now_ms());
}

void Gatekeeper::admit(Credentials shown, Answer answer) {
    struct Question {
        Credentials shown;
        Answer answer;
    };
    auto question = std::make_shared<Question>(std::move(shown), std::move(answer));
    lanes_.submit(
        [self = shared_from_this(), question] { question->answer(self->ask(question->shown)); });
}

void Gatekeeper::challenge(Credentials shown, Challenged answer) {
    struct Question {
        Credentials shown;
        Challenged answer;
    };
    auto question = std::make_shared<Question>(std::move(shown), std::move(answer));
    lanes_.submit([self = shared_from_this(), question] {
        question->answer(self->make_challenge(question->shown));
    });
}

std::optional<broker::ScramChallenge> Gatekeeper::make_challenge(const Credentials& shown) {
    if (is_slowed(shown)) return {};
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

Verdict Gatekeeper::ask(Credentials& shown) {
    // Nothing is written down then: a line for each guess would be what slows others.
    if (is_slowed(shown)) {
        return security::refusal(Refusal::Why::wrong, "too many failed logins");
    }
    Verdict verdict = ask_realm(shown);
    ways_ = realm()->login_ways();
    {
        const std::scoped_lock lock(mutex_);
        if (verdict) {
            throttle_.succeeded(host_of(shown.address), user_of(shown));
        } else if (verdict.error().why != Refusal::Why::unavailable) {
            throttle_.failed(host_of(shown.address), user_of(shown), now_ms());
        }
    }
    note(shown, verdict);
    return verdict;
}

void Gatekeeper::note(const Credentials& shown, const Verdict& verdict) {
    const std::string who =
        verdict ? (*verdict)->user() : security::printable(shown.user ? user_of(shown) : "nobody");
    if (!verdict) {
        log::warning("server", "no {} login for {} at {}: {}", shown.protocol, who, shown.address,
                     verdict.error().reason);
    }
    if (audit_ == nullptr) return;
    audit_->note({.what = "login",
                  .allowed = verdict.has_value(),
                  .user = who,
                  .address = shown.address,
                  .by = shown.protocol,
                  .target = shown.listener,
                  .reason = verdict ? std::string() : verdict.error().reason});
}

}  // namespace tern::server
