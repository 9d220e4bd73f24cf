#pragma once

#include "broker/api/ids.h"

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

namespace tern::engine {

/// How far each producer's durable messages have been sent to the journal, for recognising copies
/// that clients send again after a lost connection. Remembers the producers that were active last.
class ProducerHistory {
public:
    static constexpr std::size_t kProducersMax = 65536;

    void note(const broker::Origin& origin);
    /// The highest sequence seen of `producer`, 0 if it is not known.
    [[nodiscard]] std::uint64_t last(std::uint64_t producer) const;
    /// The highest sequence of each producer, those that were active last at the end.
    [[nodiscard]] std::vector<broker::Origin> all() const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::uint64_t sequence = 0;
        std::list<std::uint64_t>::iterator age;
    };

    std::unordered_map<std::uint64_t, Entry> entries_;
    std::list<std::uint64_t> by_age_;  ///< most recent first
};

}  // namespace tern::engine
