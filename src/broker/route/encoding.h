#pragma once

#include "broker/route/exchange.h"
#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"

namespace tern::broker {

// How exchanges and bindings are journaled: docs/formats/records.md. Decoders read all of it, and
// nothing is left behind it or the reader has failed.
void encode(ByteWriter& out, const Exchange& exchange);
void encode(ByteWriter& out, const Binding& binding);
[[nodiscard]] Exchange decode_exchange(ByteReader& in);
[[nodiscard]] Binding decode_binding(ByteReader& in);

}  // namespace tern::broker
