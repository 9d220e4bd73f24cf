// The part of ShardBroker that knows where messages lie, and has them leave memory and the journal,
// and come back.
#include "engine/shard_broker.h"

#include <algorithm>
#include <utility>

namespace tern::engine {

// ---- where messages lie

void ShardBroker::settled(const broker::QueueInfo& queue, broker::StoredAt at,
                          broker::Place place) {
    settle(queue.id, at, place);
}

void ShardBroker::settle(broker::QueueId queue, broker::StoredAt at, broker::Place place) {
    if (!at && !place) return;
    Turn& turn = this->turn();
    if (at) turn.batch.consume(queue, at);
    if (place) {
        turn.places.push_back(place);
    } else {
        turn.batch.release(at);
    }
}

void ShardBroker::released(const broker::QueueInfo&, broker::StoredAt at, broker::Place place) {
    Turn& turn = this->turn();
    if (place) {
        turn.places.push_back(place);
    } else {
        turn.batch.release(at);
    }
}

// ---- leaving and coming back

/// Behind the journal: a message that went to its queue before it is durable (ADR 9) may still be
/// taken back, and another one get its number.
void ShardBroker::page_out(const broker::QueueInfo& queue, std::vector<broker::PageOut> messages) {
    ++pages_leaving_;
    turn().then.push_back(
        [this, id = queue.id, messages = std::move(messages)](const Turn& durable) mutable {
            if (durable.error()) return paged_out(id, messages, failure(durable.error()));
            store_.page_out(
                id, std::move(messages),
                [this, id](std::vector<broker::PageOut> left,
                           Result<std::vector<broker::Place>> places) {
                    loop_.deliver([this, id, left = std::move(left), places = std::move(places)] {
                        paged_out(id, left, places);
                    });
                });
        });
}

void ShardBroker::paged_out(broker::QueueId queue, std::span<const broker::PageOut> messages,
                            const Result<std::vector<broker::Place>>& places) {
    --pages_leaving_;
    if (!places && places.error() != std::errc::no_space_on_device) storage_failed_();
    const std::span<const broker::Place> there =
        places ? std::span<const broker::Place>(*places) : std::span<const broker::Place>();
    if (broker::Queue* const own_queue = own(queue)) {
        own_queue->paged_out(messages, there);
        touch(*own_queue);
    } else {
        // The queue was deleted meanwhile.
        for (const broker::Place& place : there) turn().places.push_back(place);
    }
    check_relieved();
}

void ShardBroker::page_in(const broker::QueueInfo& queue, std::vector<broker::PageIn> places,
                          std::size_t bytes_max) {
    store_.segments().get(
        std::move(places), bytes_max,
        [this, id = queue.id](std::vector<broker::PageIn> asked,
                              std::vector<broker::PagedIn> came) {
            loop_.deliver([this, id, asked = std::move(asked), came = std::move(came)] {
                auto arrive = [&](broker::Queue& q) { q.paged_in(asked, came); };
                on_own_queue(id, arrive);
                // Some of it may have been asked for because its time has come.
                expire(id);
            });
        });
}

void ShardBroker::relieve(journal::Lsn before, Task done) {
    line_.run_last([this, before, done = std::move(done)]() mutable {
        leave_journal(before, std::move(done));
    });
}

void ShardBroker::leave_journal(journal::Lsn before, Task done) {
    for (const auto& [queue, own_queue] : queues_) own_queue->leave_journal(before.value);
    if (id() == ShardId{0}) catalog_.refresh_definitions(before);
    journal_history();
    relieved_.push_back(std::move(done));
    check_relieved();
}

/// How far producers have sent has to be known as long as any of their messages waits, and their
/// publishes are about to leave the journal; so have the ids of messages. One record each: what
/// each relief writes must be less than a file, or it would begin the next one by itself.
void ShardBroker::journal_history() {
    if (const auto all = producers_.all(); !all.empty()) turn().batch.remember(all);
    if (const auto all = message_ids_.all(); !all.empty()) turn().batch.remember(all);
}

/// What the segments have to know of is behind the journal, as all they are told.
void ShardBroker::check_relieved() {
    if (pages_leaving_ > 0 || relieved_.empty()) return;
    turn().then.push_back([tasks = std::exchange(relieved_, {})](const Turn&) mutable {
        for (Task& done : tasks) done();
    });
}

/// All queues together take too much: each gives something.
void ShardBroker::check_memory() {
    if (memory_.bytes <= memory_.bytes_max) {
        check_memory_at_ = 0;
        return;
    }
    if (memory_.bytes <= check_memory_at_) return;
    for (const auto& [queue, own_queue] : queues_) {
        own_queue->leave_memory(own_queue->memory_bytes() / 2);
    }
    // What could not leave is not tried again for every message.
    check_memory_at_ = memory_.bytes + memory_.bytes_max / 8;
}

}  // namespace tern::engine
