#include "protocol/openwire/dead_letter.h"

#include "protocol/openwire/codec/modified_utf8.h"
#include "protocol/openwire/codec/primitive_map.h"

namespace tern::openwire {

Result<MessagePtr> make_dead_letter(const Message& original, const message::DeadLetter& about,
                                    MessageConverter& converter) {
    const std::string destination = to_modified_utf8(about.destination);
    const std::string cause = to_modified_utf8(about.cause);
    PrimitiveMap properties;
    if (!original.properties.is_null()) {
        // What makes no sense may be why it is here.
        if (auto decoded = decode_map(original.properties.view())) properties = std::move(*decoded);
    }
    if (properties.find("originalExpiration") == nullptr) {
        properties.put("originalExpiration", {original.expiration});
    }
    if (!original.persistent) {
        properties.put("originalDeliveryMode", {std::string_view("NON_PERSISTENT")});
    }
    properties.put("dlqDeliveryFailureCause", {std::string_view(cause)});
    ByteWriter encoded;
    if (const auto done = encode_map(properties, encoded); !done) return failure(done.error());

    const Destination to{.type = about.topic ? DataType::topic : DataType::queue,
                         .physical_name = destination};
    Message letter = original;
    // One that was a letter there, and was sent back, comes from where it did the first time.
    const bool again = original.original_destination && original.destination == to;
    if (!again) letter.original_destination = original.destination;
    letter.destination = to;
    if (original.transaction_id) letter.original_transaction_id = original.transaction_id;
    letter.transaction_id.reset();
    letter.redelivery_counter = 0;
    letter.expiration = about.expires_at_ms;
    letter.persistent = true;
    letter.properties = encoded.bytes();
    return converter.store(letter, nullptr);
}

std::string cause_text(const MessageAck& ack) {
    if (!ack.poison_cause) return "Delivery failed";
    std::string text(ack.poison_cause->class_name.view());
    return text.append(": ").append(ack.poison_cause->message.view());
}

}  // namespace tern::openwire
