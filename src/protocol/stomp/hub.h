#pragma once

#include "message/formats.h"

namespace tern::stomp {

/// Takes stored STOMP messages apart for consumers of other protocols, and finds single properties
/// for selectors. Properties are texts: STOMP has no other.
class HubReader final : public message::FormatReader {
public:
    [[nodiscard]] Result<message::HubMessage> read(const Message& stored) const override;
    [[nodiscard]] message::ScalarView find(const Message& stored, std::string_view name,
                                           std::string& scratch) const override;
    [[nodiscard]] Result<MessagePtr> amend(const Message& stored,
                                           const message::Amendment& change) const override;
};

/// A message of another protocol as STOMP clients get it. Streams and objects have an empty body,
/// as in ActiveMQ; numbers among the properties become texts.
[[nodiscard]] MessagePtr from_hub(const message::HubMessage& hub);

}  // namespace tern::stomp
