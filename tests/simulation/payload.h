#pragma once

#include "oracle.h"
#include "protocol/openwire/codec/message.h"

#include <vector>

namespace tern::simulation {

/// What the messages of a run look like: everything follows from number and size, so that whoever
/// gets one can tell whether it is whole.
struct Payload {
    std::vector<std::uint8_t> content;
    std::vector<std::uint8_t> properties;
    std::string correlation;

    Payload(Number number, std::size_t size);
    /// `message` refers to this object afterwards.
    void put_into(openwire::Message& message) const;
};

/// The number in a message, or nothing if the message is not as it was sent. Dead letters have
/// properties of the broker's.
[[nodiscard]] std::optional<Number> read_payload(const openwire::Message& message,
                                                 bool dead_letter);

/// Which message with a body in a file that is; nothing if it is none.
[[nodiscard]] std::optional<Number> uploaded_number(const openwire::Message& message);

/// The destination of a message or consumer; it refers to `place`.
[[nodiscard]] openwire::Destination wire_destination(const Place& place);

}  // namespace tern::simulation
