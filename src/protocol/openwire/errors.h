#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace tern::openwire {

/// A refusal in the terms of a Java client: OpenWire reference, 8.4. `class_name` is static.
struct Refusal {
    std::string_view class_name;
    std::string message;
};

/// `user`: who is told so.
[[nodiscard]] Refusal refuse(std::error_code error, std::string_view about, std::string_view user);

inline constexpr std::string_view kJmsException = "javax.jms.JMSException";
inline constexpr std::string_view kIllegalState = "java.lang.IllegalStateException";
inline constexpr std::string_view kInvalidClientId = "javax.jms.InvalidClientIDException";
inline constexpr std::string_view kInvalidDestination = "javax.jms.InvalidDestinationException";
inline constexpr std::string_view kInvalidSelector = "javax.jms.InvalidSelectorException";
inline constexpr std::string_view kMessageFormat = "javax.jms.MessageFormatException";
inline constexpr std::string_view kResourceAllocation = "javax.jms.ResourceAllocationException";
inline constexpr std::string_view kSecurity = "java.lang.SecurityException";
inline constexpr std::string_view kIoException = "java.io.IOException";

}  // namespace tern::openwire
