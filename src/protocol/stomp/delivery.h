#pragma once

#include "bytes/output.h"
#include "message/message.h"
#include "protocol/stomp/codec/frame.h"
#include "protocol/stomp/stored.h"

namespace tern::stomp {

/// What a MESSAGE frame says besides its message.
struct DeliveryHead {
    Version version = Version::v1_2;
    std::string_view subscription;  ///< empty: none was given (1.0)
    std::string_view ack;           ///< empty: there is nothing to acknowledge by it
    std::string_view destination;
    std::string_view reply_to;
    std::string_view original_destination;
    bool redelivered = false;
};

/// A map as the subscription's header `transformation` asks for it, or else the message's own;
/// without either its body is empty, as in ActiveMQ. What an advisory is about as JSON, or as XML
/// where that is asked for. Anything else as it is.
[[nodiscard]] MessagePtr transformed(const MessagePtr& message, const StoredHead& stored,
                                     std::string_view transformation);

/// Appends the MESSAGE frame of a stored STOMP message; a large body is referred to.
void write_message(const Message& message, const StoredHead& stored, const DeliveryHead& head,
                   ByteWriter& scratch, Output& out);

}  // namespace tern::stomp
