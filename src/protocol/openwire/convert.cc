#include "protocol/openwire/convert.h"

#include "protocol/openwire/codec/errc.h"

#include <algorithm>

namespace tern::openwire {
namespace {

constexpr std::uint8_t kHasContent = 0x01;
constexpr std::uint8_t kHasProperties = 0x02;
constexpr WireFormat kStoredFormat{.version = 12, .size_prefix = false};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

MessageHeader header_of(const Message& message) {
    MessageHeader header;
    header.format = Format::openwire;
    header.durable = message.persistent ? Durable::yes : Durable::no;
    header.priority = static_cast<std::uint8_t>(std::clamp<int>(message.priority, 0, 9));
    header.timestamp_ms = message.timestamp;
    header.expires_at_ms = message.expiration;
    header.group_sequence = message.group_sequence;
    header.group_id = message.group_id.view();
    return header;
}

}  // namespace

broker::DestinationView to_broker(const Destination& destination) {
    std::string_view name = destination.physical_name.view();
    name = trim(name.substr(0, name.find('?')));
    return {destination.is_topic() ? broker::Domain::topic : broker::Domain::queue,
            destination.is_temporary(), name};
}

Destination from_broker(const broker::DestinationView& destination) {
    const bool topic = destination.domain == broker::Domain::topic;
    const DataType type = destination.temporary
                              ? (topic ? DataType::temp_topic : DataType::temp_queue)
                              : (topic ? DataType::topic : DataType::queue);
    return {.type = type, .physical_name = destination.name};
}

MessageConverter::MessageConverter() : encoder_(kStoredFormat), decoder_(kStoredFormat) {}

Result<MessagePtr> MessageConverter::store(const Message& message, const Buffer* owner) {
    Message bare = message;
    bare.content = {};
    bare.properties = {};
    native_.clear();
    native_.u8(static_cast<std::uint8_t>((message.content.is_null() ? 0 : kHasContent) |
                                         (message.properties.is_null() ? 0 : kHasProperties)));
    if (const auto encoded = encoder_.encode(bare, native_); !encoded) {
        return failure(encoded.error());
    }
    return tern::Message::create(header_of(message), native_.bytes(), message.properties.view(),
                                 message.content.view(), owner);
}

Result<void> MessageConverter::load(const tern::Message& stored, Message& message) {
    const Bytes native = stored.native();
    if (native.empty()) return failure(Errc::truncated);
    if (const auto decoded = decoder_.decode(native.subspan(1), message); !decoded) {
        return failure(decoded.error());
    }
    const std::uint8_t flags = native.front();
    if ((flags & kHasContent) != 0) message.content = stored.body();
    if ((flags & kHasProperties) != 0) message.properties = stored.properties();
    return {};
}

}  // namespace tern::openwire
