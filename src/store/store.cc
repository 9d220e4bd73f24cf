#include "store/store.h"

#include "base/log.h"

namespace tern::store {

Result<Recovered> Store::recover() {
    Recovery recovery;
    std::error_code broken;
    const auto visit = [&](const journal::Position& position, std::uint8_t type, Bytes body) {
        if (broken) return;
        if (const auto applied = recovery.apply(position, type, body); !applied) {
            broken = applied.error();
            log::error("store", "record {} of the journal makes no sense: {}", position.lsn.value,
                       broken.message());
        }
    };
    if (const auto replayed = journal_.replay(visit); !replayed) return failure(replayed.error());
    if (broken) return failure(broken);
    Recovered recovered{.queues = recovery.finish(),
                        .documents = recovery.documents(),
                        .last_queue = recovery.last_queue(),
                        .producers = recovery.producers()};
    if (const auto started = journal_.start(recovery.holds()); !started) {
        return failure(started.error());
    }
    return recovered;
}

journal::Lsn Store::append(Batch batch, Done done) {
    journal::Batch sealed = std::move(batch).seal();
    sealed.done = std::move(done);
    return journal_.append(std::move(sealed));
}

}  // namespace tern::store
