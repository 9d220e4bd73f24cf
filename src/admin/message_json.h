#pragma once

#include "admin/json.h"
#include "broker/api/operations.h"
#include "message/formats.h"

#include <expected>
#include <string>

namespace tern::admin {

/// A message as a row of a list: its headers, and the beginning of its body if that is text.
[[nodiscard]] json::object message_row(const broker::Sight& sight, const message::Formats& formats);
/// All of it; of its body no more than `body_bytes_max` bytes.
[[nodiscard]] json::object message_json(const broker::Sight& sight, const message::Formats& formats,
                                        std::size_t body_bytes_max);

/// Bytes become `{"base64": …}`; what JSON has no number for, text.
[[nodiscard]] json::value value_json(const message::HubValue& value);

/// What an operator wants to send. The error says in words what is wrong with `from`.
[[nodiscard]] std::expected<message::HubMessage, std::string> parse_message(
    const json::object& from, std::int64_t now_ms);

/// As clients see it: `ID:…`. Empty: it has none.
[[nodiscard]] std::string message_id(const Message& message, const message::Formats& formats);

}  // namespace tern::admin
