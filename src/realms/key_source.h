#pragma once

#include "realms/fetch.h"
#include "realms/token_keys.h"

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace tern::realms {

/// Where the keys come from that tokens are signed with.
///
/// Used from any thread, several at a time; may block for as long as its own time limit.
class KeySource {
public:
    using Keys = std::shared_ptr<const TokenKeys>;

    virtual ~KeySource() = default;

    /// Those that hold now, or why there are none.
    [[nodiscard]] virtual std::expected<Keys, std::string> get() = 0;
    /// Other ones than `known`, for a token that none of those has signed; null: there are none, or
    /// it was asked for not long ago.
    [[nodiscard]] virtual Keys newer_than(const Keys& known) = 0;
};

/// A file with a JSON Web Key Set, read again whenever it has changed.
[[nodiscard]] std::unique_ptr<KeySource> key_file(std::string path);

/// A set at a URL. It is kept, and got again when it is old, or when a token names a key that is
/// not in it; what was got last holds while the server cannot be asked, but not for ever.
struct KeyUrlOptions {
    FetchOptions from;
    std::chrono::seconds refresh{300};
    /// How to get it, and what time it is; null: as it is.
    std::function<std::expected<std::string, std::string>(const FetchOptions&)> fetch = {};
    std::function<std::chrono::steady_clock::time_point()> clock = {};
};
[[nodiscard]] std::unique_ptr<KeySource> key_url(KeyUrlOptions options);

}  // namespace tern::realms
