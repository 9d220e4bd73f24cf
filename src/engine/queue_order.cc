#include "engine/queue_order.h"

#include <algorithm>
#include <tuple>

namespace tern::engine {
namespace {

using broker::QueueQuery;
using broker::QueueStatus;

std::uint64_t number_of(const QueueStatus& row, QueueQuery::Sort sort) {
    switch (sort) {
        case QueueQuery::Sort::name:
            return 0;
        case QueueQuery::Sort::size:
            return row.counts.ready + row.counts.unsettled;
        case QueueQuery::Sort::unsettled:
            return row.counts.unsettled;
        case QueueQuery::Sort::consumers:
            return row.counts.consumers;
        case QueueQuery::Sort::enqueued:
            return row.totals.enqueued;
        case QueueQuery::Sort::dequeued:
            return row.totals.dequeued;
    }
    return 0;
}

auto name_of(const QueueStatus& row) {
    static const broker::SubscriptionKey nobody;
    const broker::QueueInfo& info = *row.info;
    const broker::SubscriptionKey& key = info.subscription ? info.subscription->key : nobody;
    return std::tuple<const std::string&, const std::string&, const std::string&, std::uint32_t>(
        info.bindings.front().name, key.client_id, key.name, info.id.value);
}

}  // namespace

std::vector<QueueStatus> first_rows(std::vector<QueueStatus> rows, const QueueQuery& query) {
    const auto before = [&query](const QueueStatus& a, const QueueStatus& b) {
        const std::uint64_t x = number_of(a, query.sort);
        const std::uint64_t y = number_of(b, query.sort);
        if (x != y) return query.descending ? x > y : x < y;
        const bool by_name = query.sort == QueueQuery::Sort::name;
        return by_name && query.descending ? name_of(a) > name_of(b) : name_of(a) < name_of(b);
    };
    const std::size_t wanted = query.offset + std::min(query.limit, SIZE_MAX - query.offset);
    const std::size_t count = std::min(rows.size(), wanted);
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(count);
    std::ranges::partial_sort(rows, end, before);
    rows.erase(end, rows.end());
    return rows;
}

}  // namespace tern::engine
