#include "security/identity.h"

#include "security/credentials.h"

#include <algorithm>

namespace tern::security {

Identity::Identity(std::string user, std::vector<std::string> groups)
    : user_(std::move(user)), groups_(std::move(groups)) {
    std::ranges::sort(groups_);
    const auto repeated = std::ranges::unique(groups_);
    groups_.erase(repeated.begin(), repeated.end());
    std::erase(groups_, "");
}

bool Identity::is_in(std::string_view group) const {
    return std::ranges::binary_search(groups_, group);
}

std::string_view Credentials::bearer_token() const {
    if (!password) return {};
    const std::string_view text = password->reveal();
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    // The header is a JSON object: it begins with `{"`.
    if (!text.starts_with("eyJ") || std::ranges::count(text, '.') != 2) return {};
    return std::ranges::all_of(text, fits) ? text : std::string_view();
}

}  // namespace tern::security
