#pragma once

#include "broker/api/ids.h"
#include "protocol/openwire/codec/identifiers.h"

namespace tern::openwire {

/// What tells messages apart (OpenWire reference, 9.1: producer and sequence), small enough to keep
/// one for every message in flight. The connection id is kept as a 64-bit hash; the other parts are
/// compared as they are.
struct MessageKey {
    std::uint64_t connection_hash = 0;
    std::int64_t session = 0;
    std::int64_t producer = 0;
    std::int64_t sequence = 0;

    bool operator==(const MessageKey&) const = default;
};

[[nodiscard]] MessageKey key_of(const MessageId& id);

/// The origin that tells a message from its copies: docs/formats/records.md.
[[nodiscard]] broker::Origin origin_of(const MessageId& id);

}  // namespace tern::openwire
