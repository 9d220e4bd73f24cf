#include "realms/module_options.h"

#include "security/crypto/encrypted_text.h"

#include <algorithm>
#include <cctype>

namespace tern::realms {

std::string ModuleOptions::text(const std::string& name, std::string otherwise) {
    read_.insert(name);
    const auto given = options_.find(name);
    return given == options_.end() ? std::move(otherwise) : given->second;
}

bool ModuleOptions::flag(const std::string& name) {
    std::string value = text(name);
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::tolower(c); });
    return value == "true";
}

Decrypt ModuleOptions::decrypt(const std::string& algorithm_option) {
    const std::string algorithm = text(algorithm_option, std::string(security::kDefaultCipher));
    const auto password = place_.environment(security::kPasswordVariable);
    return
        [algorithm, password](std::string_view secret) -> std::expected<std::string, std::string> {
            if (!password) {
                return std::unexpected(std::string(security::kPasswordVariable) + " is not set");
            }
            return security::decrypt_text(algorithm, security::Secret(*password), secret);
        };
}

std::vector<std::string> ModuleOptions::unread() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : options_) {
        if (!read_.contains(name)) names.push_back(name);
    }
    return names;
}

}  // namespace tern::realms
