#pragma once

#include "broker/api/destination.h"
#include "message/message.h"
#include "protocol/amqp10/codec/sections.h"
#include "protocol/amqp10/options.h"

namespace tern::amqp10 {

/// A stored message of `Format::amqp10`, taken apart. Its native bytes are drawn in
/// docs/formats/message.md; everything views the message.
struct Stored {
    broker::DestinationView sent_to;
    bool first_acquirer = false;
    Transformer transformer = Transformer::jms;
    bool had_header = false;
    /// For other protocols: to AMQP clients they do not go on.
    Bytes delivery_annotations;
    /// Message annotations and properties, as they go out.
    Bytes annotated;
    Bytes message_annotations;
    Bytes properties;
};

/// Errors: malformed.
[[nodiscard]] Result<Stored> open_stored(const Message& message);

/// The sections that go out unchanged, found without reading them. Empty when broken.
[[nodiscard]] Bytes annotated_of(const Message& message);
[[nodiscard]] bool first_acquirer_of(const Message& message);

/// What an arriving message says about itself beyond its sections.
struct Arrival {
    broker::DestinationView to;
    std::int64_t now_ms = 0;  ///< since 1970
    Transformer transformer = Transformer::jms;
};

/// Where its body is, if not copied: in a block, of which it stays a slice, or in a file.
struct BodyPlace {
    const Buffer* owner = nullptr;
    LargeBodyPtr large = nullptr;
};

/// Turns the sections of an encoded message into a stored one.
/// Errors: those of decoding header and properties.
[[nodiscard]] Result<MessagePtr> store(const Sections& sections, const Arrival& arrival,
                                       const BodyPlace& body, ByteWriter& scratch);

/// The header section of a delivery.
[[nodiscard]] Header delivery_header(const Message& message, bool first_acquirer,
                                     std::uint32_t failures, std::int64_t now_ms);

}  // namespace tern::amqp10
