#include "security/crypto/password_hash.h"

#include "security/crypto/scram.h"

#include <cerrno>
#include <crypt.h>
#include <cstring>
#include <memory>
#include <system_error>

namespace tern::security {
namespace {

constexpr const char* kYescrypt = "$y$";

/// The hash of the phrase with the setting's salt and cost; empty: it cannot be made.
std::string hash_of(std::string_view phrase, std::string_view setting) {
    // crypt(3) would stop at a zero byte, and take what comes before for the password.
    if (phrase.find('\0') != std::string_view::npos) return {};
    Secret text(phrase);
    const auto state = std::make_unique<::crypt_data>();
    // A view of a Secret's text ends in a zero: it is a std::string's.
    const char* const hash = ::crypt_rn(text.reveal().data(), std::string(setting).c_str(),
                                        state.get(), static_cast<int>(sizeof *state));
    std::string made = hash == nullptr ? "" : hash;
    ::explicit_bzero(state.get(), sizeof *state);
    return made;
}

}  // namespace

bool is_password_hash(std::string_view stored) {
    if (parse_scram_keys(stored)) return true;
    if (!stored.starts_with('$') || stored.find('\0') != std::string_view::npos) return false;
    const int found = ::crypt_checksalt(std::string(stored).c_str());
    return found == CRYPT_SALT_OK || found == CRYPT_SALT_METHOD_LEGACY;
}

bool matches_password(std::string_view stored, std::string_view shown) {
    if (const auto keys = parse_scram_keys(stored)) {
        const ScramKeys of_shown = make_scram_keys(shown, keys->salt, keys->iterations, keys->hash);
        return equal_in_constant_time(keys->stored_key, of_shown.stored_key);
    }
    if (!is_password_hash(stored)) return equal_in_constant_time(stored, shown);
    const std::string hash = hash_of(shown, stored);
    return !hash.empty() && equal_in_constant_time(stored, hash);
}

std::expected<std::string, std::string> hash_password(const Secret& password) {
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (::crypt_gensalt_rn(kYescrypt, 0, nullptr, 0, setting, sizeof setting) == nullptr) {
        return std::unexpected(std::generic_category().message(errno));
    }
    std::string hash = hash_of(password.reveal(), setting);
    if (hash.empty()) return std::unexpected("the password contains a zero byte, or is too long");
    return hash;
}

}  // namespace tern::security
