#include "security/secret.h"

#include <cstring>
#include <utility>

namespace tern::security {

void Secret::wipe() {
    // A string's unused bytes may hold an earlier text.
    text_.resize(text_.capacity());
    ::explicit_bzero(text_.data(), text_.size());
    text_.clear();
}

Secret& Secret::operator=(const Secret& other) {
    if (this == &other) return *this;
    wipe();
    text_ = other.text_;
    return *this;
}

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
    // A short text was copied, not taken.
    other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
    return *this;
}

bool equal_in_constant_time(std::string_view one, std::string_view other) {
    unsigned differences = one.size() == other.size() ? 0U : 1U;
    for (std::size_t i = 0; i < one.size(); ++i) {
        const char there = other.empty() ? '\0' : other[i % other.size()];
        differences |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(there);
    }
    return differences == 0;
}

}  // namespace tern::security
