#include "message/message.h"

#include "bytes/byte_reader.h"
#include "message/errors.h"
#include "message/live.h"

#include <cstring>
#include <limits>
#include <tuple>

namespace tern {
namespace {

// docs/formats/message.md
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kVersionLarge = 2;
constexpr std::uint8_t kDurableFlag = 0x01;
constexpr std::size_t kFixedBytes = 42;
constexpr std::size_t kReferenceBytes = 16;

void put_fixed(std::uint8_t* at, const MessageHeader& header, Bytes native, Bytes properties,
               std::size_t body_bytes) {
    at[0] = kVersion;
    at[1] = static_cast<std::uint8_t>(header.format);
    at[2] = header.durable == Durable::yes ? kDurableFlag : 0;
    at[3] = header.priority;
    store_big_endian(at + 4, header.group_sequence);
    store_big_endian(at + 8, header.timestamp_ms);
    store_big_endian(at + 16, header.expires_at_ms);
    store_big_endian(at + 24, static_cast<std::uint16_t>(header.group_id.size()));
    store_big_endian(at + 26, static_cast<std::uint32_t>(native.size()));
    store_big_endian(at + 30, static_cast<std::uint32_t>(properties.size()));
    store_big_endian(at + 34, static_cast<std::uint64_t>(body_bytes));
}

std::uint8_t* put(std::uint8_t* at, Bytes bytes) {
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    return at + bytes.size();
}

}  // namespace

Message::~Message() {
    message::count_live(-static_cast<std::int64_t>(memory_bytes()), -1);
}

std::size_t Message::live_bytes() {
    return message::live().bytes;
}

MessagePtr Message::create(const MessageHeader& header, Bytes native, Bytes properties, Bytes body,
                           const Buffer* owner) {
    return build(header, native, properties, body, owner, nullptr);
}

MessagePtr Message::create_large(const MessageHeader& header, Bytes native, Bytes properties,
                                 LargeBodyPtr body, Bytes inner) {
    TERN_ASSERT(body != nullptr);
    return build(header, native, properties, inner, nullptr, std::move(body));
}

MessagePtr Message::create_like(const Message& other, const MessageHeader& header, Bytes native,
                                Bytes properties) {
    return build(header, native, properties, other.body_.bytes(), &other.body_, other.large_);
}

MessagePtr Message::build(const MessageHeader& header, Bytes native, Bytes properties, Bytes body,
                          const Buffer* owner, LargeBodyPtr large) {
    TERN_ASSERT(header.group_id.size() <= std::numeric_limits<std::uint16_t>::max());
    TERN_ASSERT(native.size() <= std::numeric_limits<std::uint32_t>::max());
    TERN_ASSERT(properties.size() <= std::numeric_limits<std::uint32_t>::max());
    const bool refer = owner != nullptr && body.size() >= kReferenceBytesMin;
    const std::size_t fixed_bytes = kFixedBytes + (large == nullptr ? 0 : kReferenceBytes);
    const std::size_t block_bytes = fixed_bytes + header.group_id.size() + native.size() +
                                    properties.size() + (refer ? 0 : body.size());
    MutableBuffer block(block_bytes);
    put_fixed(block.data(), header, native, properties, body.size());
    if (large != nullptr) {
        block.data()[0] = kVersionLarge;
        store_big_endian(block.data() + kFixedBytes, large->id());
        store_big_endian(block.data() + kFixedBytes + 8, large->size());
    }
    std::uint8_t* const group = block.data() + fixed_bytes;
    std::uint8_t* const native_at = put(group, as_bytes(header.group_id));
    std::uint8_t* const properties_at = put(native_at, native);
    std::uint8_t* const body_at = put(properties_at, properties);
    if (!refer) put(body_at, body);

    auto* message = new Message;
    message->header_ = header;
    message->header_.group_id = as_text({group, header.group_id.size()});
    message->native_ = {native_at, native.size()};
    message->properties_ = {properties_at, properties.size()};
    std::tie(message->block_, message->body_) =
        std::move(block).freeze(block_bytes, refer ? Bytes() : Bytes(body_at, body.size()));
    if (refer) message->body_ = owner->slice_of(body);
    message->large_ = std::move(large);
    message::count_live(static_cast<std::int64_t>(message->memory_bytes()), 1);
    return MessagePtr(message, false);  // counted as it was made
}

Result<MessagePtr> Message::decode(Bytes stored, const LargeBodyFinder* bodies) {
    ByteReader in(stored);
    const std::uint8_t version = in.u8();
    MessageHeader header;
    header.format = static_cast<Format>(in.u8());
    header.durable = (in.u8() & kDurableFlag) != 0 ? Durable::yes : Durable::no;
    header.priority = in.u8();
    header.group_sequence = in.i32();
    header.timestamp_ms = in.i64();
    header.expires_at_ms = in.i64();
    const std::uint16_t group_bytes = in.u16();
    const std::uint32_t native_bytes = in.u32();
    const std::uint32_t properties_bytes = in.u32();
    const std::uint64_t body_bytes = in.u64();
    const bool is_large = version == kVersionLarge;
    const std::uint64_t large_id = is_large ? in.u64() : 0;
    const std::uint64_t large_bytes = is_large ? in.u64() : 0;
    header.group_id = as_text(in.take(group_bytes));
    const Bytes native = in.take(native_bytes);
    const Bytes properties = in.take(properties_bytes);
    const Bytes body = in.take(body_bytes);
    if (!in.failed() && version != kVersion && !is_large) {
        return failure(message::Errc::unknown_version);
    }
    if (!in.done()) return failure(message::Errc::malformed);
    LargeBodyPtr large;
    if (is_large) {
        if (bodies != nullptr) large = bodies->find(large_id, large_bytes);
        if (large == nullptr) return failure(message::Errc::no_body);
    }
    return build(header, native, properties, body, nullptr, std::move(large));
}

bool Message::has_body_apart() const {
    return body_.data() < block_.data() || body_.data() >= block_.data() + block_.size();
}

std::array<Buffer, 2> Message::stored() const {
    return {block_, has_body_apart() ? body_ : Buffer()};
}

std::size_t Message::memory_bytes() const {
    return sizeof(Message) + block_.pinned() + (has_body_apart() ? body_.size() : 0);
}

}  // namespace tern
