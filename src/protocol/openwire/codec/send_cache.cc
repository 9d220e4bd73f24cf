#include "protocol/openwire/codec/send_cache.h"

namespace tern::openwire {

SendCache::Place SendCache::place() {
    const std::string_view key = as_text(key_.bytes());
    if (slots_max_ < kSlotsMin || key.size() > kKeyBytesMax) return {kNoSlot, false};
    if (const auto found = places_.find(key); found != places_.end()) return {found->second, true};

    const std::size_t slot = next_;
    next_ = next_ + 1 < slots_max_ ? next_ + 1 : 0;
    if (slot >= slots_.size()) slots_.resize(slot + 1);
    if (slots_[slot] != nullptr) places_.erase(places_.find(*slots_[slot]));
    slots_[slot] = &places_.emplace(key, static_cast<int>(slot)).first->first;
    return {static_cast<int>(slot), false};
}

void SendCache::forget() {
    places_.clear();
    slots_.clear();
}

}  // namespace tern::openwire
