#pragma once

#include <string_view>

namespace tern::broker {

// What clients do is told at the level of debugging under these names of their own, so that each
// can be had alone: as ActiveMQ's loggingBrokerPlugin has it, or when an operator wants to see it.

inline constexpr std::string_view kConnectionEvents = "connections";
inline constexpr std::string_view kSessionEvents = "sessions";
inline constexpr std::string_view kConsumerEvents = "consumers";
inline constexpr std::string_view kProducerEvents = "producers";
inline constexpr std::string_view kTransactionEvents = "transactions";
/// Destinations that come and go, and what else the broker does for itself.
inline constexpr std::string_view kInternalEvents = "internals";

}  // namespace tern::broker
