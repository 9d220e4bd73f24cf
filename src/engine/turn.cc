#include "engine/turn.h"

namespace tern::engine {

bool Turn::empty() const {
    return batch.empty() && publications.empty() && consumed.empty() && answers.empty() &&
           then.empty();
}

void Turn::settle_outcome(Result<std::span<const journal::Position>> outcome) {
    if (!outcome) {
        error_ = outcome.error();
        return;
    }
    positions_.reserve(outcome->size());
    for (const journal::Position& position : *outcome) {
        positions_.push_back({position.lsn.value, position.file.value});
    }
}

broker::StoredAt Turn::position(const Publication& publication) const {
    return publication.record ? positions_[*publication.record] : broker::StoredAt{};
}

}  // namespace tern::engine
