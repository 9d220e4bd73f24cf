#include "client/handshake.h"

#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/frame.h"

namespace tern::client {
namespace {

std::unexpected<Error> broken(const std::error_code& code) {
    return failure(Errc::protocol_error, code.message());
}

}  // namespace

openwire::WireFormatProperties wire_format_properties(const ConnectionOptions& options,
                                                      std::string_view host) {
    return {.version = options.version,
            // Saves bytes that nobody misses, and costs both sides a table.
            .cache_enabled = false,
            .tight_encoding_enabled = options.tight_encoding,
            // Of a broker's stack traces nobody here would read a line.
            .stack_trace_enabled = false,
            .tcp_no_delay_enabled = true,
            .max_inactivity_duration = options.inactivity,
            .max_inactivity_duration_initial_delay = options.inactivity_initial_delay,
            .host = host,
            .provider_name = "TernMQ",
            .provider_version = "0.1.0",
            .platform_details = "C++"};
}

Result<void> recognise(Bytes received) {
    if (openwire::recognise(received) != openwire::Recognition::no) return {};
    return failure(Errc::protocol_error, "its first bytes are not OpenWire's");
}

Result<openwire::Negotiated> conclude(const openwire::WireFormatProperties& ours, Bytes frame) {
    openwire::Decoder decoder;
    const auto command = decoder.decode(frame);
    if (!command) return broken(command.error());
    const auto* const info = std::get_if<openwire::WireFormatInfo>(&*command);
    if (info == nullptr) {
        return failure(Errc::protocol_error, "the first frame is no WireFormatInfo");
    }
    const auto theirs = openwire::read_properties(*info);
    if (!theirs) return broken(theirs.error());
    const auto negotiated = openwire::negotiate(ours, *theirs);
    if (!negotiated) return broken(negotiated.error());
    return *negotiated;
}

}  // namespace tern::client
