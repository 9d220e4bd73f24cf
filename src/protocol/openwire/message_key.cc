#include "protocol/openwire/message_key.h"

#include <functional>

namespace tern::openwire {

MessageKey key_of(const MessageId& id) {
    MessageKey key{.sequence = id.producer_sequence_id};
    if (id.producer_id) {
        key.connection_hash = std::hash<std::string_view>{}(id.producer_id->connection_id.view());
        key.session = id.producer_id->session_id;
        key.producer = id.producer_id->value;
    }
    return key;
}

broker::Origin origin_of(const MessageId& id) {
    if (!id.producer_id) return {};
    // FNV-1a, 64 bits: these hashes are on disk.
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001B3ULL; };
    for (const char c : id.producer_id->connection_id.view()) add(static_cast<std::uint8_t>(c));
    for (const std::int64_t number : {id.producer_id->session_id, id.producer_id->value}) {
        for (int shift = 0; shift < 64; shift += 8) {
            add(static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> shift));
        }
    }
    return {hash, static_cast<std::uint64_t>(id.producer_sequence_id)};
}

}  // namespace tern::openwire
