#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/item.h"

#include <string>

namespace tern::amqp10 {

// Message and correlation ids are texts to JMS and of four types in AMQP. The text says which type
// it was: `ID:AMQP_UUID:…`, `ID:AMQP_ULONG:…`, `ID:AMQP_BINARY:…` (in hex), `ID:AMQP_STRING:…` for
// a string that looks like one of these, and for message ids `ID:AMQP_NO_PREFIX:…` for a string
// without `ID:`.

enum class IdUse : std::uint8_t { message, correlation };

/// Empty when there is no id.
[[nodiscard]] std::string id_text(const Item& id, IdUse use);
/// The id in the type it once had; a text of no such form is a string.
void put_id(ByteWriter& out, std::string_view text);

[[nodiscard]] std::string uuid_text(Bytes sixteen);

}  // namespace tern::amqp10
