#include "protocol/stomp/codec/escape.h"

namespace tern::stomp {
namespace {

constexpr std::string_view kSpecial = "\n\r:\\";

/// The escape for a character; empty: written as it is.
std::string_view escape_of(char c, Version version) {
    switch (c) {
        case '\n':
            return "\\n";
        case '\r':
            // 1.1 has no escape for it; as the end of a line it would be taken for a part of that.
            return "\\r";
        case ':':
            return version == Version::v1_0 ? std::string_view() : "\\c";
        case '\\':
            return version == Version::v1_0 ? std::string_view() : "\\\\";
        default:
            return {};
    }
}

/// What stands for the character behind a backslash; 0: nothing.
char meaning_of(char c) {
    switch (c) {
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 'c':
            return ':';
        case '\\':
            return '\\';
        default:
            return 0;
    }
}

}  // namespace

void append_escaped(std::string_view text, Version version, ByteWriter& out) {
    for (;;) {
        const std::size_t plain = text.find_first_of(kSpecial);
        out.append(as_bytes(text.substr(0, plain)));
        if (plain == std::string_view::npos) return;
        const std::string_view escape = escape_of(text[plain], version);
        out.append(as_bytes(escape.empty() ? text.substr(plain, 1) : escape));
        text.remove_prefix(plain + 1);
    }
}

void append_unescaped(std::string_view text, std::string& out) {
    for (;;) {
        const std::size_t plain = text.find('\\');
        out.append(text.substr(0, plain));
        if (plain == std::string_view::npos) return;
        const char meaning = plain + 1 < text.size() ? meaning_of(text[plain + 1]) : '\0';
        out.push_back(meaning != 0 ? meaning : '\\');
        text.remove_prefix(plain + (meaning != 0 ? 2 : 1));
    }
}

}  // namespace tern::stomp
