#include "protocol/mqtt/codec/errc.h"

#include "base/error_category.h"

namespace tern::mqtt {
namespace {

const char* text_of(Errc code) {
    switch (code) {
        case Errc::malformed_packet:
            return "malformed packet";
        case Errc::protocol_error:
            return "protocol error";
        case Errc::packet_too_large:
            return "packet too large";
        case Errc::unsupported_protocol_version:
            return "unsupported protocol version";
        case Errc::topic_filter_invalid:
            return "invalid topic filter";
        case Errc::topic_name_invalid:
            return "invalid topic name";
        case Errc::does_not_fit:
            return "the packet is larger than may be sent";
    }
    return "unknown error";
}

}  // namespace

const std::error_category& category() noexcept {
    static const ErrorCategory<Errc> instance("mqtt", text_of);
    return instance;
}

}  // namespace tern::mqtt
