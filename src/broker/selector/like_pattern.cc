#include "broker/selector/like_pattern.h"

#include "broker/selector/utf8.h"

namespace tern::selector {

LikePattern::LikePattern(std::string_view pattern, std::optional<std::string_view> escape)
    : pattern_(pattern), escape_(escape) {
    for (std::size_t at = 0; at < pattern.size();) {
        std::string_view character = pattern.substr(at, character_length(pattern, at));
        at += character.size();
        if (escape && character == *escape && at < pattern.size()) {
            const auto next = pattern.substr(at, character_length(pattern, at));
            if (next == "_" || next == "%" || next == *escape) {
                for (const char c : next) units_.push_back(static_cast<unsigned char>(c));
                at += next.size();
                continue;
            }
        }
        if (character == "_") {
            units_.push_back(kAnyOne);
        } else if (character == "%") {
            if (units_.empty() || units_.back() != kAnyRun) units_.push_back(kAnyRun);
        } else {
            for (const char c : character) units_.push_back(static_cast<unsigned char>(c));
        }
    }
}

// When something does not fit, only the last "%" needs to take more: what stood before it has been
// found as early as possible.
bool LikePattern::matches(std::string_view text) const {
    constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    std::size_t at = 0;
    std::size_t unit = 0;
    std::size_t unit_after_run = kNone;
    std::size_t at_after_run = 0;
    for (;;) {
        if (unit < units_.size() && units_[unit] == kAnyRun) {
            unit_after_run = ++unit;
            at_after_run = at;
            if (unit == units_.size()) return true;
            continue;
        }
        if (unit == units_.size() && at == text.size()) return true;
        if (unit < units_.size() && at < text.size()) {
            if (units_[unit] == kAnyOne) {
                at += character_length(text, at);
                ++unit;
                continue;
            }
            if (units_[unit] == static_cast<unsigned char>(text[at])) {
                ++at;
                ++unit;
                continue;
            }
        }
        if (unit_after_run == kNone || at_after_run >= text.size() || at >= text.size()) {
            return false;
        }
        at_after_run += character_length(text, at_after_run);
        at = at_after_run;
        unit = unit_after_run;
    }
}

}  // namespace tern::selector
