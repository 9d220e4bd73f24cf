#include "protocol/openwire/codec/errc.h"

#include "base/error_category.h"

namespace tern::openwire {
namespace {

const char* text_of(Errc code) {
    switch (code) {
        case Errc::unknown_type:
            return "unknown structure type";
        case Errc::unexpected_type:
            return "structure of the wrong type";
        case Errc::truncated:
            return "frame ends inside a field";
        case Errc::trailing_bytes:
            return "bytes left behind the last field";
        case Errc::bad_frame_size:
            return "impossible frame size";
        case Errc::frame_too_large:
            return "frame too large";
        case Errc::bad_cache_slot:
            return "impossible cache slot";
        case Errc::cache_full:
            return "object cache too large";
        case Errc::too_deep:
            return "structures nested too deeply";
        case Errc::too_many_elements:
            return "too many elements";
        case Errc::too_long:
            return "string or byte array too long";
        case Errc::bad_value:
            return "impossible property value";
        case Errc::bad_magic:
            return "not an ActiveMQ wire format";
        case Errc::unsupported_version:
            return "unsupported protocol version";
    }
    return "unknown error";
}

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
    static const ErrorCategory<Errc> category("openwire", text_of);
    return {static_cast<int>(code), category};
}

}  // namespace tern::openwire
