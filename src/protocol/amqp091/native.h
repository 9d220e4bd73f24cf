#pragma once

#include "message/formats.h"
#include "protocol/amqp091/codec/content.h"
#include "protocol/amqp091/codec/table.h"

#include <string>
#include <string_view>

namespace tern::amqp091 {

/// What is kept of a message besides its body: exchange and routing key as it was published with
/// (each a short text), then flags and property list as they came.
struct NativeView {
    std::string_view exchange;
    std::string_view routing_key;
    Bytes raw;
};

/// Of bytes that this room wrote: they were checked when the message came in. Errors: those of the
/// codec, when the stored bytes are broken.
[[nodiscard]] Result<NativeView> read_native(Bytes native);
void write_native(ByteWriter& out, std::string_view exchange, std::string_view routing_key,
                  Bytes raw);

/// Flags and properties with one more header. Errors: those of the codec.
[[nodiscard]] Result<void> append_with_header(ByteWriter& out, Bytes raw, std::string_view name,
                                              FieldValue value);

/// The delivery of a message of any protocol: native bytes and a body.
struct Outgoing {
    ByteWriter native;
    Buffer body;
};
[[nodiscard]] Outgoing from_hub(const message::HubMessage& hub, std::int64_t now_ms);

/// Reads messages of this format for others.
class Reader final : public message::FormatReader {
public:
    [[nodiscard]] Result<message::HubMessage> read(const Message& stored) const override;
    [[nodiscard]] message::ScalarView find(const Message& stored, std::string_view name,
                                           std::string& scratch) const override;
};

}  // namespace tern::amqp091
