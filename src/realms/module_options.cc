#include "realms/module_options.h"

#include "security/crypto/encrypted_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tern::realms {
namespace {

Decrypt decrypt_with(std::string algorithm, const std::optional<std::string>& password,
                     std::string variable) {
    return [algorithm = std::move(algorithm), password = security::Secret(password.value_or("")),
            variable = std::move(variable)](
               std::string_view secret) -> std::expected<std::string, std::string> {
        if (password.empty()) return std::unexpected(variable + " is not set");
        return security::decrypt_text(algorithm, password, secret);
    };
}

}  // namespace

std::string ModuleOptions::text(const std::string& name, const std::string& otherwise) {
    read_.insert(name);
    const auto given = options_.find(name);
    return given == options_.end() ? otherwise : given->second;
}

bool ModuleOptions::flag(const std::string& name) {
    std::string value = text(name);
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::tolower(c); });
    return value == "true";
}

std::optional<std::int64_t> ModuleOptions::number(const std::string& name, std::int64_t otherwise,
                                                  std::int64_t min, std::int64_t max) {
    const std::string value = text(name, std::to_string(otherwise));
    std::int64_t number = 0;
    const char* const all = value.data() + value.size();
    const auto [end, error] = std::from_chars(value.data(), all, number);
    if (error != std::errc() || end != all || number < min || number > max) return {};
    return number;
}

Decrypt ModuleOptions::decrypt(const std::string& algorithm_option) {
    return decrypt_with(text(algorithm_option, std::string(security::kDefaultCipher)),
                        place_.environment(security::kPasswordVariable),
                        std::string(security::kPasswordVariable));
}

Decrypt ModuleOptions::decrypt_by_options() {
    const std::string variable = text("passwordEnvName", std::string(security::kPasswordVariable));
    const std::string given = text("encryptionPassword");
    return decrypt_with(text("encryptionAlgorithm", std::string(security::kDefaultCipher)),
                        given.empty() ? place_.environment(variable) : given, variable);
}

std::vector<std::string> ModuleOptions::unread() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : options_) {
        if (!read_.contains(name)) names.push_back(name);
    }
    return names;
}

}  // namespace tern::realms
