#pragma once

#include "protocol/amqp10/codec/performatives.h"

namespace tern::amqp10 {

/// The performative of an AMQP frame's body. Errors: malformed, bad_field, unexpected.
[[nodiscard]] Result<Performative> decode(Bytes body);

/// Whether it is a transfer, written as everybody writes it. These are most frames by far:
/// `decode_transfer` spares them the way through all that a performative can be.
[[nodiscard]] bool is_transfer(Bytes body);
/// Of a body that `is_transfer`. Errors: as `decode`.
[[nodiscard]] Result<Transfer> decode_transfer(Bytes body);

/// That of a SASL frame. Errors: the same.
[[nodiscard]] Result<SaslFrame> decode_sasl(Bytes body);

}  // namespace tern::amqp10
