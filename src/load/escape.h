#pragma once

#include <string>
#include <string_view>

namespace tern::load {

/// A text as XML has it, in elements and in attributes.
[[nodiscard]] inline std::string escaped(std::string_view text) {
    std::string all;
    for (const char c : text) {
        switch (c) {
            case '&':
                all += "&amp;";
                break;
            case '<':
                all += "&lt;";
                break;
            case '>':
                all += "&gt;";
                break;
            case '"':
                all += "&quot;";
                break;
            case '\'':
                all += "&#39;";
                break;
            default:
                all += c;
        }
    }
    return all;
}

}  // namespace tern::load
