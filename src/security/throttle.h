#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tern::security {

/// Slows down those who guess: after some failed logins in a row, the next are refused unseen for
/// a time that doubles with each, for an address and for a user, wherever it comes from. A user's
/// time stays short. Where a user has logged in before, only what fails from there counts for it:
/// so nobody elsewhere can lock it out, and nobody else who comes from there.
class Throttle {
public:
    static constexpr std::uint32_t kFreeFailures = 5;
    static constexpr std::int64_t kFirstWaitMs = 200;
    static constexpr std::int64_t kAddressWaitMsMax = 30'000;
    static constexpr std::int64_t kUserWaitMsMax = 2'000;
    /// Failures this long ago do not count.
    static constexpr std::int64_t kForgottenAfterMs = 600'000;
    static constexpr std::size_t kRemembered = 20'000;

    /// What may be done about a login: nothing for now; it may be tried; or it may, and no other
    /// of that address or user until its outcome is told, or for as long as it would be slowed.
    enum class Leave : std::uint8_t { none, given, given_to_one };

    /// `address` without its port; times only run forward.
    [[nodiscard]] bool is_slowed(std::string_view address, std::string_view user,
                                 std::int64_t now_ms) const;
    /// For a login that is tried next. Of the guesses that come while one of them is looked at few
    /// are looked at, too.
    [[nodiscard]] Leave ask_leave(std::string_view address, std::string_view user,
                                  std::int64_t now_ms);
    void failed(std::string_view address, std::string_view user, std::int64_t now_ms);
    void succeeded(std::string_view address, std::string_view user);
    /// Whether somebody has logged in from there, as far as that is remembered.
    [[nodiscard]] bool has_welcomed(std::string_view address) const;

private:
    /// Of an address, a user or a user at an address.
    struct Key {
        std::string text;
        std::int64_t wait_ms_max;
    };
    struct Failures {
        std::uint32_t count = 0;
        std::int64_t last_ms = 0;
        std::int64_t wait_until_ms = 0;

        [[nodiscard]] bool are_many(std::int64_t now_ms) const {
            return count >= kFreeFailures && now_ms - last_ms <= kForgottenAfterMs;
        }
        void wait(std::int64_t wait_ms_max, std::int64_t now_ms);
    };

    /// Those by which a login there is judged.
    [[nodiscard]] std::vector<Key> keys(std::string_view address, std::string_view user) const;
    [[nodiscard]] bool any_waits(const std::vector<Key>& keys, std::int64_t now_ms) const;
    void make_room(std::int64_t now_ms);

    std::unordered_map<std::string, Failures> failures_;
    /// Addresses, and users at addresses, of those who came in.
    std::unordered_set<std::string> welcomed_;
};

}  // namespace tern::security
