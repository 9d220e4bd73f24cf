#pragma once

#include "message/formats.h"
#include "protocol/amqp10/codec/sections.h"

namespace tern::amqp10 {

/// A message of another protocol as AMQP, whole, as a client with `failures` failed deliveries
/// before it is to see it. The JMS mapping: what the sections say, and the annotations
/// x-opt-jms-msg-type, -dest and -reply-to.
void write_message(const message::HubMessage& hub, std::uint32_t failures, std::int64_t now_ms,
                   ByteWriter& out);

/// Reads stored AMQP messages for the other protocols.
class Reader final : public message::FormatReader {
public:
    [[nodiscard]] Result<message::HubMessage> read(const Message& stored) const override;
    [[nodiscard]] message::ScalarView find(const Message& stored, std::string_view name,
                                           std::string& scratch) const override;
    /// Of the bare message only what clients would be misled by: the expiry and the id.
    [[nodiscard]] Result<MessagePtr> amend(const Message& stored,
                                           const message::Amendment& change) const override;
};

}  // namespace tern::amqp10
