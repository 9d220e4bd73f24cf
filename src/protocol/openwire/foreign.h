#pragma once

#include "broker/api/ids.h"
#include "message/formats.h"
#include "protocol/openwire/convert.h"

namespace tern::openwire {

/// A message of another protocol as OpenWire clients want it. Its id has the text that applications
/// see, but no producer and sequence, by which clients tell messages apart: see `number_foreign`.
///
/// Text becomes a text message, bytes a bytes message, a map a map message, a list a stream
/// message, an object an object message, and no body a plain one. Errors: too_long (a text or a map
/// is too long for the protocol).
[[nodiscard]] Result<MessagePtr> from_hub(const message::HubMessage& hub,
                                          MessageConverter& converter);

/// A new message that nobody sent over a connection: `producer` and `sequence` make its id.
[[nodiscard]] Result<MessagePtr> new_message(const message::HubMessage& hub,
                                             std::string_view producer, std::int64_t sequence);

/// Gives a message of another protocol what makes its id unique: its place on the queue.
/// `broker_id` outlives the message's use.
void number_foreign(Message& message, std::string_view broker_id, const broker::DeliveryTag& tag);

/// Turns stored messages of other protocols into OpenWire ones, for one connection. Remembers the
/// last one: its consumers often get the same message one after the other.
class ForeignMessages {
public:
    explicit ForeignMessages(const message::Formats& formats) : formats_(formats) {}

    /// `stored` itself when it is an OpenWire message. Errors: those of `Formats::read` and
    /// `from_hub`.
    [[nodiscard]] Result<MessagePtr> native(const MessagePtr& stored, MessageConverter& converter);

private:
    const message::Formats& formats_;
    MessagePtr last_;
    MessagePtr last_native_;
};

}  // namespace tern::openwire
