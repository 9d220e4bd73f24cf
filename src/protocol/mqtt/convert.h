#pragma once

#include "message/formats.h"
#include "protocol/mqtt/codec/packets.h"

#include <string>

namespace tern::mqtt {

/// What a stored message says to MQTT: views into it. The native bytes of Format::mqtt are one byte
/// of flags (bits 0 and 1 QoS, bit 2 retain), u16 length, topic, client id of the publisher; its
/// properties those of PUBLISH that are passed on, encoded. docs/formats/message.md.
struct Stored {
    Qos qos = Qos::at_most_once;
    bool retain = false;
    std::string_view topic;
    std::string_view publisher;
    Bytes properties;
};

/// What a PUBLISH, or a will, becomes. `topic` in place of its own, which may be an alias.
/// `properties` are the ones to be passed on, encoded.
struct Incoming {
    std::string_view topic;
    std::string_view publisher;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    Bytes properties = {};
    Bytes payload = {};
    std::int64_t now_ms = 0;
    std::int64_t expires_at_ms = 0;
};

[[nodiscard]] MessagePtr store(const Incoming& incoming, const Buffer* owner);

/// Error: malformed_packet when the native bytes are not ours.
[[nodiscard]] Result<Stored> load(const Message& stored);

/// The properties that go with a message to its subscribers, without those of one hop: alias,
/// subscription identifiers, expiry.
[[nodiscard]] Properties passed_on(Properties properties);

/// A message of another protocol in the form of ours. Its topic is that of its destination, unless
/// it is got under another one: then `topic` names that.
[[nodiscard]] MessagePtr from_hub(const message::HubMessage& hub, std::string_view topic = {});

/// Reads what this room stored.
class Reader final : public message::FormatReader {
public:
    [[nodiscard]] Result<message::HubMessage> read(const Message& stored) const override;
    [[nodiscard]] message::ScalarView find(const Message& stored, std::string_view name,
                                           std::string& scratch) const override;
};

}  // namespace tern::mqtt
