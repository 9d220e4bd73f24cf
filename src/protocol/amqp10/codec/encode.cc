#include "protocol/amqp10/codec/encode.h"

#include "protocol/amqp10/codec/value_writer.h"

#include <algorithm>
#include <array>

namespace tern::amqp10 {
namespace {

// Performatives of the data path whose fields are small by nature.
constexpr auto kSmall = Compound::Type::small_list;

void put_error(const std::optional<Error>& error, FieldWriter& fields, ByteWriter& out) {
    if (!error) return fields.null();
    fields.next();
    encode(*error, out);
}

void put_terminus(const std::optional<Terminus>& terminus, TerminusRole role, FieldWriter& fields,
                  ByteWriter& out) {
    if (!terminus) return fields.null();
    fields.next();
    encode(*terminus, role, out);
}

void put_coordinator(const Symbols& capabilities, FieldWriter& fields, ByteWriter& out) {
    fields.next();
    FieldWriter inner(out, Descriptor::coordinator);
    inner.symbols(capabilities);
    inner.end();
}

std::uint8_t* put_uint_at(std::uint8_t* at, std::uint32_t value) {
    if (value == 0) {
        *at = 0x43;
        return at + 1;
    }
    if (value <= 0xFF) {
        at[0] = 0x52;
        at[1] = static_cast<std::uint8_t>(value);
        return at + 2;
    }
    *at = 0x70;
    store_big_endian(at + 1, value);
    return at + 1 + sizeof value;
}

constexpr std::size_t kPlainTagMax = 32;
constexpr std::size_t kPlainBytesMax = 64;
constexpr std::size_t kPlainSizeAt = 4;

/// A whole message without a state, as most are: its fields are known not to be defaults.
bool is_plain(const Transfer& transfer) {
    return transfer.delivery_id && transfer.delivery_tag &&
           transfer.delivery_tag->size() <= kPlainTagMax && transfer.message_format &&
           transfer.settled && !transfer.more && transfer.state.empty() && !transfer.aborted;
}

/// What `encode` would write, at once.
void encode_plain(const Transfer& transfer, ByteWriter& out) {
    constexpr std::array<std::uint8_t, 6> kStart = {
        0x00, 0x53, static_cast<std::uint8_t>(Descriptor::transfer), 0xc0, 0, 5};
    const Bytes tag = *transfer.delivery_tag;
    std::uint8_t* const begin = out.room(kPlainBytesMax);
    std::uint8_t* at = std::ranges::copy(kStart, begin).out;
    at = put_uint_at(at, transfer.handle);
    at = put_uint_at(at, *transfer.delivery_id);
    *at++ = 0xa0;
    *at++ = static_cast<std::uint8_t>(tag.size());
    at = std::ranges::copy(tag, at).out;
    at = put_uint_at(at, *transfer.message_format);
    *at++ = *transfer.settled ? 0x41 : 0x42;
    const auto size = static_cast<std::size_t>(at - begin);
    begin[kPlainSizeAt] = static_cast<std::uint8_t>(size - kPlainSizeAt - 1);
    out.truncate(out.size() - kPlainBytesMax + size);
}

}  // namespace

void encode(const Open& open, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::open);
    fields.string(open.container_id);
    if (open.hostname.empty()) {
        fields.null();
    } else {
        fields.string(open.hostname);
    }
    fields.u32(open.frame_bytes_max);
    fields.u16(open.channel_max);
    if (open.idle_timeout_ms == 0) {
        fields.null();
    } else {
        fields.u32(open.idle_timeout_ms);
    }
    fields.null();
    fields.null();
    fields.symbols(open.offered);
    fields.symbols(open.desired);
    fields.encoded(open.properties);
    fields.end();
}

void encode(const Begin& begin, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::begin, kSmall);
    if (begin.remote_channel) {
        fields.u16(*begin.remote_channel);
    } else {
        fields.null();
    }
    fields.u32(begin.next_outgoing_id);
    fields.u32(begin.incoming_window);
    fields.u32(begin.outgoing_window);
    fields.u32(begin.handle_max);
    fields.end();
}

