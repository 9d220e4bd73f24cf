#pragma once

#include "protocol/openwire/convert.h"

namespace tern::openwire {

inline constexpr std::string_view kDeadLetterQueue = "ActiveMQ.DLQ";

/// What a message becomes on the dead letter queue: OpenWire reference, 11.9. `cause` is the text
/// of dlqDeliveryFailureCause.
[[nodiscard]] Result<MessagePtr> make_dead_letter(const Message& original, std::string_view cause,
                                                  MessageConverter& converter);

/// «class: message» of a poison ack's cause.
[[nodiscard]] std::string cause_text(const MessageAck& ack);

}  // namespace tern::openwire
