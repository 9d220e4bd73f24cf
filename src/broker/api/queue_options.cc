#include "broker/api/queue_options.h"

namespace tern::broker {
namespace {

constexpr std::uint8_t kDurable = 1;
constexpr std::uint8_t kExclusive = 2;
constexpr std::uint8_t kAutoDelete = 4;
constexpr std::uint8_t kSingleActive = 8;
constexpr std::uint8_t kQuorum = 16;
constexpr std::uint8_t kAtLeastOnce = 32;
constexpr std::uint8_t kDeadLetterExchange = 64;
constexpr std::uint8_t kDeadLetterKey = 128;

unsigned flag(bool set, std::uint8_t bit) {
    return set ? bit : 0U;
}

void put(ByteWriter& out, std::string_view text) {
    out.u32(static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

std::string take(ByteReader& in) {
    return std::string(as_text(in.take(in.u32())));
}

}  // namespace

void encode(ByteWriter& out, const QueueOptions& o) {
    out.u8(static_cast<std::uint8_t>(
        flag(o.durable, kDurable) | flag(o.exclusive, kExclusive) |
        flag(o.auto_delete, kAutoDelete) | flag(o.single_active_consumer, kSingleActive) |
        flag(o.quorum, kQuorum) | flag(o.dead_letter_at_least_once, kAtLeastOnce) |
        flag(o.dead_letter_exchange.has_value(), kDeadLetterExchange) |
        flag(o.dead_letter_key.has_value(), kDeadLetterKey)));
    out.u8(static_cast<std::uint8_t>(o.overflow));
    out.u8(o.priorities);
    for (const std::int64_t number :
         {o.message_ttl_ms, o.expires_ms, o.messages_max, o.bytes_max, o.deliveries_max}) {
        out.i64(number);
    }
    put(out, o.vhost);
    put(out, o.dead_letter_exchange.value_or(""));
    put(out, o.dead_letter_key.value_or(""));
    put(out, o.arguments);
}

QueueOptions decode_queue_options(ByteReader& in) {
    QueueOptions o;
    const std::uint8_t flags = in.u8();
    o.durable = (flags & kDurable) != 0;
    o.exclusive = (flags & kExclusive) != 0;
    o.auto_delete = (flags & kAutoDelete) != 0;
    o.single_active_consumer = (flags & kSingleActive) != 0;
    o.quorum = (flags & kQuorum) != 0;
    o.dead_letter_at_least_once = (flags & kAtLeastOnce) != 0;
    o.overflow = static_cast<Overflow>(in.u8());
    if (o.overflow > Overflow::reject_dead_letter) in.fail();
    o.priorities = in.u8();
    for (std::int64_t* number :
         {&o.message_ttl_ms, &o.expires_ms, &o.messages_max, &o.bytes_max, &o.deliveries_max}) {
        *number = in.i64();
    }
    o.vhost = take(in);
    std::string exchange = take(in);
    std::string key = take(in);
    if ((flags & kDeadLetterExchange) != 0) o.dead_letter_exchange = std::move(exchange);
    if ((flags & kDeadLetterKey) != 0) o.dead_letter_key = std::move(key);
    o.arguments = take(in);
    return o;
}

}  // namespace tern::broker
