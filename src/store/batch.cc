#include "store/batch.h"

#include <algorithm>
#include <utility>

namespace tern::store {

std::size_t Batch::publish(const Message& message, std::span<const Route> routes,
                           const broker::Origin& origin) {
    ByteWriter head(20 + routes.size() * 5);
    encode_routes(head, routes);
    encode_origin(head, origin);
    auto [block, body] = message.stored();
    std::vector<Buffer> parts;
    parts.reserve(3);
    parts.push_back(head.freeze());
    parts.push_back(std::move(block));
    if (!body.empty()) parts.push_back(std::move(body));
    return add(RecordType::publish, static_cast<std::uint32_t>(routes.size()), std::move(parts));
}

std::size_t Batch::mark(broker::QueueId queue, std::uint64_t lsn) {
    ByteWriter out;
    encode_marked(out, {queue, lsn});
    return add(RecordType::mark, 0, {out.freeze()});
}

std::size_t Batch::define(const Definition& definition) {
    ByteWriter out;
    if (definition.subscription) {
        encode_subscription(out, definition);
        return add(RecordType::define_subscription, 1, {out.freeze()});
    }
    encode_definition(out, definition);
    return add(RecordType::define, 1, {out.freeze()});
}

void Batch::remove(broker::QueueId queue, broker::StoredAt definition,
                   std::span<const broker::StoredAt> messages) {
    ByteWriter out;
    encode_removed(out, queue);
    add(RecordType::remove, 0, {out.freeze()});
    release(definition);
    for (const broker::StoredAt& at : messages) release(at);
}

std::size_t Batch::put(const Document& document) {
    ByteWriter out;
    encode_document(out, document);
    return add(RecordType::put, 1, {out.freeze()});
}

void Batch::erase(const DocumentKey& key, broker::StoredAt at) {
    ByteWriter out;
    encode_erased(out, key);
    add(RecordType::erase, 0, {out.freeze()});
    release(at);
}

void Batch::remember(std::span<const broker::Origin> producers) {
    ByteWriter out;
    encode_producers(out, producers);
    add(RecordType::producers, 0, {out.freeze()});
}

void Batch::settle(broker::QueueId queue, broker::StoredAt at) {
    consume(queue, at);
    release(at);
}

void Batch::release(broker::StoredAt at) {
    releases_.push_back({.lsn = journal::Lsn{at.lsn}});
}

bool Batch::settles(journal::Lsn first, std::size_t count) const {
    return settled_.size() == count && std::ranges::all_of(settled_, [&](const Settled& one) {
               return one.lsn >= first.value && one.lsn < first.value + count;
           });
}

journal::Batch Batch::seal() && {
    if (!settled_.empty()) {
        ByteWriter out(4 + settled_.size() * 12);
        encode_settled(out, settled_);
        add(RecordType::settle, 0, {out.freeze()});
    }
    return {.records = std::move(records_), .releases = std::move(releases_), .done = {}};
}

std::size_t Batch::add(RecordType type, std::uint32_t holds, std::vector<Buffer> parts) {
    records_.push_back(
        {.type = static_cast<std::uint8_t>(type), .holds = holds, .parts = std::move(parts)});
    return records_.size() - 1;
}

}  // namespace tern::store
