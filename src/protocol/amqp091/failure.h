#pragma once

#include "protocol/amqp091/codec/method_fields.h"

#include <string>
#include <string_view>
#include <system_error>

namespace tern::amqp091 {

/// Reply codes of the specification, as far as they are in use.
enum class ReplyCode : std::uint16_t {
    success = 200,
    no_route = 312,
    connection_forced = 320,
    access_refused = 403,
    not_found = 404,
    resource_locked = 405,
    precondition_failed = 406,
    frame_error = 501,
    syntax_error = 502,
    command_invalid = 503,
    channel_error = 504,
    unexpected_frame = 505,
    not_allowed = 530,
    not_implemented = 540,
    internal_error = 541,
};

/// True for errors that end the connection, not only the channel.
[[nodiscard]] constexpr bool is_hard(ReplyCode code) {
    return code >= ReplyCode::frame_error || code == ReplyCode::connection_forced;
}

/// `NAME_WITH_UNDERSCORES - explanation`.
[[nodiscard]] std::string reply_text(ReplyCode code, std::string_view explanation);

/// Why a method is refused.
struct Failure {
    ReplyCode code = ReplyCode::internal_error;
    std::string text;
};

/// What becomes of a method that the broker refuses, for want of rights or else.
[[nodiscard]] Failure failure_of(std::error_code error);
[[nodiscard]] bool is_denied(std::error_code error);

}  // namespace tern::amqp091
