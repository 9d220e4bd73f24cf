#pragma once

#include "bytes/buffer.h"

namespace tern::gateway {

/// Tells whether text that comes in pieces is well-formed UTF-8 (RFC 3629).
class Utf8Check {
public:
    /// False once it is not.
    [[nodiscard]] bool feed(Bytes piece);
    /// No character has begun that has not ended.
    [[nodiscard]] bool is_complete() const { return missing_ == 0; }

private:
    bool begin(std::uint8_t byte);

    int missing_ = 0;  ///< bytes of the current character
    // What its next byte may be.
    std::uint8_t low_ = 0x80;
    std::uint8_t high_ = 0xBF;
};

[[nodiscard]] inline bool is_utf8(Bytes text) {
    Utf8Check check;
    return check.feed(text) && check.is_complete();
}

}  // namespace tern::gateway
