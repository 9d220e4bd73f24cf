#include "engine/queue_order.h"

#include <algorithm>
#include <tuple>

namespace tern::engine {
namespace {

using broker::QueueQuery;
using broker::QueueStatus;

auto name_of(const broker::QueueInfo& info) {
    static const broker::SubscriptionKey nobody;
    const broker::SubscriptionKey& key = info.subscription ? info.subscription->key : nobody;
    return std::tuple<const std::string&, const std::string&, const std::string&, std::uint32_t>(
        info.bindings.front().name, key.client_id, key.name, info.id.value);
}

}  // namespace

std::uint64_t number_of(const broker::QueueCounts& counts, const broker::QueueTotals& totals,
                        QueueQuery::Sort sort) {
    switch (sort) {
        case QueueQuery::Sort::name:
            return 0;
        case QueueQuery::Sort::size:
            return counts.ready + counts.unsettled;
        case QueueQuery::Sort::unsettled:
            return counts.unsettled;
        case QueueQuery::Sort::consumers:
            return counts.consumers;
        case QueueQuery::Sort::enqueued:
            return totals.enqueued;
        case QueueQuery::Sort::dequeued:
            return totals.dequeued;
    }
    return 0;
}

bool comes_before(const QueueRank& a, const QueueRank& b, const QueueQuery& query) {
    if (a.number != b.number) {
        return query.descending ? a.number > b.number : a.number < b.number;
    }
    const bool by_name = query.sort == QueueQuery::Sort::name;
    return by_name && query.descending ? name_of(*a.info) > name_of(*b.info)
                                       : name_of(*a.info) < name_of(*b.info);
}

std::size_t rows_reached(std::size_t rows, const QueueQuery& query) {
    return std::min(rows, query.offset + std::min(query.limit, SIZE_MAX - query.offset));
}

std::vector<QueueStatus> first_rows(std::vector<QueueStatus> rows, const QueueQuery& query) {
    const auto before = [&query](const QueueStatus& a, const QueueStatus& b) {
        return comes_before({number_of(a.counts, a.totals, query.sort), a.info.get()},
                            {number_of(b.counts, b.totals, query.sort), b.info.get()}, query);
    };
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(rows_reached(rows.size(), query));
    std::ranges::partial_sort(rows, end, before);
    rows.erase(end, rows.end());
    return rows;
}

}  // namespace tern::engine
