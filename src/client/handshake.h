#pragma once

#include "client/options.h"
#include "protocol/openwire/codec/negotiation.h"

namespace tern::client {

// How a connection begins (OpenWire reference, 6.2): each side says what it wants, both conclude
// the same from it.

/// What we want. The texts view static memory and `host`.
[[nodiscard]] openwire::WireFormatProperties wire_format_properties(
    const ConnectionOptions& options, std::string_view host);

/// Whether the first bytes can still become OpenWire.
/// Errors: protocol_error, with words for whoever tried the wrong port.
[[nodiscard]] Result<void> recognise(Bytes received);

/// What holds from here on, from the peer's first frame. Errors: protocol_error.
[[nodiscard]] Result<openwire::Negotiated> conclude(const openwire::WireFormatProperties& ours,
                                                    Bytes frame);

}  // namespace tern::client
