#pragma once

#include "config/properties.h"

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::realms {

/// Reads what stands in `ENC(…)`, or says why it cannot be read.
using Decrypt = std::function<std::expected<std::string, std::string>(std::string_view secret)>;

/// A file of users or groups that ActiveMQ keeps, read once or again whenever it has changed. When
/// it cannot be read again, what it said before stays.
///
/// Used from any thread, several at a time; reads of the file happen on them.
class PropertiesFile {
public:
    /// What a file says at one time; somebody may hold it for as long as they like.
    using Contents = std::shared_ptr<const config::Properties>;

    struct Options {
        std::string path;
        bool reload = false;
        Decrypt decrypt = {};  ///< none: values are taken as they are
    };

    explicit PropertiesFile(Options options) : options_(std::move(options)) {}

    /// What it says now, or why it could not be read even once.
    [[nodiscard]] std::expected<Contents, std::string> get();
    [[nodiscard]] const std::string& path() const { return options_.path; }

private:
    /// Tells one state of the file from another.
    struct Stamp {
        std::filesystem::file_time_type changed;
        std::uintmax_t bytes = 0;
        bool operator==(const Stamp&) const = default;
    };

    [[nodiscard]] std::optional<Stamp> stamp() const;
    [[nodiscard]] std::expected<Contents, std::string> read() const;

    const Options options_;
    std::mutex mutex_;
    Contents contents_;
    std::optional<Stamp> read_at_;
};

/// The groups that a file of groups, `group = user,user`, puts somebody in.
[[nodiscard]] std::vector<std::string> groups_of(const config::Properties& groups,
                                                 std::string_view user);

/// A value, decrypted if it is `ENC(…)` and there is something to decrypt it with.
[[nodiscard]] std::expected<std::string, std::string> clear_value(std::string_view value,
                                                                  const Decrypt& decrypt);

/// The names in a list with commas.
[[nodiscard]] std::vector<std::string> names_in(std::string_view list);

}  // namespace tern::realms
