#include "broker/selector/java_pattern.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::selector {
namespace {

using NamePair = std::pair<std::string_view, std::string_view>;

/// Java's \p{name} and the name between colons.
constexpr std::array<NamePair, 13> kAsciiClasses = {{
    {"Lower", "lower"},
    {"Upper", "upper"},
    {"ASCII", "ascii"},
    {"Alpha", "alpha"},
    {"Digit", "digit"},
    {"Alnum", "alnum"},
    {"Punct", "punct"},
    {"Graph", "graph"},
    {"Print", "print"},
    {"Blank", "blank"},
    {"Cntrl", "cntrl"},
    {"XDigit", "xdigit"},
    {"Space", "space"},
}};

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

class Translation {
public:
    explicit Translation(std::string_view in) : in_(in) {}

    std::expected<std::string, std::string> run() {
        while (at_ < in_.size() && error_.empty()) step();
        if (!error_.empty()) return std::unexpected(error_);
        return std::move(out_);
    }

private:
    void step() {
        if (rest().starts_with("\\Q")) return quotation();
        switch (in_[at_]) {
            case '\\':
                return escape();
            case '[':
                return open_class();
            case ']':
                in_class_ = false;
                return copy(1);
            case '&':
                if (in_class_ && rest().starts_with("&&")) {
                    error_ = "intersections of character classes are not supported";
                }
                return copy(1);
            case '(':
                return group();
            default:
                return copy(1);
        }
    }

    [[nodiscard]] std::string_view rest() const { return in_.substr(at_); }

    void copy(std::size_t length) {
        out_ += rest().substr(0, length);
        at_ += std::min(length, rest().size());
    }

    /// \Q...\E: as it stands.
    void quotation() {
        const std::size_t close = rest().find("\\E");
        if (in_class_ || close == std::string_view::npos) {
            error_ = "\\Q stands outside of character classes and ends with \\E";
            return;
        }
        copy(close + 2);
    }

    void escape() {
        const std::string_view here = rest();
        if (here.size() >= 6 && here[1] == 'u' && is_hex(here.substr(2, 4))) {
            out_.append("\\x{").append(here.substr(2, 4)).append("}");
            at_ += 6;
            return;
        }
        if (here.starts_with("\\p{") || here.starts_with("\\P{")) {
            const auto name = here.substr(3, std::min(here.find('}'), here.size()) - 3);
            const auto* const known = std::ranges::find(kAsciiClasses, name, &NamePair::first);
            if (known != kAsciiClasses.end()) {
                const std::string_view negation = here[1] == 'P' ? "^" : "";
                out_.append(in_class_ ? "[:" : "[[:").append(negation).append(known->second);
                out_.append(in_class_ ? ":]" : ":]]");
                at_ += name.size() + 4;
                return;
            }
        }
        copy(2);
    }

    void open_class() {
        if (in_class_) {
            error_ = "a character class inside another is not supported";
            return;
        }
        in_class_ = true;
        copy(rest().starts_with("[^") ? 2 : 1);
        if (rest().starts_with("]")) copy(1);  // the first one is a member
    }

    void group() {
        if (in_class_ || !rest().starts_with("(?")) return copy(1);
        const std::string_view here = rest();
        if (here.starts_with("(?<") && !here.starts_with("(?<=") && !here.starts_with("(?<!")) {
            out_ += "(?P<";
            at_ += 3;
            return;
        }
        const std::string_view flags = here.substr(2, std::min(here.find_first_of(":)"), 9UZ) - 2);
        if (flags.find('U') != flags.npos) {
            error_ = "the flag U is not supported";
            return;
        }
        copy(2);
    }

    std::string_view in_;
    std::size_t at_ = 0;
    bool in_class_ = false;
    std::string out_;
    std::string error_;
};

}  // namespace

std::expected<std::string, std::string> translate_java_pattern(std::string_view pattern) {
    return Translation(pattern).run();
}

}  // namespace tern::selector
