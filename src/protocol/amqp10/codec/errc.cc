#include "protocol/amqp10/codec/errc.h"

#include "base/error_category.h"

namespace tern::amqp10 {
namespace {

const char* text_of(Errc code) {
    switch (code) {
        case Errc::malformed:
            return "malformed value";
        case Errc::bad_field:
            return "a field is missing or of the wrong type";
        case Errc::unexpected:
            return "unexpected performative";
        case Errc::bad_frame_size:
            return "impossible or too large frame";
        case Errc::too_deep:
            return "values nested too deeply";
        case Errc::bad_order:
            return "message sections in the wrong order";
        case Errc::bad_protocol:
            return "no protocol header of AMQP 1.0";
    }
    return "unknown error";
}

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
    static const ErrorCategory<Errc> category("amqp10", text_of);
    return {static_cast<int>(code), category};
}

}  // namespace tern::amqp10
