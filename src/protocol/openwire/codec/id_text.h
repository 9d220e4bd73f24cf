#pragma once

#include "protocol/openwire/codec/identifiers.h"

#include <string>
#include <string_view>

namespace tern::openwire {

// Identifiers as text (OpenWire reference, 9.1): `connection:session:value:sequence`, as far as the
// kind goes. Null parts count as empty.

[[nodiscard]] std::string to_text(const ConnectionId& id);
[[nodiscard]] std::string to_text(const SessionId& id);
[[nodiscard]] std::string to_text(const ConsumerId& id);
[[nodiscard]] std::string to_text(const ProducerId& id);
/// The id that applications see: the text_view, if there is one, begins with `ID:`.
[[nodiscard]] std::string to_text(const MessageId& id);
/// `TX:connection:value`.
[[nodiscard]] std::string to_text(const LocalTransactionId& id);
/// `XID:[format,globalId=hex,branchId=hex]`.
[[nodiscard]] std::string to_text(const XaTransactionId& id);
[[nodiscard]] std::string to_text(const TransactionId& id);

// The way back; nothing when the text has no such form. Numbers are taken from the right, because a
// connection id contains colons. The result views `text`.

[[nodiscard]] std::optional<SessionId> parse_session_id(std::string_view text);
[[nodiscard]] std::optional<ConsumerId> parse_consumer_id(std::string_view text);
[[nodiscard]] std::optional<ProducerId> parse_producer_id(std::string_view text);
[[nodiscard]] std::optional<MessageId> parse_message_id(std::string_view text);
[[nodiscard]] std::optional<LocalTransactionId> parse_local_transaction_id(std::string_view text);

}  // namespace tern::openwire
