#pragma once

#include "config/schema.h"

namespace tern::config {

// The elements of a document and what this broker makes of each. A line of these tables changes
// when the broker learns to act on what it says.

/// `broker`, about a `Broker`.
[[nodiscard]] const Element& broker_schema();

/// `policyEntry`, about a `PolicyEntry`.
[[nodiscard]] const Element& policy_entry_schema();

/// `messageInterceptorStrategy`, about a `HeaderRules`.
[[nodiscard]] const Element& header_rules_schema();

/// What `destinationInterceptors` holds, about an `Interceptors`.
[[nodiscard]] const Element& interceptors_schema();
/// `destinations`, about a `Broker`.
[[nodiscard]] const Element& startup_destinations_schema();

/// `diverts`, about a `Broker`.
[[nodiscard]] const Element& diverts_schema();

/// `resourceLimits`, about a `Broker`.
[[nodiscard]] const Element& resource_limits_schema();

/// `wildcardAddresses`, about one.
[[nodiscard]] const Element& wildcards_schema();

/// `persistenceAdapter`, about a `Persistence`.
[[nodiscard]] const Element& persistence_schema();
/// `systemUsage`, about a `SystemUsage`.
[[nodiscard]] const Element& system_usage_schema();

/// `transportConnectors`, about a `Broker`.
[[nodiscard]] const Element& transport_connectors_schema();

/// `simpleAuthenticationPlugin`, about a `SimpleAuthentication`.
[[nodiscard]] const Element& simple_authentication_schema();
[[nodiscard]] const Element& jaas_authentication_schema();
[[nodiscard]] const Element& jaas_dual_authentication_schema();
/// `authorizationPlugin`, about an `Authorization`.
[[nodiscard]] const Element& authorization_schema();
/// `plugins`, about a `Plugins`.
[[nodiscard]] const Element& plugins_schema();

/// Accepted so that documents need no change; the broker does not act on it.
inline constexpr Support kNotYet = no_effect("this version does not act on it");
inline constexpr Support kHint = no_effect("a hint that this broker does not need");
inline constexpr Support kNoNetwork = no_effect("networks of brokers are not available");
inline constexpr Support kJava = no_effect("about the Java machine, which there is none of here");

}  // namespace tern::config
