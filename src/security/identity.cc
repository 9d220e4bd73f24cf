#include "security/identity.h"

#include "security/credentials.h"

#include <algorithm>

namespace tern::security {

Identity::Identity(std::string user, std::vector<std::string> groups, AskStanding standing,
                   PermissionsPtr permissions)
    : user_(std::move(user)),
      groups_(std::move(groups)),
      standing_(std::move(standing)),
      permissions_(std::move(permissions)) {
    std::ranges::sort(groups_);
    const auto repeated = std::ranges::unique(groups_);
    groups_.erase(repeated.begin(), repeated.end());
    std::erase(groups_, "");
}

bool Identity::is_in(std::string_view group) const {
    return std::ranges::binary_search(groups_, group);
}

std::vector<std::string> split_names(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    std::vector<std::string> names;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        const std::string_view name = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t first = name.find_first_not_of(kBlank);
        if (first == std::string_view::npos) continue;
        names.emplace_back(name.substr(first, name.find_last_not_of(kBlank) - first + 1));
    }
    return names;
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
