#include "protocol/openwire/codec/receive_cache.h"

#include "protocol/openwire/codec/own.h"

namespace tern::openwire {

Result<void> ReceiveCache::store(int slot, CachedValue value) {
    if (slot == kNoSlot) return {};
    if (slot < 0 || slot >= slots_max_) return failure(Errc::bad_cache_slot);
    const auto index = static_cast<std::size_t>(slot);
    if (index >= slots_.size()) slots_.resize(index + 1);

    Slot& target = slots_[index];
    Buffer bytes = own(value);
    bytes_ += bytes.size();
    if (bytes_ > bytes_max_) return failure(Errc::cache_full);
    // The frame being decoded may have taken views of the value that goes.
    if (!target.bytes.empty()) retired_.push_back(std::move(target.bytes));
    target = {true, value, std::move(bytes)};
    return {};
}

void ReceiveCache::release_retired() {
    for (const Buffer& bytes : retired_) bytes_ -= bytes.size();
    retired_.clear();
}

}  // namespace tern::openwire
