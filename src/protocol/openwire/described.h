#pragma once

#include "message/hub.h"
#include "protocol/openwire/codec/commands.h"

namespace tern::openwire {

/// What an advisory is about, for clients of other protocols: the name of its class in ActiveMQ and
/// a map of its fields, by their names there, as in `{"ConsumerInfo": {"consumerId": {…}, …}}`.
/// Where a field's class is not clear from its name, `@class` says it. What is null is left out,
/// and so are lists: these are paths through networks of brokers. Empty for structures that no
/// advisory is about.
[[nodiscard]] message::HubMap describe(const Object& object);

}  // namespace tern::openwire
