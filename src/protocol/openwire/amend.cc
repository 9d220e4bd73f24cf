#include "protocol/openwire/amend.h"

#include "protocol/openwire/codec/modified_utf8.h"
#include "protocol/openwire/codec/primitive_map.h"

#include <algorithm>
#include <deque>

namespace tern::openwire {
namespace {

/// Texts of values that were changed, for as long as they are encoded.
using Texts = std::deque<std::string>;

std::string_view keep(std::string_view text, Texts& texts) {
    return texts.emplace_back(to_modified_utf8(text));
}

PrimitiveValue primitive(const message::HubValue& value, Texts& texts) {
    return std::visit(
        [&texts]<class T>(const T& plain) -> PrimitiveValue {
            if constexpr (std::is_same_v<T, std::string>) {
                return {keep(plain, texts)};
            } else if constexpr (std::is_constructible_v<PrimitiveValue, T> ||
                                 std::is_arithmetic_v<T>) {
                return {plain};
            } else {
                return {};  // nothing that the broker itself says
            }
        },
        value.value);
}

Result<void> change_properties(const Message& original, const message::Amendment& change,
                               ByteWriter& out) {
    PrimitiveMap properties;
    if (!original.properties.is_null() && !original.properties.view().empty()) {
        auto decoded = decode_map(original.properties.view());
        if (!decoded) return failure(decoded.error());
        properties = std::move(*decoded);
    }
    Texts texts;
    for (const std::string_view name : change.removed) {
        std::erase_if(properties.entries,
                      [name](const PrimitiveEntry& entry) { return entry.key == name; });
    }
    for (const auto& [name, value] : change.set) {
        properties.put(keep(name, texts), primitive(value, texts));
    }
    return encode_map(properties, out);
}

}  // namespace

Result<MessagePtr> amend(const Message& original, const message::Amendment& change,
                         MessageConverter& converter) {
    Message amended = original;
    if (change.durable) amended.persistent = *change.durable == Durable::yes;
    if (change.timestamp_ms) amended.timestamp = *change.timestamp_ms;
    if (change.expires_at_ms) amended.expiration = *change.expires_at_ms;
    if (change.failures) amended.redelivery_counter = *change.failures;
    const std::string user = to_modified_utf8(change.user_id.value_or(""));
    if (change.user_id) amended.user_id = user.empty() ? Text() : Text(user);
    std::string id;
    if (!change.id.empty()) {
        id = to_modified_utf8(change.id);
        amended.producer_id = ProducerId{.connection_id = id, .value = 1, .session_id = 1};
        amended.message_id =
            MessageId{.producer_id = amended.producer_id, .producer_sequence_id = 1};
    }
    ByteWriter properties;
    if (!change.removed.empty() || !change.set.empty()) {
        const auto changed = change_properties(original, change, properties);
        if (!changed) return failure(changed.error());
        amended.properties = properties.bytes();
    }
    return converter.store(amended, nullptr);
}

}  // namespace tern::openwire
