#include "realms/properties_file.h"

#include "security/identity.h"

namespace tern::realms {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::expected<config::Properties, std::string> read_properties(std::string_view text,
                                                               const Decrypt& decrypt) {
    config::Properties properties = config::parse_properties(text);
    for (auto& [name, value] : properties) {
        auto clear = clear_value(value, decrypt);
        if (!clear) return std::unexpected("the value of " + name + ": " + clear.error());
        value = std::move(*clear);
    }
    return properties;
}

}  // namespace

PropertiesFile::PropertiesFile(Options options)
    : ParsedFile(std::move(options.path), options.reload,
                 [decrypt = std::move(options.decrypt)](std::string_view text) {
                     return read_properties(text, decrypt);
                 }) {}

std::expected<std::string, std::string> clear_value(std::string_view value,
                                                    const Decrypt& decrypt) {
    constexpr std::string_view kBefore = "ENC(";
    const std::string_view whole = trimmed(value);
    if (!decrypt || !whole.starts_with(kBefore) || !whole.ends_with(')')) return std::string(value);
    return decrypt(whole.substr(kBefore.size(), whole.size() - kBefore.size() - 1));
}

std::vector<std::string> groups_of(const config::Properties& groups, std::string_view user) {
    std::vector<std::string> found;
    for (const auto& [group, members] : groups) {
        for (const std::string& member : security::split_names(members)) {
            if (member == user) found.push_back(group);
        }
    }
    return found;
}

}  // namespace tern::realms
