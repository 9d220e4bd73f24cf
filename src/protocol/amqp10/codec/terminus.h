#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/errc.h"
#include "protocol/amqp10/codec/item.h"

namespace tern::amqp10 {

/// A source or a target: part 3, 3.5.3 and 3.5.4. The second half belongs to sources alone.
struct Terminus {
    std::optional<std::string_view> address{};
    std::uint32_t durable = 0;         ///< 0 none, 1 configuration, 2 unsettled state
    std::string_view expiry_policy{};  ///< empty: session-end
    std::uint32_t timeout_s = 0;
    bool dynamic = false;
    Bytes dynamic_properties{};  ///< a map as encoded; empty: none
    Symbols capabilities{};

    std::string_view distribution_mode{};
    Bytes filter{};           ///< a map as encoded; empty: none
    Bytes default_outcome{};  ///< a state as encoded; empty: none
    Symbols outcomes{};

    [[nodiscard]] bool has_capability(std::string_view name) const;
    bool operator==(const Terminus& other) const;
};

enum class TerminusRole : std::uint8_t { source, target };

void encode(const Terminus& terminus, TerminusRole role, ByteWriter& out);
/// From the value within a described list. Errors: bad_field.
[[nodiscard]] Result<Terminus> decode_terminus(const Item& list, TerminusRole role);

}  // namespace tern::amqp10
