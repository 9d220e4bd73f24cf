#include "protocol/amqp10/codec/terminus.h"

#include "protocol/amqp10/codec/field_reader.h"
#include "protocol/amqp10/codec/value_writer.h"

#include <algorithm>

namespace tern::amqp10 {

bool Terminus::has_capability(std::string_view name) const {
    return std::ranges::find(capabilities, name) != capabilities.end();
}

bool Terminus::operator==(const Terminus& other) const {
    return address == other.address && durable == other.durable &&
           expiry_policy == other.expiry_policy && timeout_s == other.timeout_s &&
           dynamic == other.dynamic &&
           std::ranges::equal(dynamic_properties, other.dynamic_properties) &&
           capabilities == other.capabilities && distribution_mode == other.distribution_mode &&
           std::ranges::equal(filter, other.filter) &&
           std::ranges::equal(default_outcome, other.default_outcome) && outcomes == other.outcomes;
}

void encode(const Terminus& terminus, TerminusRole role, ByteWriter& out) {
    FieldWriter fields(out, role == TerminusRole::source ? Descriptor::source : Descriptor::target);
    if (terminus.address) {
        fields.string(*terminus.address);
    } else {
        fields.null();
    }
    fields.u32(terminus.durable);
    fields.symbol(terminus.expiry_policy);
    fields.u32(terminus.timeout_s);
    fields.boolean(terminus.dynamic);
    fields.encoded(terminus.dynamic_properties);
    if (role == TerminusRole::source) {
        fields.symbol(terminus.distribution_mode);
        fields.encoded(terminus.filter);
        fields.encoded(terminus.default_outcome);
        fields.symbols(terminus.outcomes);
    }
    fields.symbols(terminus.capabilities);
    fields.end();
}

Result<Terminus> decode_terminus(const Item& list, TerminusRole role) {
    FieldReader fields(list);
    Terminus terminus;
    if (const Item address = fields.next(); address.kind == Kind::string) {
        terminus.address = address.text();
    } else if (!address.is_null()) {
        fields.fail();
    }
    terminus.durable = fields.u32();
    terminus.expiry_policy = fields.symbol();
    terminus.timeout_s = fields.u32();
    terminus.dynamic = fields.boolean();
    terminus.dynamic_properties = fields.encoded();
    if (role == TerminusRole::source) {
        terminus.distribution_mode = fields.symbol();
        terminus.filter = fields.encoded();
        terminus.default_outcome = fields.encoded();
        terminus.outcomes = fields.symbols();
    }
    terminus.capabilities = fields.symbols();
    if (fields.failed()) return failure(Errc::bad_field);
    return terminus;
}

}  // namespace tern::amqp10
