#pragma once

#include "realms/login_modules.h"
#include "realms/properties_file.h"
#include "security/realm.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tern::realms {

/// The options of a login module, read one by one; knows which nobody has asked for.
class ModuleOptions {
public:
    ModuleOptions(const config::Properties& options, const LoginPlace& place)
        : options_(options), place_(place) {}

    [[nodiscard]] const LoginPlace& place() const { return place_; }
    [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise = {});
    /// As Java reads it: whatever is not `true` is false.
    [[nodiscard]] bool flag(const std::string& name);
    /// Nothing: it is no number, or none of these.
    [[nodiscard]] std::optional<std::int64_t> number(const std::string& name,
                                                     std::int64_t otherwise, std::int64_t min,
                                                     std::int64_t max);
    /// Reads what was encrypted with the algorithm that the option names, and the password of the
    /// environment.
    [[nodiscard]] Decrypt decrypt(const std::string& algorithm_option);
    /// The same, with the password itself in an option, or the name of its variable in another.
    [[nodiscard]] Decrypt decrypt_by_options();
    [[nodiscard]] std::vector<std::string> unread() const;

private:
    const config::Properties& options_;
    const LoginPlace& place_;
    std::set<std::string, std::less<>> read_;
};

/// What a module makes of its options, or why it cannot.
using MadeRealm = std::expected<security::RealmPtr, std::string>;

/// The realm of an LDAPLoginModule.
[[nodiscard]] MadeRealm make_ldap(ModuleOptions& options);
/// The same of an EncryptableLDAPLoginModule: each of its options may be encrypted.
[[nodiscard]] MadeRealm make_encryptable_ldap(ModuleOptions& options);
/// That of a TokenLoginModule.
[[nodiscard]] MadeRealm make_token(ModuleOptions& options);

}  // namespace tern::realms
