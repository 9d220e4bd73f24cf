#include "protocol/amqp091/codec/errc.h"

#include "base/error_category.h"

namespace tern::amqp091 {
namespace {

const char* text_of(Errc code) {
    switch (code) {
        case Errc::frame_too_large:
            return "frame too large";
        case Errc::bad_frame_end:
            return "frame without its end octet";
        case Errc::unknown_frame_type:
            return "unknown frame type";
        case Errc::unknown_method:
            return "unknown method";
        case Errc::truncated:
            return "frame ends inside a field";
        case Errc::trailing_bytes:
            return "bytes left behind the last field";
        case Errc::bad_value:
            return "table value of unknown type";
        case Errc::too_deep:
            return "tables nested too deeply";
        case Errc::bad_content_class:
            return "content of an impossible class";
    }
    return "unknown error";
}

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
    static const ErrorCategory<Errc> category("amqp091", text_of);
    return {static_cast<int>(code), category};
}

}  // namespace tern::amqp091
