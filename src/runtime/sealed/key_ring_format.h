#pragma once

#include "bytes/buffer.h"

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

// The bytes of a ring of keys. docs/formats/sealed.md draws them.
namespace tern {

/// What a file of keys says before any of them is unwrapped.
struct StoredKeys {
    enum class State : std::uint8_t {
        settled = 0,   ///< all files are encrypted with keys of the ring
        changing = 1,  ///< some are encrypted with a key that is to go, or not yet
        removing = 2,  ///< some are not encrypted any more
    };
    struct Key {
        std::uint32_t number = 0;
        std::string wrapped;

        bool operator==(const Key&) const = default;
    };

    State state = State::settled;
    std::string provider;   ///< the name of whoever can unwrap them
    std::vector<Key> keys;  ///< one at least; new files get the last one

    bool operator==(const StoredKeys&) const = default;
};

inline constexpr std::size_t kKeysBytesMax = std::size_t{1024} * 1024;

[[nodiscard]] std::vector<std::uint8_t> encode(const StoredKeys& keys);
/// The error: what is wrong with them.
[[nodiscard]] std::expected<StoredKeys, std::string> decode_keys(Bytes bytes);

}  // namespace tern
