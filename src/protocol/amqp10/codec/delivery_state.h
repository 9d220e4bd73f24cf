#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/errc.h"
#include "protocol/amqp10/codec/item.h"

#include <array>

namespace tern::amqp10 {

/// Part 2, 2.8.14.
struct Error {
    std::string_view condition{};
    std::string_view description{};
    Bytes info{};  ///< a map as encoded; empty: none

    bool operator==(const Error& other) const;
};

void encode(const Error& error, ByteWriter& out);
[[nodiscard]] Result<Error> decode_error(const Item& item);

/// What the peers tell each other of a delivery: part 3, 3.4, and part 4, 4.5.5 and 4.5.8.
struct DeliveryState {
    enum class Type : std::uint8_t {
        none,
        received,
        accepted,
        rejected,
        released,
        modified,
        declared,
        transactional,
    };

    Type type = Type::none;
    std::uint32_t section_number = 0;  ///< received
    std::uint64_t section_offset = 0;
    std::optional<Error> error{};  ///< rejected
    bool delivery_failed = false;  ///< modified
    bool undeliverable_here = false;
    Bytes annotations{};  ///< a map as encoded; empty: none
    Bytes transaction{};  ///< declared, transactional
    Bytes outcome{};      ///< transactional: a state as encoded; empty: none

    [[nodiscard]] bool is_outcome() const {
        return type == Type::accepted || type == Type::rejected || type == Type::released ||
               type == Type::modified;
    }
    bool operator==(const DeliveryState& other) const;
};

/// The state «accepted» as encoded.
inline constexpr std::array<std::uint8_t, 4> kAccepted{0x00, 0x53, 0x24, 0x45};

void encode(const DeliveryState& state, ByteWriter& out);
/// An empty encoding is no state. Errors: malformed, bad_field, unexpected.
[[nodiscard]] Result<DeliveryState> decode_state(Bytes encoded);

}  // namespace tern::amqp10
