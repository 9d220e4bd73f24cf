#pragma once

#include "broker/api/ids.h"

#include <deque>
#include <list>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tern::engine {

/// The ids that senders gave their messages, the last ones of each address, so that what is sent
/// again is not taken for another message. Addresses that were used last are remembered.
class DuplicateIds {
public:
    static constexpr std::size_t kOfAddressMax = 20'000;
    static constexpr std::size_t kAllMax = 100'000;

    /// Remembers these; false, and nothing happened: one of them is known, or comes twice.
    [[nodiscard]] bool claim(std::span<const broker::Origin> ids);
    /// Their messages were not sent after all.
    void forget(std::span<const broker::Origin> ids);
    /// All of them, for each address the oldest first.
    [[nodiscard]] std::vector<broker::Origin> all() const;

private:
    /// Of one address.
    struct Ring {
        std::unordered_set<std::uint64_t> known;
        std::deque<std::uint64_t> order;
        std::list<std::uint64_t>::iterator age;
    };

    void remember(const broker::Origin& id);
    void drop_oldest(Ring& ring);

    std::unordered_map<std::uint64_t, Ring> rings_;
    std::list<std::uint64_t> by_age_;  ///< addresses, the one used last first
    std::size_t size_ = 0;
};

}  // namespace tern::engine
