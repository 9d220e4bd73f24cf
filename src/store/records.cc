#include "store/records.h"

#include "base/log.h"
#include "message/errors.h"

namespace tern::store {
namespace {

constexpr std::uint8_t kAnnounced = 0x01;
constexpr std::uint8_t kTopic = 0x01;
constexpr std::uint8_t kTemporary = 0x02;
constexpr std::uint8_t kShared = 0x01;
constexpr std::uint8_t kNoLocal = 0x02;
constexpr std::size_t kRouteBytes = 5;
constexpr std::size_t kSettledBytes = 12;
constexpr std::size_t kOriginBytes = 16;
constexpr std::size_t kBindingBytesMin = 3;
constexpr std::size_t kBranchPartBytesMin = 10;
constexpr std::size_t kBranchPublishBytesMin = 23;

void put_text(ByteWriter& out, std::string_view text) {
    out.u16(static_cast<std::uint16_t>(text.size()));
    out.append(text);
}

std::string take_text(ByteReader& in) {
    return std::string(as_text(in.take(in.u16())));
}

/// A count from the record bounds a loop only if so many items of `item_bytes` can follow.
std::uint32_t count(ByteReader& in, std::uint32_t stated, std::size_t item_bytes) {
    if (stated <= in.remaining() / item_bytes) return stated;
    in.fail();
    return 0;
}

}  // namespace

void encode_routes(ByteWriter& out, std::span<const Route> routes) {
    out.u32(static_cast<std::uint32_t>(routes.size()));
    for (const Route& route : routes) {
        out.u32(route.queue.value);
        out.u8(route.announced ? kAnnounced : 0);
    }
}

std::vector<Route> decode_routes(ByteReader& in) {
    std::vector<Route> routes;
    for (std::uint32_t left = count(in, in.u32(), kRouteBytes); left > 0; --left) {
        Route route;
        route.queue = broker::QueueId{in.u32()};
        route.announced = (in.u8() & kAnnounced) != 0;
        routes.push_back(route);
    }
    return routes;
}

void encode_origin(ByteWriter& out, const broker::Origin& origin) {
    out.u64(origin.producer);
    out.u64(origin.sequence);
}

broker::Origin decode_origin(ByteReader& in) {
    const std::uint64_t producer = in.u64();
    return {producer, in.u64()};
}

void encode_settled(ByteWriter& out, std::span<const Settled> settled) {
    out.u32(static_cast<std::uint32_t>(settled.size()));
    for (const Settled& one : settled) {
        out.u32(one.queue.value);
        out.u64(one.lsn);
    }
}

std::vector<Settled> decode_settled(ByteReader& in) {
    std::vector<Settled> settled;
    for (std::uint32_t left = count(in, in.u32(), kSettledBytes); left > 0; --left) {
        const broker::QueueId queue{in.u32()};
        settled.push_back({queue, in.u64()});
    }
    return settled;
}

void encode_marked(ByteWriter& out, const Marked& marked) {
    out.u32(marked.queue.value);
    out.u64(marked.lsn);
}

Marked decode_marked(ByteReader& in) {
    const broker::QueueId queue{in.u32()};
    return {queue, in.u64()};
}

namespace {

void put_destination(ByteWriter& out, const broker::Destination& destination) {
    out.u8(static_cast<std::uint8_t>((destination.domain == broker::Domain::topic ? kTopic : 0) |
                                     (destination.temporary ? kTemporary : 0)));
    put_text(out, destination.name);
}

broker::Destination take_destination(ByteReader& in) {
    const std::uint8_t kind = in.u8();
    return {(kind & kTopic) != 0 ? broker::Domain::topic : broker::Domain::queue,
            (kind & kTemporary) != 0, take_text(in)};
}

void encode_queue(ByteWriter& out, const Definition& definition) {
    out.u32(definition.queue.value);
    out.u16(static_cast<std::uint16_t>(definition.bindings.size()));
    for (const broker::Destination& binding : definition.bindings) put_destination(out, binding);
}

Definition decode_queue(ByteReader& in) {
    Definition definition;
    definition.queue = broker::QueueId{in.u32()};
    for (std::uint32_t left = count(in, in.u16(), kBindingBytesMin); left > 0; --left) {
        definition.bindings.push_back(take_destination(in));
    }
    return definition;
}

}  // namespace

void encode_definition(ByteWriter& out, const Definition& definition) {
    encode_queue(out, definition);
    out.append(definition.options);
}

Definition decode_definition(ByteReader& in) {
    Definition definition = decode_queue(in);
    definition.options = as_text(in.take(in.remaining()));
    return definition;
}

void encode_subscription(ByteWriter& out, const Definition& definition) {
    encode_queue(out, definition);
    const broker::NamedSubscription& subscription = *definition.subscription;
    out.u8(static_cast<std::uint8_t>((subscription.shared ? kShared : 0) |
                                     (subscription.no_local ? kNoLocal : 0)));
    put_text(out, subscription.key.client_id);
    put_text(out, subscription.key.name);
    put_text(out, subscription.selector);
}

Definition decode_subscription(ByteReader& in) {
    Definition definition = decode_queue(in);
    broker::NamedSubscription& subscription = definition.subscription.emplace();
    const std::uint8_t flags = in.u8();
    subscription.shared = (flags & kShared) != 0;
    subscription.no_local = (flags & kNoLocal) != 0;
    subscription.key.client_id = take_text(in);
    subscription.key.name = take_text(in);
    subscription.selector = take_text(in);
    return definition;
}

void encode_removed(ByteWriter& out, broker::QueueId queue) {
    out.u32(queue.value);
}

broker::QueueId decode_removed(ByteReader& in) {
    return broker::QueueId{in.u32()};
}

void encode_producers(ByteWriter& out, std::span<const broker::Origin> producers) {
    out.u32(static_cast<std::uint32_t>(producers.size()));
    for (const broker::Origin& one : producers) encode_origin(out, one);
}

std::vector<broker::Origin> decode_producers(ByteReader& in) {
    std::vector<broker::Origin> producers;
    for (std::uint32_t left = count(in, in.u32(), kOriginBytes); left > 0; --left) {
        producers.push_back(decode_origin(in));
    }
    return producers;
}

void encode_erased(ByteWriter& out, const DocumentKey& key) {
    out.u8(static_cast<std::uint8_t>(key.kind));
    out.u32(static_cast<std::uint32_t>(key.name.size()));
    out.append(key.name);
}

DocumentKey decode_erased(ByteReader& in) {
    DocumentKey key;
    key.kind = static_cast<DocumentKind>(in.u8());
    key.name = as_text(in.take(in.u32()));
    return key;
}

void encode_document(ByteWriter& out, const Document& document) {
    encode_erased(out, document.key);
    out.append(document.value);
}

Document decode_document(ByteReader& in) {
    DocumentKey key = decode_erased(in);
    return {std::move(key), std::string(as_text(in.take(in.remaining())))};
}

namespace {

void put_publish(ByteWriter& out, const Branch::Publish& one) {
    put_destination(out, one.to);
    encode_origin(out, one.origin);
    const auto [block, body] = one.message->stored();
    out.u32(static_cast<std::uint32_t>(block.size() + body.size()));
    out.append(block.bytes());
    out.append(body.bytes());
}

Branch::Publish take_publish(ByteReader& in, const LargeBodyFinder* bodies) {
    broker::Destination to = take_destination(in);
    const broker::Origin origin = decode_origin(in);
    auto message = Message::decode(in.take(in.u32()), bodies);
    if (!message && message.error() == message::Errc::no_body) {
        log::error("store", "a prepared branch lacks a large message to {}: its file is gone",
                   to.name);
        return {};
    }
    if (in.failed() || !message) {
        in.fail();
        return {};
    }
    return {std::move(to), origin, std::move(*message)};
}

}  // namespace

void encode_branch(ByteWriter& out, const Branch& branch) {
    out.u32(static_cast<std::uint32_t>(branch.parts.size()));
    for (const Branch::Part& part : branch.parts) {
        put_text(out, part.client_id);
        encode_settled(out, part.accepts);
        out.u32(static_cast<std::uint32_t>(part.publishes.size()));
        for (const Branch::Publish& one : part.publishes) put_publish(out, one);
    }
    // What was written before there were decisions ends here.
    if (branch.decision != Branch::Decision::none) {
        out.u8(static_cast<std::uint8_t>(branch.decision));
    }
}

Branch decode_branch(ByteReader& in, const LargeBodyFinder* bodies) {
    Branch branch;
    for (std::uint32_t left = count(in, in.u32(), kBranchPartBytesMin); left > 0; --left) {
        Branch::Part& part = branch.parts.emplace_back();
        part.client_id = take_text(in);
        part.accepts = decode_settled(in);
        for (std::uint32_t more = count(in, in.u32(), kBranchPublishBytesMin); more > 0; --more) {
            Branch::Publish one = take_publish(in, bodies);
            if (one.message != nullptr) part.publishes.push_back(std::move(one));
        }
        if (in.failed()) return {};
    }
    if (in.remaining() == 0) return branch;
    branch.decision = static_cast<Branch::Decision>(in.u8());
    const bool known = branch.decision == Branch::Decision::committed ||
                       branch.decision == Branch::Decision::rolled_back;
    if (!known || !branch.parts.empty()) in.fail();
    return branch;
}

}  // namespace tern::store
