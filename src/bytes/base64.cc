#include "bytes/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace tern {

std::string base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and a NUL
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
    return text;
}

bool decode_base64(std::string_view text, std::string& bytes) {
    if (text.size() % 4 != 0) return false;
    bytes.resize(text.size() / 4 * 3);
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    if (size < 0) return false;
    const auto padding =
        std::ranges::count(text.substr(text.size() - std::min<std::size_t>(2, text.size())), '=');
    bytes.resize(bytes.size() - static_cast<std::size_t>(padding));
    return true;
}

bool decode_base64url(std::string_view text, std::string& bytes) {
    std::string ordinary(text);
    for (char& c : ordinary) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (c < '0' || c > '9') && c != '-' && c != '_') return false;
        if (c == '-') c = '+';
        if (c == '_') c = '/';
    }
    ordinary.append((4 - ordinary.size() % 4) % 4, '=');
    return !ordinary.ends_with("===") && decode_base64(ordinary, bytes);
}

}  // namespace tern
