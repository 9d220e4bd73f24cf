#include "protocol/stomp/codec/errc.h"

#include "base/error_category.h"

namespace tern::stomp {
namespace {

const char* text_of(Errc code) {
    switch (code) {
        case Errc::command_too_long:
            return "The maximum command length was exceeded";
        case Errc::header_too_long:
            return "The maximum header length was exceeded";
        case Errc::too_many_headers:
            return "The maximum number of headers was exceeded";
        case Errc::body_too_long:
            return "The maximum data length was exceeded";
        case Errc::frame_too_long:
            return "The maximum frame size was exceeded";
        case Errc::bad_content_length:
            return "Specified content-length is not a valid integer";
        case Errc::no_trailing_null:
            return "content-length bytes were read and there was no trailing null byte";
        case Errc::bad_heart_beat:
            return "Invalid heart-beat header: it takes two numbers of milliseconds";
        case Errc::no_common_version:
            return "Invalid Protocol version, supported versions are 1.0,1.1,1.2";
    }
    return "unknown error";
}

}  // namespace

const std::error_category& category() noexcept {
    static const ErrorCategory<Errc> instance("stomp", text_of);
    return instance;
}

}  // namespace tern::stomp
