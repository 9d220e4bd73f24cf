#include "security/throttle.h"

#include <algorithm>

namespace tern::security {
namespace {

std::string address_key(std::string_view address) {
    return "a " + std::string(address);
}
std::string user_key(std::string_view user) {
    return "u " + std::string(user);
}
/// An address has no blank in it.
std::string pair_key(std::string_view address, std::string_view user) {
    return "p " + std::string(address) + ' ' + std::string(user);
}

}  // namespace

void Throttle::Failures::wait(std::int64_t wait_ms_max, std::int64_t now_ms) {
    constexpr std::uint32_t kDoublingsMax = 20;
    const std::uint32_t doublings = std::min(count - kFreeFailures, kDoublingsMax);
    wait_until_ms = now_ms + std::min(kFirstWaitMs << doublings, wait_ms_max);
}

std::vector<Throttle::Key> Throttle::keys(std::string_view address, std::string_view user) const {
    std::string pair = pair_key(address, user);
    if (welcomed_.contains(pair)) return {{std::move(pair), kAddressWaitMsMax}};
    return {{address_key(address), kAddressWaitMsMax}, {user_key(user), kUserWaitMsMax}};
}

bool Throttle::any_waits(const std::vector<Key>& keys, std::int64_t now_ms) const {
    return std::ranges::any_of(keys, [&](const Key& key) {
        const auto found = failures_.find(key.text);
        return found != failures_.end() && now_ms < found->second.wait_until_ms;
    });
}

bool Throttle::is_slowed(std::string_view address, std::string_view user,
                         std::int64_t now_ms) const {
    return any_waits(keys(address, user), now_ms);
}

Throttle::Leave Throttle::ask_leave(std::string_view address, std::string_view user,
                                    std::int64_t now_ms) {
    const std::vector<Key> judged = keys(address, user);
    if (any_waits(judged, now_ms)) return Leave::none;
    Leave leave = Leave::given;
    for (const Key& key : judged) {
        const auto found = failures_.find(key.text);
        if (found == failures_.end() || !found->second.are_many(now_ms)) continue;
        found->second.wait(key.wait_ms_max, now_ms);
        leave = Leave::given_to_one;
    }
    return leave;
}

void Throttle::failed(std::string_view address, std::string_view user, std::int64_t now_ms) {
    make_room(now_ms);
    for (Key& key : keys(address, user)) {
        Failures& failures = failures_[std::move(key.text)];
        if (now_ms - failures.last_ms > kForgottenAfterMs) failures = {};
        ++failures.count;
        failures.last_ms = now_ms;
        if (failures.are_many(now_ms)) failures.wait(key.wait_ms_max, now_ms);
    }
}

void Throttle::succeeded(std::string_view address, std::string_view user) {
    std::string pair = pair_key(address, user);
    failures_.erase(pair);
    if (welcomed_.contains(pair)) return;
    // Once for each user: who guesses others' passwords gains nothing by logging in in between.
    failures_.erase(address_key(address));
    failures_.erase(user_key(user));
    if (welcomed_.size() >= kRemembered) welcomed_.clear();
    welcomed_.insert(std::move(pair));
    welcomed_.insert(address_key(address));
}

bool Throttle::has_welcomed(std::string_view address) const {
    return welcomed_.contains(address_key(address));
}

void Throttle::make_room(std::int64_t now_ms) {
    if (failures_.size() < kRemembered) return;
    std::erase_if(failures_, [now_ms](const auto& one) {
        return now_ms - one.second.last_ms > kForgottenAfterMs;
    });
    // Those who do not wait at the moment are forgotten next, then all: what is left are guesses
    // from very many addresses, which this cannot tell apart.
    if (failures_.size() < kRemembered) return;
    std::erase_if(failures_,
                  [now_ms](const auto& one) { return one.second.wait_until_ms <= now_ms; });
    if (failures_.size() >= kRemembered) failures_.clear();
}

}  // namespace tern::security
