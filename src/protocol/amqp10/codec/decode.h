#pragma once

#include "protocol/amqp10/codec/performatives.h"

namespace tern::amqp10 {

/// The performative of an AMQP frame's body. Errors: malformed, bad_field, unexpected.
[[nodiscard]] Result<Performative> decode(Bytes body);

/// That of a SASL frame. Errors: the same.
[[nodiscard]] Result<SaslFrame> decode_sasl(Bytes body);

}  // namespace tern::amqp10
