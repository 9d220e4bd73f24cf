#pragma once

#include "base/log.h"

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tern::realms {

/// Tells one state of a file from another.
struct FileStamp {
    std::filesystem::file_time_type changed;
    std::uintmax_t bytes = 0;
    bool operator==(const FileStamp&) const = default;
};

/// Nothing: there is no such file.
[[nodiscard]] std::optional<FileStamp> stamp_of(const std::string& path);

/// The file's text, of at most 16 MiB, or why it cannot be read.
[[nodiscard]] std::expected<std::string, std::string> text_of(const std::string& path);

/// A file that is read and parsed once, or again whenever it has changed. When that goes wrong,
/// what it said before stays.
///
/// Used from any thread, several at a time; the file is read on them.
template <class T>
class ParsedFile {
public:
    /// What the file says at one time; somebody may hold it for as long as they like.
    using Contents = std::shared_ptr<const T>;
    using Parse = std::function<std::expected<T, std::string>(std::string_view text)>;

    ParsedFile(std::string path, bool reload, Parse parse)
        : path_(std::move(path)), reload_(reload), parse_(std::move(parse)) {}

    /// What it says now, or why it could not be read even once.
    [[nodiscard]] std::expected<Contents, std::string> get() {
        const std::scoped_lock lock(mutex_);
        if (contents_ && !reload_) return contents_;
        // Before reading: what is written meanwhile makes it be read again.
        const auto now = stamp_of(path_);
        if (contents_ && now == read_at_) return contents_;
        auto parsed = parse();
        if (parsed) {
            contents_ = std::make_shared<const T>(std::move(*parsed));
        } else if (!contents_) {
            return std::unexpected("cannot read " + path_ + ": " + parsed.error());
        } else {
            log::error("realms", "cannot read {} again, what it said before holds: {}", path_,
                       parsed.error());
        }
        read_at_ = now;
        return contents_;
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Whether it may ever say anything else.
    [[nodiscard]] bool reloads() const { return reload_; }

private:
    [[nodiscard]] std::expected<T, std::string> parse() const {
        const auto text = text_of(path_);
        if (!text) return std::unexpected(text.error());
        return parse_(*text);
    }

    const std::string path_;
    const bool reload_;
    const Parse parse_;
    std::mutex mutex_;
    Contents contents_;
    std::optional<FileStamp> read_at_;
};

}  // namespace tern::realms
