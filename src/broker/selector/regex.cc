#include "broker/selector/regex.h"

#include "broker/selector/java_pattern.h"
#include "broker/selector/utf8.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace tern::selector {
namespace {

/// For a compiled pattern: a program of some thousand steps and the states seen lately.
constexpr std::int64_t kMemoryMax = std::int64_t{1} << 20;
/// Groups that "$" may refer to.
constexpr std::size_t kGroupsMax = 32;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

std::string_view view(const re2::StringPiece& text) {
    return {text.data(), text.size()};
}

/// Matcher.find, again and again: each match begins where the last one ended, or a character later
/// when that was empty.
class Matches {
public:
    Matches(const re2::RE2& pattern, std::string_view text)
        : pattern_(pattern),
          text_(text),
          groups_(std::min<std::size_t>(
              kGroupsMax, static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) + 1)) {}

    [[nodiscard]] bool next() {
        if (from_ > text_.size()) return false;
        if (!pattern_.Match(piece(text_), from_, text_.size(), re2::RE2::UNANCHORED, found_.data(),
                            static_cast<int>(groups_))) {
            return false;
        }
        start_ = static_cast<std::size_t>(found_[0].data() - text_.data());
        stop_ = start_ + found_[0].size();
        from_ = stop_;
        if (start_ == stop_) from_ += stop_ < text_.size() ? character_length(text_, stop_) : 1;
        return true;
    }

    [[nodiscard]] std::size_t start() const { return start_; }
    [[nodiscard]] std::size_t stop() const { return stop_; }
    [[nodiscard]] std::size_t groups() const { return groups_; }
    [[nodiscard]] std::string_view group(std::size_t index) const { return view(found_[index]); }

private:
    const re2::RE2& pattern_;
    std::string_view text_;
    std::size_t groups_;
    std::size_t from_ = 0;
    std::size_t start_ = 0;
    std::size_t stop_ = 0;
    std::array<re2::StringPiece, kGroupsMax> found_;
};

/// Appends what `replacement` makes of the current match.
class Replacement {
public:
    Replacement(const re2::RE2& pattern, std::string_view text, std::size_t size_max)
        : pattern_(pattern), text_(text), size_max_(size_max) {}

    [[nodiscard]] bool append(const Matches& match, std::string& out) const {
        for (std::size_t at = 0; at < text_.size();) {
            if (out.size() > size_max_) return false;
            const char c = text_[at++];
            if (c == '\\') {
                if (at == text_.size()) return false;
                out += text_[at++];
            } else if (c == '$') {
                const auto index = group(match, at);
                if (!index || *index >= match.groups()) return false;
                out += match.group(*index);
            } else {
                out += c;
            }
        }
        return true;
    }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    /// The group named behind a "$"; moves `at` behind it.
    [[nodiscard]] std::optional<std::size_t> group(const Matches& match, std::size_t& at) const {
        if (at == text_.size()) return std::nullopt;
        if (text_[at] == '{') return named_group(at);
        if (!is_digit(text_[at])) return std::nullopt;
        auto index = static_cast<std::size_t>(text_[at++] - '0');
        while (at < text_.size() && is_digit(text_[at])) {  // as many digits as make a group
            const std::size_t longer = index * 10 + static_cast<std::size_t>(text_[at] - '0');
            if (longer >= match.groups()) break;
            index = longer;
            ++at;
        }
        return index;
    }

    [[nodiscard]] std::optional<std::size_t> named_group(std::size_t& at) const {
        const std::size_t close = text_.find('}', at);
        if (close == std::string_view::npos) return std::nullopt;
        const auto& names = pattern_.NamedCapturingGroups();
        const auto found = names.find(std::string(text_.substr(at + 1, close - at - 1)));
        at = close + 1;
        if (found == names.end()) return std::nullopt;
        return static_cast<std::size_t>(found->second);
    }

    const re2::RE2& pattern_;
    std::string_view text_;
    std::size_t size_max_;
};

}  // namespace

std::expected<Regex, std::string> Regex::compile(std::string_view pattern) {
    const auto translated = translate_java_pattern(pattern);
    if (!translated) return std::unexpected(translated.error());
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMemoryMax);
    auto compiled = std::make_unique<re2::RE2>(*translated, options);
    if (!compiled->ok()) return std::unexpected(compiled->error());
    return Regex(std::move(compiled));
}

Regex::Regex(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

bool Regex::finds(std::string_view text) const {
    return re2::RE2::PartialMatch(piece(text), *compiled_);
}

std::optional<std::string> Regex::replace_all(std::string_view text, std::string_view replacement,
                                              std::size_t size_max) const {
    std::string out;
    std::size_t copied = 0;
    Matches match(*compiled_, text);
    const Replacement filled(*compiled_, replacement, size_max);
    while (match.next()) {
        out += text.substr(copied, match.start() - copied);
        copied = match.stop();
        if (!filled.append(match, out) || out.size() > size_max) return std::nullopt;
    }
    out += text.substr(copied);
    if (out.size() > size_max) return std::nullopt;
    return out;
}

std::optional<std::vector<Value>> Regex::split(std::string_view text, std::int32_t limit,
                                               std::size_t parts_max) const {
    const auto parts_wanted = limit > 0 ? static_cast<std::size_t>(limit) : std::string::npos;
    std::vector<Value> parts;
    std::size_t copied = 0;
    bool found = false;
    Matches match(*compiled_, text);
    while (parts.size() + 1 < parts_wanted && match.next()) {
        if (match.stop() == 0) continue;  // an empty match in front makes no empty part
        parts.emplace_back(text.substr(copied, match.start() - copied));
        copied = match.stop();
        found = true;
        if (parts.size() == parts_max) return std::nullopt;
    }
    parts.emplace_back(text.substr(copied));
    if (limit == 0 && found) {
        while (!parts.empty() && parts.back().text().empty()) parts.pop_back();
    }
    return parts;
}

}  // namespace tern::selector
