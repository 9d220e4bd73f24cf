#include "broker/schedule/schedule.h"
#include "engine/connection.h"
#include "engine/queue_order.h"
#include "engine/shard_broker.h"

#include <algorithm>

namespace tern::engine {

using broker::QueueQuery;

namespace {

QueueQuery::Kind kind_of(const broker::QueueInfo& info) {
    if (info.is_subscription()) return QueueQuery::Kind::subscriptions;
    return info.bindings.front().temporary ? QueueQuery::Kind::temporary_queues
                                           : QueueQuery::Kind::queues;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view part) {
    return !std::ranges::search(text, part, {}, lower, lower).empty() || part.empty();
}

bool is_meant(const broker::QueueInfo& info, const QueueQuery& query) {
    // What waits for its time is listed by itself.
    if (broker::is_schedule(info.bindings.front().view())) return false;
    if (kind_of(info) != query.kind) return false;
    if (contains(info.bindings.front().name, query.search)) return true;
    return info.subscription && (contains(info.subscription->key.name, query.search) ||
                                 contains(info.subscription->key.client_id, query.search));
}

/// As `messageGroupMapFactoryType` has it.
std::string_view name_of(broker::GroupMap::Kind kind) {
    switch (kind) {
        case broker::GroupMap::Kind::cached:
            return "cached";
        case broker::GroupMap::Kind::bucket:
            return "bucket";
        case broker::GroupMap::Kind::simple:
            return "simple";
        case broker::GroupMap::Kind::none:
            break;
    }
    return "none";
}

}  // namespace

broker::BrokerStatus ShardBroker::status() const {
    broker::BrokerStatus status{.shards = 1,
                                .totals = past_.totals,
                                .published = past_.published,
                                .delivered = past_.delivered,
                                .connections_opened = last_connection_,
                                .flow = flow_};
    for (const auto& [id, queue] : queues_) {
        if (broker::is_schedule(queue->info()->bindings.front().view())) {
            status.flow.schedule.used += queue->bytes();
            if (settings_->scheduler.enabled) status.scheduled = queue->size();
            continue;
        }
        switch (kind_of(*queue->info())) {
            case QueueQuery::Kind::queues:
                ++status.queues;
                break;
            case QueueQuery::Kind::temporary_queues:
                ++status.temporary_queues;
                break;
            case QueueQuery::Kind::subscriptions:
                ++status.subscriptions;
                break;
        }
        if (queue->paused()) ++status.paused_queues;
        if (queue->info()->full.load(std::memory_order_relaxed)) ++status.flow.full_queues;
        status.consumers += queue->consumers();
        status.ready += queue->ready();
        status.unsettled += queue->size() - queue->ready();
        status.totals += queue->totals();
    }
    for (const auto& [number, connection] : connections_) {
        const broker::ConnectionStatus one = connection->status();
        if (!connection->hidden()) ++status.connections;
        status.transactions += one.transactions;
        status.published += one.published;
        status.delivered += one.delivered;
        status.flow.waiting_sends += one.waiting;
    }
    if (id() == ShardId{0}) {
        note_limits(status.flow);
        status.uncommitted_max = settings_->uncommitted_max;
        if (settings_->scheduler.enabled && !status.scheduled) status.scheduled = 0;
        status.flow.disk_free_bytes = store_.free_bytes().value_or(0);
        status.flow.disk_reserve_bytes = store_.reserve_bytes();
    }
    return status;
}

broker::QueueStatus ShardBroker::status(const broker::Queue& queue) const {
    broker::QueueStatus status = queue.status();
    const broker::QueueInfo& info = *queue.info();
    const auto marked = dead_letter_marks_.find(info.id);
    status.dead_letters =
        marked != dead_letter_marks_.end()
            ? marked->second
            : settings_->policies.keeps_dead_letters(info.bindings.front().view());
    for (const HeldLetter& letter : held_letters_) {
        if (letter.queue->id != info.id) continue;
        ++status.held_letters;
        status.held_letter_bytes += letter.message->body_bytes();
    }
    status.group_map = name_of(settings_->policies.find(info.bindings.front().view())->groups.kind);
    return status;
}

// Of ten thousand queues a page is shown: only the queues on it are looked at closely.
broker::QueuePage ShardBroker::list(const QueueQuery& query) const {
    struct Candidate {
        QueueRank rank;
        const broker::Queue* queue;
    };
    std::vector<Candidate> found;
    for (const auto& [id, queue] : queues_) {
        const broker::QueueInfo& info = *queue->info();
        if (!is_meant(info, query)) continue;
        const broker::QueueCounts counts{.ready = queue->ready(),
                                         .unsettled = queue->size() - queue->ready(),
                                         .consumers = queue->consumers()};
        const std::uint64_t number = number_of(counts, queue->totals(), query.sort);
        found.push_back({{number, &info}, queue.get()});
    }
    broker::QueuePage page{.total = found.size()};
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(rows_reached(found.size(), query));
    std::ranges::partial_sort(found, end, [&query](const Candidate& a, const Candidate& b) {
        return comes_before(a.rank, b.rank, query);
    });
    for (auto one = found.begin(); one != end; ++one) {
        broker::QueueStatus row = status(*one->queue);
        if (query.with_groups) row.groups = one->queue->group_list();
        if (query.with_latencies) row.latencies = one->queue->latencies(wall_ms());
        page.rows.push_back(std::move(row));
    }
    return page;
}

std::vector<broker::Obstacle> ShardBroker::explain_sends(const broker::Destination& to) const {
    std::vector<broker::Obstacle> found;
    for (const auto& [number, connection] : connections_) {
        if (!connection->hidden()) connection->explain_sends(found);
    }
    std::erase_if(found, [&to](const broker::Obstacle& one) { return one.at != to; });
    return found;
}

ShardBroker::Largest ShardBroker::largest_queue(bool in_memory) const {
    Largest largest;
    for (const auto& [id, queue] : queues_) {
        const std::size_t bytes = in_memory ? queue->memory_bytes() : queue->bytes();
        if (bytes <= largest.bytes) continue;
        largest = {.name = broker::to_text(queue->info()->bindings.front().view()), .bytes = bytes};
    }
    return largest;
}

std::vector<broker::ConsumerStatus> ShardBroker::consumers(
    std::optional<broker::QueueId> of) const {
    if (of) {
        const auto found = queues_.find(*of);
        if (found == queues_.end()) return {};
        return found->second->consumer_list();
    }
    std::vector<broker::ConsumerStatus> all;
    for (const auto& [id, queue] : queues_) {
        std::ranges::move(queue->consumer_list(), std::back_inserter(all));
    }
    return all;
}

std::vector<broker::ConnectionStatus> ShardBroker::connection_list() const {
    std::vector<broker::ConnectionStatus> all;
    all.reserve(connections_.size());
    for (const auto& [number, connection] : connections_) {
        if (!connection->hidden()) all.push_back(connection->status());
    }
    return all;
}

}  // namespace tern::engine
