#pragma once

#include "base/hash.h"
#include "bytes/byte_writer.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace tern::openwire {

/// The sender's object cache: which value the peer has in which slot. OpenWire reference, 3.7.
/// Values are compared by their plain encoding, which whoever asks writes to `key()`.
class SendCache {
public:
    /// Below this a cache saves nothing, and a value could lose its slot to one inside itself:
    /// everything is sent as new then.
    static constexpr int kSlotsMin = 100;
    /// Values with a longer encoding are not kept.
    static constexpr std::size_t kKeyBytesMax = 1024;
    static constexpr int kNoSlot = -1;

    explicit SendCache(int slots) : slots_max_(static_cast<std::size_t>(slots)) {}

    /// Empty, for the encoding of the next value.
    [[nodiscard]] ByteWriter& key() {
        key_.clear();
        return key_;
    }

    struct Place {
        int slot;
        /// The peer has the value there already.
        bool known;
    };
    /// Where the value whose encoding is in `key()` goes.
    [[nodiscard]] Place place();

    /// Forgets everything: a frame with new values did not leave.
    void forget();

private:
    std::size_t slots_max_;
    std::size_t next_ = 0;
    ByteWriter key_;
    std::unordered_map<std::string, int, StringHash, std::equal_to<>> places_;
    /// The keys of `places_` by slot.
    std::vector<const std::string*> slots_;
};

}  // namespace tern::openwire
