#include "engine/turn.h"

#include <algorithm>

namespace tern::engine {

bool Turn::empty() const {
    return batch.empty() && publications.empty() && consumed.empty() && answers.empty() &&
           places.empty() && then.empty();
}

bool Turn::only_settles() const {
    return batch.only_settles() && publications.empty() && consumed.empty() && answers.empty() &&
           places.empty() && then.empty();
}

bool Turn::only_publishes() const {
    return !publications.empty() && batch.records() == publications.size() &&
           !batch.has_settles() && places.empty() && then.empty() &&
           std::ranges::all_of(publications, [](const Publication& one) {
               return one.record.has_value() && one.routes.size() == 1;
           });
}

void Turn::settle_outcome(Result<std::span<const journal::Position>> outcome) {
    if (!outcome) {
        error_ = outcome.error();
        return;
    }
    if (!outcome->empty()) first_ = outcome->front().lsn;
}

}  // namespace tern::engine
