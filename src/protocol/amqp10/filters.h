#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/errc.h"

#include <string>

namespace tern::amqp10 {

/// What a source's filter set asks for.
struct Filters {
    std::string selector;
    bool no_local = false;
    /// The set as a map, without filters that this broker does not know; empty when none is left.
    ByteWriter supported;
};

/// Errors: malformed.
[[nodiscard]] Result<Filters> read_filters(Bytes encoded);

/// The set that stands for these; nothing when there are none.
void write_filters(std::string_view selector, bool no_local, ByteWriter& out);

inline constexpr std::string_view kDelayedDelivery = "DELAYED_DELIVERY";
/// Whether the broker has what a peer desires of a link.
[[nodiscard]] bool is_offered(std::string_view capability, bool delayed_delivery);

}  // namespace tern::amqp10
