#pragma once

#include "broker/api/ids.h"
#include "broker/ports/queue_port.h"
#include "message/message.h"

#include <deque>

namespace tern::broker {

/// A message's place on a queue.
struct Entry {
    enum class State : std::uint8_t {
        ready,      ///< waits for a consumer
        delivered,  ///< with `consumer`
        staged,     ///< accepted within a transaction that is open
        gone,
    };

    MessagePtr message;
    StoredAt at;
    std::uint32_t consumer = 0;  ///< slot of the consumer that has it
    std::uint16_t failures = 0;
    State state = State::ready;
    /// The journal knows that somebody may have seen it: no mark is needed before delivery.
    bool announced = true;
};

/// The messages of a queue in their order, each under an ordinal that counts up.
class Entries {
public:
    /// Appends; returns the new ordinal.
    std::uint64_t append(Entry entry);

    /// Null when the message is gone or never was.
    [[nodiscard]] Entry* find(std::uint64_t ordinal);
    /// The ordinals in use lie in [begin, end), with gaps.
    [[nodiscard]] std::uint64_t begin() const { return base_; }
    [[nodiscard]] std::uint64_t end() const { return base_ + entries_.size(); }

    /// The first ready entry's ordinal, or `end()`.
    [[nodiscard]] std::uint64_t first_ready();
    void set_delivered(std::uint64_t ordinal, std::uint32_t consumer);
    void set_ready(std::uint64_t ordinal);
    void set_gone(std::uint64_t ordinal);

    [[nodiscard]] std::size_t ready() const { return ready_; }
    /// Ready, delivered and staged ones.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    Entry& at(std::uint64_t ordinal) { return entries_[ordinal - base_]; }

    std::deque<Entry> entries_;
    std::uint64_t base_ = 1;
    std::uint64_t cursor_ = 1;  ///< nothing before it is ready
    std::size_t ready_ = 0;
    std::size_t size_ = 0;
};

}  // namespace tern::broker
