#include "protocol/mqtt/session_record.h"

#include "protocol/mqtt/codec/text.h"

#include <utility>

namespace tern::mqtt {
namespace {

// On disk: never reused.
enum class Kind : std::uint8_t {
    subscriptions = 1,
    received = 2,
    released = 3,
    left = 4,
    will = 5,
    sent = 6
};

constexpr std::uint8_t kRetain = 0x04;
constexpr std::uint8_t kExpires = 0x08;
constexpr std::uint8_t kNoLocal = 0x04;
constexpr std::uint8_t kRetainAsPublished = 0x08;
/// Beside a subscription's identifier, which has 28 bits.
constexpr std::uint32_t kRetainOfSent = 0x8000'0000;

class Writer {
public:
    explicit Writer(ByteWriter& out) : out_(out) {}

    void operator()(const SubscriptionsRecord& record) {
        kind(Kind::subscriptions);
        out_.u64(record.version);
        out_.u32(record.expiry_s);
        for (const auto& [filter, subscription] : record.subscriptions) {
            std::ignore = write_binary(out_, filter);  // it came as one
            const SubscribeOptions& options = subscription.options;
            out_.u8(static_cast<std::uint8_t>(
                static_cast<unsigned>(options.qos) | (options.no_local ? kNoLocal : 0U) |
                (options.retain_as_published ? kRetainAsPublished : 0U) |
                static_cast<unsigned>(options.retain_handling) << 4));
            out_.u8(static_cast<std::uint8_t>(subscription.channel));
            out_.u32(subscription.identifier);
        }
    }
    void operator()(const ReceivedRecord& record) {
        kind(Kind::received);
        out_.u16(record.packet_id);
    }
    void operator()(const ReleasedRecord& record) {
        kind(Kind::released);
        out_.u16(record.packet_id);
    }
    void operator()(const LeftRecord& record) {
        kind(Kind::left);
        out_.i64(record.ends_at_ms);
    }
    void operator()(const WillRecord& record) {
        kind(Kind::will);
        const OwnWill& will = record.will;
        out_.u64(record.number);
        out_.i64(record.due_at_ms);
        out_.u8(static_cast<std::uint8_t>(static_cast<unsigned>(will.qos) |
                                          (will.retain ? kRetain : 0U) |
                                          (will.expiry_s ? kExpires : 0U)));
        out_.u32(will.expiry_s.value_or(0));
        out_.u32(will.delay_s);
        std::ignore = write_binary(out_, will.topic);  // it came as one
        out_.u32(static_cast<std::uint32_t>(will.properties.size()));
        out_.append(as_bytes(will.properties));
        out_.append(as_bytes(will.payload));
    }
    void operator()(const SentRecord& record) {
        kind(Kind::sent);
        out_.u16(record.packet_id);
        out_.u32(record.identifier | (record.retain ? kRetainOfSent : 0U));
        out_.append(as_bytes(record.message));
    }

private:
    void kind(Kind kind) { out_.u8(static_cast<std::uint8_t>(kind)); }

    ByteWriter& out_;
};

SessionRecord read_subscriptions(ByteReader& in) {
    SubscriptionsRecord record;
    record.version = in.u64();
    record.expiry_s = in.u32();
    while (in.remaining() > 0) {
        const std::string_view filter = read_text(in);
        const std::uint8_t options = in.u8();
        const std::uint8_t channel = in.u8();
        Subscription one;
        one.identifier = in.u32();
        if ((options & 3) == 3 || options >> 4 > 2 || channel > 2) in.fail();
        one.options = {.qos = static_cast<Qos>(options & 3),
                       .no_local = (options & kNoLocal) != 0,
                       .retain_as_published = (options & kRetainAsPublished) != 0,
                       .retain_handling = static_cast<RetainHandling>(options >> 4)};
        one.channel = static_cast<Channel>(channel);
        record.subscriptions.insert_or_assign(std::string(filter), one);
    }
    return record;
}

SessionRecord read_will(ByteReader& in) {
    WillRecord record;
    OwnWill& will = record.will;
    record.number = in.u64();
    record.due_at_ms = in.i64();
    const std::uint8_t flags = in.u8();
    const std::uint32_t expiry_s = in.u32();
    if ((flags & 3) == 3 || flags > (kExpires | kRetain | 3)) in.fail();
    will.qos = static_cast<Qos>(flags & 3);
    will.retain = (flags & kRetain) != 0;
    if ((flags & kExpires) != 0) will.expiry_s = expiry_s;
    will.delay_s = in.u32();
    will.topic = read_text(in);
    will.properties = as_text(in.take(in.u32()));
    will.payload = as_text(in.take(in.remaining()));
    return record;
}

SessionRecord read_sent(ByteReader& in) {
    SentRecord record;
    record.packet_id = in.u16();
    const std::uint32_t identifier = in.u32();
    record.identifier = identifier & ~kRetainOfSent;
    record.retain = (identifier & kRetainOfSent) != 0;
    record.message = as_text(in.take(in.remaining()));
    if (record.packet_id == 0) in.fail();
    return record;
}

SessionRecord read(ByteReader& in) {
    switch (static_cast<Kind>(in.u8())) {
        case Kind::subscriptions:
            return read_subscriptions(in);
        case Kind::received:
            return ReceivedRecord{in.u16()};
        case Kind::released:
            return ReleasedRecord{in.u16()};
        case Kind::left:
            return LeftRecord{in.i64()};
        case Kind::will:
            return read_will(in);
        case Kind::sent:
            return read_sent(in);
    }
    in.fail();
    return LeftRecord{};
}

}  // namespace

MessagePtr encode_record(const SessionRecord& record) {
    ByteWriter out;
    std::visit(Writer(out), record);
    MessageHeader header;
    header.format = Format::mqtt;
    header.durable = Durable::yes;
    return Message::create(header, {}, {}, out.bytes(), nullptr);
}

Result<SessionRecord> decode_record(Bytes bytes) {
    ByteReader in(bytes);
    SessionRecord record = read(in);
    if (!in.done()) return failure(Errc::malformed_packet);
    return record;
}

}  // namespace tern::mqtt
