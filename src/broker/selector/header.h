#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tern::selector {

/// What the broker knows about every message. Any other identifier is a property. The comment says
/// what a PropertySource answers.
enum class Header : std::uint8_t {
    correlation_id,
    delivery_mode,  ///< the texts PERSISTENT and NON_PERSISTENT
    destination,    ///< queue://name, topic://name, ...; the original one of a forwarded message
    expiration,     ///< int64: ms since 1970, 0: none
    message_id,
    priority,     ///< int32
    redelivered,  ///< boolean
    reply_to,     ///< as the destination
    timestamp,    ///< int64: ms since 1970
    type,
    broker_in_time,            ///< int64: ms since 1970
    broker_out_time,           ///< int64: ms since 1970
    broker_path,               ///< "[a, b]", "null" when it is empty
    delivery_count,            ///< int32, from 1
    group_first_for_consumer,  ///< boolean
    group_id,
    group_seq,  ///< int32
    producer_tx_id,
    user_id,  ///< the stamped one, else the property of that name
};

/// Of an identifier.
[[nodiscard]] std::optional<Header> header_named(std::string_view identifier);

}  // namespace tern::selector
