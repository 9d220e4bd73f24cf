#pragma once

#include "message/formats.h"
#include "protocol/openwire/convert.h"

namespace tern::openwire {

/// What a message becomes on a dead letter queue: OpenWire reference, 11.9.
[[nodiscard]] Result<MessagePtr> make_dead_letter(const Message& original,
                                                  const message::DeadLetter& about,
                                                  MessageConverter& converter);

/// «class: message» of a poison ack's cause.
[[nodiscard]] std::string cause_text(const MessageAck& ack);

}  // namespace tern::openwire
