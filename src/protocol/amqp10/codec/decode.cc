#include "protocol/amqp10/codec/decode.h"

#include "protocol/amqp10/codec/descriptors.h"
#include "protocol/amqp10/codec/field_reader.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace tern::amqp10 {
namespace {

/// Described by a small ulong.
constexpr std::array<std::uint8_t, 3> kTransferStart = {
    0x00, 0x53, static_cast<std::uint8_t>(Descriptor::transfer)};

std::optional<Error> error_field(FieldReader& fields) {
    const Item item = fields.next();
    if (item.is_null()) return {};
    const auto error = decode_error(item);
    if (!error) {
        fields.fail();
        return {};
    }
    return *error;
}

Open read_open(FieldReader& fields) {
    Open open;
    open.container_id = fields.string();
    open.hostname = fields.string();
    open.frame_bytes_max = fields.u32(UINT32_MAX);
    open.channel_max = fields.u16(UINT16_MAX);
    open.idle_timeout_ms = fields.u32();
    std::ignore = fields.symbols();  // outgoing-locales
    std::ignore = fields.symbols();  // incoming-locales
    open.offered = fields.symbols();
    open.desired = fields.symbols();
    open.properties = fields.encoded();
    return open;
}

Begin read_begin(FieldReader& fields) {
    Begin begin;
    begin.remote_channel = fields.maybe_u16();
    begin.next_outgoing_id = fields.u32();
    begin.incoming_window = fields.u32();
    begin.outgoing_window = fields.u32();
    begin.handle_max = fields.u32(UINT32_MAX);
    return begin;
}

void read_target(const Item& item, Attach& attach, FieldReader& fields) {
    if (item.is_null()) return;
    const auto described = describe(item);
    if (!described) return fields.fail();
    if (described->code == static_cast<std::uint64_t>(Descriptor::coordinator)) {
        FieldReader inner(described->value);
        attach.coordinator = true;
        attach.coordinator_capabilities = inner.symbols();
        if (inner.failed()) fields.fail();
        return;
    }
    auto target = decode_terminus(described->value, TerminusRole::target);
    if (described->code != static_cast<std::uint64_t>(Descriptor::target) || !target) {
        return fields.fail();
    }
    attach.target = std::move(*target);
}

void read_source(const Item& item, Attach& attach, FieldReader& fields) {
    if (item.is_null()) return;
    const auto described = describe(item);
    if (!described || described->code != static_cast<std::uint64_t>(Descriptor::source)) {
        return fields.fail();
    }
    auto source = decode_terminus(described->value, TerminusRole::source);
    if (!source) return fields.fail();
    attach.source = std::move(*source);
}

Attach read_attach(FieldReader& fields) {
    Attach attach;
    attach.name = fields.string();
    attach.handle = fields.u32();
    attach.role = Role{fields.boolean()};
    const std::uint8_t sender_settles = fields.u8(2);
    attach.receiver_settles = fields.u8();
    if (sender_settles > 2 || attach.receiver_settles > 1) fields.fail();
    attach.sender_settles = static_cast<SenderSettles>(sender_settles);
    read_source(fields.next(), attach, fields);
    read_target(fields.next(), attach, fields);
    std::ignore = fields.next();     // unsettled
    std::ignore = fields.boolean();  // incomplete-unsettled
    attach.initial_delivery_count = fields.maybe_u32();
    attach.message_bytes_max = fields.u64();
    attach.offered = fields.symbols();
    attach.desired = fields.symbols();
    attach.properties = fields.encoded();
    return attach;
}

Flow read_flow(FieldReader& fields) {
    Flow flow;
    flow.next_incoming_id = fields.maybe_u32();
    flow.incoming_window = fields.u32();
    flow.next_outgoing_id = fields.u32();
    flow.outgoing_window = fields.u32();
    flow.handle = fields.maybe_u32();
    flow.delivery_count = fields.maybe_u32();
    flow.link_credit = fields.maybe_u32();
    flow.available = fields.maybe_u32();
    flow.drain = fields.boolean();
    flow.echo = fields.boolean();
    return flow;
}

Transfer read_transfer(FieldReader& fields) {
    Transfer transfer;
    transfer.handle = fields.u32();
    transfer.delivery_id = fields.maybe_u32();
    transfer.delivery_tag = fields.maybe_binary();
    transfer.message_format = fields.maybe_u32();
    transfer.settled = fields.maybe_boolean();
    transfer.more = fields.boolean();
    std::ignore = fields.u8();  // rcv-settle-mode
    transfer.state = fields.encoded();
    std::ignore = fields.boolean();  // resume
    transfer.aborted = fields.boolean();
    return transfer;
}

Disposition read_disposition(FieldReader& fields) {
    Disposition disposition;
    disposition.role = Role{fields.boolean()};
    disposition.first = fields.u32();
    disposition.last = fields.maybe_u32();
    disposition.settled = fields.boolean();
    disposition.state = fields.encoded();
    return disposition;
}

Detach read_detach(FieldReader& fields) {
    Detach detach;
    detach.handle = fields.u32();
    detach.closed = fields.boolean();
    detach.error = error_field(fields);
    return detach;
}

Result<Performative> read_performative(Descriptor descriptor, FieldReader& fields) {
    switch (descriptor) {
        case Descriptor::open:
            return read_open(fields);
        case Descriptor::begin:
            return read_begin(fields);
        case Descriptor::attach:
            return read_attach(fields);
        case Descriptor::flow:
            return read_flow(fields);
        case Descriptor::transfer:
            return read_transfer(fields);
        case Descriptor::disposition:
            return read_disposition(fields);
        case Descriptor::detach:
            return read_detach(fields);
        case Descriptor::end:
            return End{error_field(fields)};
        case Descriptor::close:
            return Close{error_field(fields)};
        default:
            return failure(Errc::unexpected);
    }
}

}  // namespace

