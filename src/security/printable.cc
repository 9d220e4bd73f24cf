#include "security/printable.h"

#include <algorithm>

namespace tern::security {

std::string printable(std::string_view text) {
    constexpr std::size_t kShown = 300;
    std::string line(text.substr(0, kShown));
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, '?');
    return line;
}

}  // namespace tern::security
