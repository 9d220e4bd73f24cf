#include "client/error.h"

#include "base/error_category.h"

#include <algorithm>
#include <utility>

namespace tern::client {
namespace {

const char* text_of(Errc code) {
    switch (code) {
        case Errc::bad_argument:
            return "bad argument";
        case Errc::unreachable:
            return "cannot connect";
        case Errc::protocol_error:
            return "the peer does not speak OpenWire properly";
        case Errc::connection_lost:
            return "connection lost";
        case Errc::closed:
            return "closed";
        case Errc::refused:
            return "refused by the broker";
        case Errc::timed_out:
            return "no answer in time";
        case Errc::interrupted:
            return "interrupted";
        case Errc::unsendable:
            return "the message cannot be sent";
        case Errc::wrong_mode:
            return "not in this mode";
        case Errc::tls_failed:
            return "TLS failed";
        case Errc::in_doubt:
            return "in doubt";
        case Errc::rolled_back:
            return "rolled back";
    }
    return "unknown client error";
}

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
    static const ErrorCategory<Errc> category("client", text_of);
    return {static_cast<int>(code), category};
}

std::string Error::message() const {
    std::string line = code.message();
    if (!exception_class.empty()) line += ": " + exception_class;
    if (!text.empty()) line += ": " + text;
    std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line;
}

std::unexpected<Error> failure(Errc code, std::string text) {
    return std::unexpected(Error{.code = code, .text = std::move(text)});
}

}  // namespace tern::client
