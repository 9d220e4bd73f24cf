#include "realms/properties_file.h"

#include "base/log.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace tern::realms {
namespace {

constexpr std::uintmax_t kFileBytesMax = std::uintmax_t{16} << 20;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

std::optional<PropertiesFile::Stamp> PropertiesFile::stamp() const {
    std::error_code error;
    Stamp stamp{std::filesystem::last_write_time(options_.path, error), 0};
    if (error) return {};
    stamp.bytes = std::filesystem::file_size(options_.path, error);
    if (error) return {};
    return stamp;
}

std::expected<PropertiesFile::Contents, std::string> PropertiesFile::read() const {
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(options_.path, error);
    if (error) return std::unexpected(error.message());
    if (bytes > kFileBytesMax) return std::unexpected("it is larger than 16 MiB");
    std::ifstream file(options_.path, std::ios::binary);
    std::string text(bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(bytes));
    if (file.bad() || !file.is_open()) {
        return std::unexpected(std::generic_category().message(errno));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    auto properties = config::parse_properties(text);
    for (auto& [name, value] : properties) {
        auto clear = clear_value(value, options_.decrypt);
        if (!clear) return std::unexpected("the value of " + name + ": " + clear.error());
        value = std::move(*clear);
    }
    return std::make_shared<const config::Properties>(std::move(properties));
}

std::expected<PropertiesFile::Contents, std::string> PropertiesFile::get() {
    const std::scoped_lock lock(mutex_);
    if (contents_ && !options_.reload) return contents_;
    // Before reading: what is written meanwhile makes it be read again.
    const auto now = stamp();
    if (contents_ && now == read_at_) return contents_;
    auto contents = read();
    if (contents) {
        contents_ = std::move(*contents);
    } else if (!contents_) {
        return std::unexpected("cannot read " + options_.path + ": " + contents.error());
    } else {
        log::error("realms", "cannot read {} again, what it said before holds: {}", options_.path,
                   contents.error());
    }
    read_at_ = now;
    return contents_;
}

std::expected<std::string, std::string> clear_value(std::string_view value,
                                                    const Decrypt& decrypt) {
    constexpr std::string_view kBefore = "ENC(";
    const std::string_view whole = trimmed(value);
    if (!decrypt || !whole.starts_with(kBefore) || !whole.ends_with(')')) return std::string(value);
    return decrypt(whole.substr(kBefore.size(), whole.size() - kBefore.size() - 1));
}

std::vector<std::string> names_in(std::string_view list) {
    std::vector<std::string> names;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view name = trimmed(list.substr(0, comma));
        if (!name.empty()) names.emplace_back(name);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return names;
}

std::vector<std::string> groups_of(const config::Properties& groups, std::string_view user) {
    std::vector<std::string> found;
    for (const auto& [group, members] : groups) {
        for (const std::string& member : names_in(members)) {
            if (member == user) found.push_back(group);
        }
    }
    return found;
}

}  // namespace tern::realms
