#pragma once

#include "broker/api/destination.h"
#include "message/message.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"

namespace tern::openwire {

/// The destination as the broker names it. Surrounding blanks and an option string (from `?` on)
/// are cut off; the view holds as long as the name of `destination`.
[[nodiscard]] broker::DestinationView to_broker(const Destination& destination);
[[nodiscard]] Destination from_broker(const broker::DestinationView& destination);

/// Between OpenWire messages and stored ones. Native bytes: one byte of flags (bit 0: there is
/// content, bit 1: there are properties), then the message in loose encoding, version 12, without
/// cache, size prefix, content and properties. docs/formats/message.md.
class MessageConverter {
public:
    MessageConverter();

    /// `content` is kept as a slice of `owner` when it is large and `owner` is not null.
    [[nodiscard]] Result<MessagePtr> store(const Message& message, const Buffer* owner);

    /// Fills `message` from a stored one; its views hold as long as `stored` and until the next
    /// call.
    [[nodiscard]] Result<void> load(const tern::Message& stored, Message& message);

private:
    Encoder encoder_;
    Decoder decoder_;
    ByteWriter native_;
};

}  // namespace tern::openwire
