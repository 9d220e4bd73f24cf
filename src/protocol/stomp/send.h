#pragma once

#include "message/message.h"
#include "protocol/stomp/codec/frame.h"
#include "protocol/stomp/stored.h"

#include <expected>
#include <string>

namespace tern::stomp {

/// What a SEND frame needs besides itself to become a message.
struct SendContext {
    broker::DestinationView to;
    std::string_view exchange = {};  ///< as in StoredHead
    /// What the reply-to header names, when that is a destination.
    std::optional<broker::DestinationView> reply_to;
    std::string_view message_id;
    std::int64_t now_ms = 0;
    const Buffer* owner = nullptr;
};

/// The message of a SEND frame; a large body stays a slice of `owner`. Otherwise what is wrong, in
/// words for the client.
[[nodiscard]] std::expected<MessagePtr, std::string> make_message(const Frame& frame,
                                                                  const SendContext& context,
                                                                  ByteWriter& scratch);

}  // namespace tern::stomp
