#pragma once

#include <cstdint>
#include <string_view>

namespace tern::amqp10 {

/// The numeric descriptors of the specification, parts 2 to 5.
enum class Descriptor : std::uint8_t {
    open = 0x10,
    begin = 0x11,
    attach = 0x12,
    flow = 0x13,
    transfer = 0x14,
    disposition = 0x15,
    detach = 0x16,
    end = 0x17,
    close = 0x18,
    error = 0x1d,
    received = 0x23,
    accepted = 0x24,
    rejected = 0x25,
    released = 0x26,
    modified = 0x27,
    source = 0x28,
    target = 0x29,
    delete_on_close = 0x2b,
    coordinator = 0x30,
    declare = 0x31,
    discharge = 0x32,
    declared = 0x33,
    transactional_state = 0x34,
    sasl_mechanisms = 0x40,
    sasl_init = 0x41,
    sasl_challenge = 0x42,
    sasl_response = 0x43,
    sasl_outcome = 0x44,
    header = 0x70,
    delivery_annotations = 0x71,
    message_annotations = 0x72,
    properties = 0x73,
    application_properties = 0x74,
    data = 0x75,
    amqp_sequence = 0x76,
    amqp_value = 0x77,
    footer = 0x78,
};

/// Filters that are in use; the codes stand in the registry of filters.
inline constexpr std::uint64_t kNoLocalFilter = 0x0000468C00000003;
inline constexpr std::uint64_t kSelectorFilter = 0x0000468C00000004;

/// The number of a descriptor given by its name, 0 when it has none.
[[nodiscard]] std::uint64_t descriptor_code(std::string_view symbol);

}  // namespace tern::amqp10
