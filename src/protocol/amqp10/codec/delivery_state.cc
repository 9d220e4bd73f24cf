#include "protocol/amqp10/codec/delivery_state.h"

#include "protocol/amqp10/codec/field_reader.h"
#include "protocol/amqp10/codec/value_writer.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

bool same(Bytes a, Bytes b) {
    return std::ranges::equal(a, b);
}

}  // namespace

bool Error::operator==(const Error& other) const {
    return condition == other.condition && description == other.description &&
           same(info, other.info);
}

bool DeliveryState::operator==(const DeliveryState& other) const {
    return type == other.type && section_number == other.section_number &&
           section_offset == other.section_offset && error == other.error &&
           delivery_failed == other.delivery_failed &&
           undeliverable_here == other.undeliverable_here && same(annotations, other.annotations) &&
           same(transaction, other.transaction) && same(outcome, other.outcome);
}

void encode(const Error& error, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::error);
    // Mandatory, even when there is nothing to say.
    fields.next();
    put_symbol(out, error.condition);
    if (error.description.empty()) {
        fields.null();
    } else {
        fields.string(error.description);
    }
    fields.encoded(error.info);
    fields.end();
}

Result<Error> decode_error(const Item& item) {
    const auto described = describe(item);
    if (!described || described->code != static_cast<std::uint64_t>(Descriptor::error)) {
        return failure(Errc::bad_field);
    }
    FieldReader fields(described->value);
    Error error;
    error.condition = fields.symbol();
    error.description = fields.string();
    error.info = fields.encoded();
    if (fields.failed()) return failure(Errc::bad_field);
    return error;
}

void encode(const DeliveryState& state, ByteWriter& out) {
    using Type = DeliveryState::Type;
    switch (state.type) {
        case Type::none:
            return put_null(out);
        case Type::accepted:
        case Type::released:
            put_descriptor(
                out, state.type == Type::accepted ? Descriptor::accepted : Descriptor::released);
            return out.u8(0x45);
        case Type::received: {
            FieldWriter fields(out, Descriptor::received);
            fields.u32(state.section_number);
            fields.u64(state.section_offset);
            return fields.end();
        }
        case Type::rejected: {
            FieldWriter fields(out, Descriptor::rejected);
            if (state.error) {
                fields.next();
                encode(*state.error, out);
            }
            return fields.end();
        }
        case Type::modified: {
            FieldWriter fields(out, Descriptor::modified);
            fields.boolean(state.delivery_failed);
            fields.boolean(state.undeliverable_here);
            fields.encoded(state.annotations);
            return fields.end();
        }
        case Type::declared: {
            FieldWriter fields(out, Descriptor::declared);
            fields.binary(state.transaction);
            return fields.end();
        }
        case Type::transactional: {
            FieldWriter fields(out, Descriptor::transactional_state);
            fields.binary(state.transaction);
            fields.encoded(state.outcome);
            return fields.end();
        }
    }
}

Result<DeliveryState> decode_state(Bytes encoded) {
    using Type = DeliveryState::Type;
    DeliveryState state;
    if (encoded.empty()) return state;
    const auto described = describe(single(encoded));
    if (!described) return failure(Errc::malformed);
    FieldReader fields(described->value);
    switch (static_cast<Descriptor>(described->code)) {
        case Descriptor::accepted:
            state.type = Type::accepted;
            break;
        case Descriptor::released:
            state.type = Type::released;
            break;
        case Descriptor::received:
            state.type = Type::received;
            state.section_number = fields.u32();
            state.section_offset = fields.u64();
            break;
        case Descriptor::rejected:
            state.type = Type::rejected;
            if (const Item item = fields.next(); !item.is_null()) {
                const auto error = decode_error(item);
                if (!error) return failure(error.error());
                state.error = *error;
            }
            break;
        case Descriptor::modified:
            state.type = Type::modified;
            state.delivery_failed = fields.boolean();
            state.undeliverable_here = fields.boolean();
            state.annotations = fields.encoded();
            break;
        case Descriptor::declared:
            state.type = Type::declared;
            state.transaction = fields.maybe_binary().value_or(Bytes());
            break;
        case Descriptor::transactional_state:
            state.type = Type::transactional;
            state.transaction = fields.maybe_binary().value_or(Bytes());
            state.outcome = fields.encoded();
            break;
        default:
            return failure(Errc::unexpected);
    }
    if (fields.failed()) return failure(Errc::bad_field);
    return state;
}

}  // namespace tern::amqp10
