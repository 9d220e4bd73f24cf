#pragma once

#include "bytes/byte_writer.h"
#include "message/formats.h"
#include "protocol/amqp10/codec/item.h"

namespace tern::amqp10 {

/// A value of any type as JMS can have it; lists, maps and arrays down to a limited depth.
[[nodiscard]] message::HubValue hub_value(const Item& item, int depth = 0);
[[nodiscard]] message::HubMap hub_map(const Item& map, int depth = 0);
[[nodiscard]] message::HubList hub_list(const Item& list, int depth = 0);
/// The same for a selector, which knows scalars only. Texts view the item or `scratch`.
[[nodiscard]] message::ScalarView scalar_of(const Item& item, std::string& scratch);

void put_value(ByteWriter& out, const message::HubValue& value);
void put_map(ByteWriter& out, const message::HubMap& map);
void put_list(ByteWriter& out, const message::HubList& list);

}  // namespace tern::amqp10