Result<Performative> decode(Bytes body) {
    ItemReader in(body);
    const auto described = in.next_described();
    if (!described || described->code > 0xFF) return failure(Errc::malformed);
    FieldReader fields(described->value);
    auto performative = read_performative(static_cast<Descriptor>(described->code), fields);
    if (!performative) return performative;
    if (fields.failed()) return failure(Errc::bad_field);
    if (auto* transfer = std::get_if<Transfer>(&*performative)) {
        transfer->payload = in.rest();
    } else if (!in.done()) {
        return failure(Errc::malformed);
    }
    return performative;
}

bool is_transfer(Bytes body) {
    return body.size() >= kTransferStart.size() &&
           std::ranges::equal(body.first(kTransferStart.size()), kTransferStart);
}

Result<Transfer> decode_transfer(Bytes body) {
    ItemReader in(body.subspan(kTransferStart.size()));
    const Item list = in.next();
    if (in.failed()) return failure(Errc::malformed);
    FieldReader fields(list);
    Result<Transfer> transfer = read_transfer(fields);
    if (fields.failed()) return failure(Errc::bad_field);
    transfer->payload = in.rest();
    return transfer;
}

Result<SaslFrame> decode_sasl(Bytes body) {
    const auto described = single_described(body);
    if (!described || described->code > 0xFF) return failure(Errc::malformed);
    FieldReader fields(described->value);
    SaslFrame frame;
    switch (static_cast<Descriptor>(described->code)) {
        case Descriptor::sasl_mechanisms:
            frame = SaslMechanisms{fields.symbols()};
            break;
        case Descriptor::sasl_init: {
            SaslInit init;
            init.mechanism = fields.symbol();
            init.initial_response = fields.maybe_binary();
            frame = init;
            break;
        }
        case Descriptor::sasl_challenge:
            frame = SaslChallenge{fields.maybe_binary().value_or(Bytes())};
            break;
        case Descriptor::sasl_response:
            frame = SaslResponse{fields.maybe_binary().value_or(Bytes())};
            break;
        case Descriptor::sasl_outcome: {
            SaslOutcome outcome;
            const std::uint8_t code = fields.u8();
            if (code > static_cast<std::uint8_t>(SaslCode::sys_temp)) fields.fail();
            outcome.code = static_cast<SaslCode>(code);
            outcome.additional_data = fields.maybe_binary();
            frame = outcome;
            break;
        }
        default:
            return failure(Errc::unexpected);
    }
    if (fields.failed()) return failure(Errc::bad_field);
    return frame;
}

}  // namespace tern::amqp10
