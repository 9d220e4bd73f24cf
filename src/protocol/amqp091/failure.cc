#include "protocol/amqp091/failure.h"

#include "broker/api/errors.h"

namespace tern::amqp091 {
namespace {

std::string_view name_of(ReplyCode code) {
    switch (code) {
        case ReplyCode::success:
            return "REPLY_SUCCESS";
        case ReplyCode::no_route:
            return "NO_ROUTE";
        case ReplyCode::connection_forced:
            return "CONNECTION_FORCED";
        case ReplyCode::access_refused:
            return "ACCESS_REFUSED";
        case ReplyCode::not_found:
            return "NOT_FOUND";
        case ReplyCode::resource_locked:
            return "RESOURCE_LOCKED";
        case ReplyCode::precondition_failed:
            return "PRECONDITION_FAILED";
        case ReplyCode::frame_error:
            return "FRAME_ERROR";
        case ReplyCode::syntax_error:
            return "SYNTAX_ERROR";
        case ReplyCode::command_invalid:
            return "COMMAND_INVALID";
        case ReplyCode::channel_error:
            return "CHANNEL_ERROR";
        case ReplyCode::unexpected_frame:
            return "UNEXPECTED_FRAME";
        case ReplyCode::not_allowed:
            return "NOT_ALLOWED";
        case ReplyCode::not_implemented:
            return "NOT_IMPLEMENTED";
        case ReplyCode::internal_error:
            return "INTERNAL_ERROR";
    }
    return "INTERNAL_ERROR";
}

}  // namespace

std::string reply_text(ReplyCode code, std::string_view explanation) {
    std::string text(name_of(code));
    text += " - ";
    text += explanation;
    return text;
}

Failure failure_of(std::error_code error) {
    if (error == broker::Errc::connection_full) {
        return {ReplyCode::precondition_failed, error.message()};
    }
    return {is_denied(error) ? ReplyCode::access_refused : ReplyCode::internal_error,
            error.message()};
}

bool is_denied(std::error_code error) {
    return !broker::access_text(error, {}, {}).empty();
}

}  // namespace tern::amqp091
