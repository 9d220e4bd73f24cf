#pragma once

#include "broker/api/interceptor.h"
#include "broker/policy/plugin_options.h"
#include "broker/policy/policy_map.h"

#include <expected>
#include <memory>
#include <string>

namespace tern::broker {

using InterceptorPtr = std::shared_ptr<const Interceptor>;

[[nodiscard]] InterceptorPtr make_interceptor(const TimeStamping& options);
[[nodiscard]] InterceptorPtr make_interceptor(const ForcePersistence& options);
/// The error says which expression is none.
[[nodiscard]] std::expected<InterceptorPtr, std::string> make_interceptor(
    const DiscardDeadLetters& options);
[[nodiscard]] InterceptorPtr make_interceptor(const BrokerRedelivery& options);
/// What `policies` say of headers.
[[nodiscard]] InterceptorPtr make_header_rules(PolicyMap policies);
/// Has messages say who sent them (JMSXUserID), whatever their senders say.
[[nodiscard]] InterceptorPtr make_user_stamp();

/// When a message that failed so often before comes again.
[[nodiscard]] std::int64_t redelivery_delay_ms(const Redelivery& policy, std::uint32_t failures,
                                               std::int64_t now_ms);

}  // namespace tern::broker