void encode(const Attach& attach, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::attach);
    fields.string(attach.name);
    fields.u32(attach.handle);
    fields.next();
    put_boolean(out, attach.role == Role::receiver);
    fields.u8(static_cast<std::uint8_t>(attach.sender_settles));
    fields.u8(attach.receiver_settles);
    put_terminus(attach.source, TerminusRole::source, fields, out);
    if (attach.coordinator) {
        put_coordinator(attach.coordinator_capabilities, fields, out);
    } else {
        put_terminus(attach.target, TerminusRole::target, fields, out);
    }
    fields.null();
    fields.null();
    fields.u32(attach.initial_delivery_count);
    if (attach.message_bytes_max == 0) {
        fields.null();
    } else {
        fields.u64(attach.message_bytes_max);
    }
    fields.symbols(attach.offered);
    fields.symbols(attach.desired);
    fields.encoded(attach.properties);
    fields.end();
}

void encode(const Flow& flow, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::flow, kSmall);
    fields.u32(flow.next_incoming_id);
    fields.u32(flow.incoming_window);
    fields.u32(flow.next_outgoing_id);
    fields.u32(flow.outgoing_window);
    fields.u32(flow.handle);
    fields.u32(flow.delivery_count);
    fields.u32(flow.link_credit);
    fields.u32(flow.available);
    fields.boolean(flow.drain);
    fields.boolean(flow.echo);
    fields.end();
}

void encode(const Transfer& transfer, ByteWriter& out) {
    if (is_plain(transfer)) return encode_plain(transfer, out);
    const bool small = transfer.state.size() + transfer.delivery_tag.value_or(Bytes()).size() < 192;
    FieldWriter fields(out, Descriptor::transfer, small ? kSmall : Compound::Type::list);
    fields.u32(transfer.handle);
    fields.u32(transfer.delivery_id);
    if (transfer.delivery_tag) {
        fields.binary(*transfer.delivery_tag);
    } else {
        fields.null();
    }
    fields.u32(transfer.message_format);
    if (transfer.settled) {
        fields.next();
        put_boolean(out, *transfer.settled);
    } else {
        fields.null();
    }
    fields.boolean(transfer.more);
    fields.null();
    fields.encoded(transfer.state);
    fields.null();
    fields.boolean(transfer.aborted);
    fields.end();
}

void encode(const Disposition& disposition, ByteWriter& out) {
    const bool small = disposition.state.size() < 192;
    FieldWriter fields(out, Descriptor::disposition, small ? kSmall : Compound::Type::list);
    fields.next();
    put_boolean(out, disposition.role == Role::receiver);
    fields.u32(disposition.first);
    fields.u32(disposition.last);
    fields.boolean(disposition.settled);
    fields.encoded(disposition.state);
    fields.end();
}

void encode(const Detach& detach, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::detach);
    fields.u32(detach.handle);
    fields.boolean(detach.closed);
    put_error(detach.error, fields, out);
    fields.end();
}

void encode(const End& end, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::end);
    put_error(end.error, fields, out);
    fields.end();
}

void encode(const Close& close, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::close);
    put_error(close.error, fields, out);
    fields.end();
}

void encode(const SaslMechanisms& mechanisms, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::sasl_mechanisms);
    fields.symbols(mechanisms.mechanisms);
    fields.end();
}

void encode(const SaslInit& init, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::sasl_init);
    fields.next();
    put_symbol(out, init.mechanism);
    if (init.initial_response) fields.binary(*init.initial_response);
    fields.end();
}

void encode(const SaslChallenge& challenge, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::sasl_challenge);
    fields.binary(challenge.challenge);
    fields.end();
}

void encode(const SaslResponse& response, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::sasl_response);
    fields.binary(response.response);
    fields.end();
}

void encode(const SaslOutcome& outcome, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::sasl_outcome);
    fields.u8(static_cast<std::uint8_t>(outcome.code));
    if (outcome.additional_data) fields.binary(*outcome.additional_data);
    fields.end();
}

}  // namespace tern::amqp10
