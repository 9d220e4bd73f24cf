#pragma once

#include "base/result.h"
#include "bytes/buffer.h"
#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/identifiers.h"
#include "protocol/openwire/codec/structure_traits.h"

#include <vector>

namespace tern::openwire {

/// Whatever may stand in a cached field, or null.
using CachedValue = std::variant<std::monostate, BrokerId, ConnectionId, SessionId, ConsumerId,
                                 ProducerId, Destination, LocalTransactionId, XaTransactionId>;

/// The receiver's mirror of the sender's object cache. OpenWire reference, 3.7. Values own what
/// they view until the frame after the one that replaced them.
class ReceiveCache {
public:
    /// A slot of -1 stores nothing.
    static constexpr int kNoSlot = -1;

    ReceiveCache(int slots, std::size_t bytes_max) : slots_max_(slots), bytes_max_(bytes_max) {}

    /// Ends the life of what was replaced before.
    void start_frame() {
        if (!retired_.empty()) release_retired();
    }

    /// Errors: bad_cache_slot; cache_full.
    [[nodiscard]] Result<void> store(int slot, CachedValue value);

    /// Null when the slot was never filled. Holds until the next `store`.
    [[nodiscard]] const CachedValue* find(int slot) const {
        if (slot < 0 || static_cast<std::size_t>(slot) >= slots_.size()) return nullptr;
        return slots_[slot].filled ? &slots_[slot].value : nullptr;
    }

private:
    struct Slot {
        bool filled = false;
        CachedValue value;
        Buffer bytes;
    };

    void release_retired();

    int slots_max_;
    std::size_t bytes_max_;
    /// Bytes of all buffers here, retired ones included.
    std::size_t bytes_ = 0;
    std::vector<Slot> slots_;
    std::vector<Buffer> retired_;
};

template <class T>
[[nodiscard]] CachedValue to_cached(const std::optional<T>& field) {
    if (!field) return {};
    if constexpr (kIsVariant<T>) {
        return std::visit([](const auto& value) -> CachedValue { return value; }, *field);
    } else {
        return *field;
    }
}

/// False when the value is none that the field may hold.
template <class T>
[[nodiscard]] bool from_cached(const CachedValue& cached, std::optional<T>& field) {
    field.reset();
    return std::visit(
        [&field](const auto& value) {
            using Value = std::remove_cvref_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, std::monostate>) {
                return true;
            } else if constexpr (std::is_constructible_v<T, const Value&>) {
                field.emplace(value);
                return true;
            } else {
                return false;
            }
        },
        cached);
}

}  // namespace tern::openwire
