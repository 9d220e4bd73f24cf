#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

extern "C" {
struct evp_pkey_st;
}

namespace tern::realms {

/// The keys that tokens may be signed with: a JSON Web Key Set (RFC 7517). Immutable.
class TokenKeys {
public:
    /// Keys of other kinds and for other uses are left out, and so are those too short to be safe;
    /// an error if none is left, or the text is no such set.
    [[nodiscard]] static std::expected<TokenKeys, std::string> parse(std::string_view text);

    /// Whether a key has that name; an empty one is that of any.
    [[nodiscard]] bool has(std::string_view name) const;

    /// Whether one of the keys made the signature of a text, by an algorithm of RFC 7518. Asks only
    /// keys that are for the algorithm, and that have the name if one is given.
    [[nodiscard]] bool signed_by_any(std::string_view text, std::string_view signature,
                                     std::string_view algorithm, std::string_view name) const;

private:
    struct Free {
        void operator()(::evp_pkey_st* key) const;
    };
    struct Key {
        std::string name;       ///< may be empty
        std::string algorithm;  ///< the only one it is for; empty: any that its kind is for
        std::string kind;       ///< `RSA`, `P-256` and so on, or `oct`
        std::unique_ptr<::evp_pkey_st, Free> key;
    };

    std::vector<Key> keys_;
};

}  // namespace tern::realms
