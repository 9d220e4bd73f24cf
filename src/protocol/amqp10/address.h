#pragma once

#include "broker/api/broker.h"
#include "protocol/amqp10/codec/item.h"

#include <optional>

namespace tern::amqp10 {

/// The kinds of destinations, as the annotations x-opt-jms-dest and x-opt-jms-reply-to number them.
enum class DestinationKind : std::uint8_t { queue, topic, temporary_queue, temporary_topic };

[[nodiscard]] DestinationKind kind_of(const broker::DestinationView& destination);
[[nodiscard]] broker::DestinationView destination_of(DestinationKind kind, std::string_view name);

/// An address with a known prefix (queue://, topic://, temp-queue://, temp-topic://) taken apart.
[[nodiscard]] std::optional<broker::DestinationView> parse_prefix(std::string_view address);

/// What an address means: its prefix says so, or the terminus' capabilities, or a temporary
/// destination of that name; otherwise it is a queue. Options behind `?` are cut off. The view
/// holds as long as `address`.
[[nodiscard]] broker::DestinationView resolve(std::string_view address, const Symbols& capabilities,
                                              const broker::Broker& broker);

/// The capability that says what a terminus is.
[[nodiscard]] std::string_view capability_of(const broker::DestinationView& destination);

}  // namespace tern::amqp10
