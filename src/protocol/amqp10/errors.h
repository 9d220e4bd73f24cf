#pragma once

#include <string_view>
#include <system_error>

namespace tern::amqp10 {

// Part 2, 2.8.15 to 2.8.18, and part 4, 4.5.9: what clients match on.
inline constexpr std::string_view kInternalError = "amqp:internal-error";
inline constexpr std::string_view kNotFound = "amqp:not-found";
inline constexpr std::string_view kUnauthorized = "amqp:unauthorized-access";
inline constexpr std::string_view kDecodeError = "amqp:decode-error";
inline constexpr std::string_view kResourceLimit = "amqp:resource-limit-exceeded";
inline constexpr std::string_view kNotAllowed = "amqp:not-allowed";
inline constexpr std::string_view kInvalidField = "amqp:invalid-field";
inline constexpr std::string_view kNotImplemented = "amqp:not-implemented";
inline constexpr std::string_view kResourceLocked = "amqp:resource-locked";
inline constexpr std::string_view kResourceDeleted = "amqp:resource-deleted";
inline constexpr std::string_view kPreconditionFailed = "amqp:precondition-failed";
inline constexpr std::string_view kFramingError = "amqp:connection:framing-error";
inline constexpr std::string_view kConnectionForced = "amqp:connection:forced";
inline constexpr std::string_view kConnectionRedirect = "amqp:connection:redirect";
inline constexpr std::string_view kWindowViolation = "amqp:session:window-violation";
inline constexpr std::string_view kHandleInUse = "amqp:session:handle-in-use";
inline constexpr std::string_view kUnattachedHandle = "amqp:session:unattached-handle";
inline constexpr std::string_view kTransferLimit = "amqp:link:transfer-limit-exceeded";
inline constexpr std::string_view kMessageSize = "amqp:link:message-size-exceeded";
inline constexpr std::string_view kUnknownTransaction = "amqp:transaction:unknown-id";
inline constexpr std::string_view kTransactionRollback = "amqp:transaction:rollback";

/// The condition that names why the broker refused. Static.
[[nodiscard]] std::string_view condition_of(std::error_code error);

}  // namespace tern::amqp10
