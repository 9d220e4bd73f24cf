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

}  // namespace tern::openwire
