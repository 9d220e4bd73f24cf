#pragma once

#include "client/message.h"
#include "protocol/openwire/codec/message.h"

#include <forward_list>

namespace tern::client {

// Between messages that own what they hold and those of the codec, which view it.

/// A message for the encoder, and the memory that it views besides the original.
struct WireMessage {
    /// Without ids, transaction and command number. Its content views `content`.
    openwire::Message message{};
    Buffer content{};
    Buffer properties{};
    /// What has another form on the wire.
    std::forward_list<std::string> texts{};
};

/// The result views `message`. Errors: unsendable (a text or a map is too long for the protocol).
[[nodiscard]] Result<WireMessage> to_wire(const Message& message);

/// Copies a received message. What cannot be decoded stays as it is: an opaque body, no properties.
[[nodiscard]] Message from_wire(const openwire::Message& wire);

/// The result views `destination`; its name must be good for the wire, see `wire_text`.
[[nodiscard]] openwire::Destination to_wire(const Destination& destination, std::string_view name);
[[nodiscard]] Destination from_wire(const openwire::Destination& wire);

/// The text as the wire has it: itself, or a copy in `kept`.
[[nodiscard]] std::string_view wire_text(std::string_view utf8,
                                         std::forward_list<std::string>& kept);
/// The way back; empty for null.
[[nodiscard]] std::string own_text(const openwire::Text& text);

}  // namespace tern::client
