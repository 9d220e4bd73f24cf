#pragma once

#include <cstdint>
#include <set>
#include <vector>

namespace tern::amqp091 {

/// Which publishes of a channel the broker has answered, and what to tell the client of it: as few
/// acknowledgements as possible.
class Confirms {
public:
    struct Ack {
        std::uint64_t sequence = 0;
        bool multiple = false;

        bool operator==(const Ack&) const = default;
    };

    /// The broker has taken the publish of that number, or refused it.
    void taken(std::uint64_t sequence) { answered_.insert(sequence); }
    void refused(std::uint64_t sequence) {
        refused_.push_back(sequence);
        answered_.insert(sequence);
    }

    /// Since the last call: those refused; call before `acks`.
    [[nodiscard]] std::vector<std::uint64_t> nacks();
    /// Since the last call: one for all up to the first that is not answered, then those behind it.
    [[nodiscard]] std::vector<Ack> acks();
    [[nodiscard]] bool has_news() const { return !answered_.empty(); }
    /// How many the client was told of, in all.
    [[nodiscard]] std::uint64_t told() const { return told_up_to_ + told_singly_.size(); }

private:
    std::uint64_t told_up_to_ = 0;
    std::set<std::uint64_t> answered_;     ///< not told
    std::set<std::uint64_t> told_singly_;  ///< behind a gap
    std::vector<std::uint64_t> refused_;
};

}  // namespace tern::amqp091
