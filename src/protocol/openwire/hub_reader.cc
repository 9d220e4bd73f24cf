#include "protocol/openwire/hub_reader.h"

#include "protocol/openwire/amend.h"
#include "protocol/openwire/codec/body.h"
#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/inflate.h"
#include "protocol/openwire/codec/modified_utf8.h"
#include "protocol/openwire/convert.h"
#include "protocol/openwire/dead_letter.h"
#include "protocol/openwire/described.h"

#include <algorithm>
#include <array>

namespace tern::openwire {
namespace {

using message::HubBytes;
using message::HubDestination;
using message::HubList;
using message::HubMap;
using message::HubMessage;
using message::HubObject;
using message::HubValue;
using message::OpaqueValue;
using message::ScalarView;

std::string own(std::string_view text) {
    return is_one_byte(text) ? std::string(text) : to_utf8(text);
}

// The whole message.

HubMap map_of(const PrimitiveMap& map);

HubValue value_of(const PrimitiveValue& value) {
    return std::visit(
        []<class T>(const T& plain) -> HubValue {
            if constexpr (std::is_same_v<T, std::string_view>) {
                return {own(plain)};
            } else if constexpr (std::is_same_v<T, ByteArray>) {
                return {HubBytes{std::string(as_text(plain.view()))}};
            } else if constexpr (std::is_same_v<T, PrimitiveMap>) {
                return {map_of(plain)};
            } else if constexpr (std::is_same_v<T, PrimitiveList>) {
                HubList list;
                std::ranges::transform(plain.values, std::back_inserter(list.values), value_of);
                return {std::move(list)};
            } else {
                return {plain};
            }
        },
        value.value);
}

HubMap map_of(const PrimitiveMap& map) {
    HubMap out;
    for (const auto& [key, value] : map.entries) out.put(own(key), value_of(value));
    return out;
}

std::optional<HubDestination> destination_of(const std::optional<Destination>& wire) {
    if (!wire) return {};
    const broker::DestinationView view = to_broker(*wire);
    return HubDestination{view.domain == broker::Domain::topic, view.temporary, own(view.name)};
}

/// `content` is what is left of compression.
Result<void> read_body(DataType type, const ByteArray& content, const Buffer& buffer,
                       HubMessage& out) {
    switch (type) {
        case DataType::text_message: {
            const auto text = decode_text_body(content);
            if (!text) return failure(text.error());
            if (!text->is_null()) out.body = own(text->view());
            return {};
        }
        case DataType::map_message: {
            const auto map = decode_map_body(content);
            if (!map) return failure(map.error());
            out.body = map_of(*map);
            return {};
        }
        case DataType::stream_message: {
            const auto values = decode_stream_body(content);
            if (!values) return failure(values.error());
            HubList list;
            std::ranges::transform(values->values, std::back_inserter(list.values), value_of);
            out.body = std::move(list);
            return {};
        }
        case DataType::bytes_message:
            out.body = buffer;
            return {};
        case DataType::object_message:
            out.body = HubObject{buffer};
            return {};
        default:
            return {};
    }
}

Result<void> read_body(const Message& wire, const Buffer& stored, std::size_t bytes_max,
                       HubMessage& out) {
    if (!wire.compressed || wire.content.is_null()) {
        return read_body(wire.type, wire.content, stored, out);
    }
    const auto inflated = inflate(wire.type, wire.content.view(), bytes_max);
    if (!inflated) return failure(Errc::too_long);
    const Buffer content = Buffer::copy_of(*inflated);
    return read_body(wire.type, content, content, out);
}

// Single properties.

/// A text of the message as UTF-8: itself, or a copy in `scratch`.
ScalarView text_of(std::string_view text, std::string& scratch) {
    if (is_one_byte(text)) return text;
    scratch = to_utf8(text);
    return std::string_view(scratch);
}

ScalarView text_of(const Text& text, std::string& scratch) {
    if (text.is_null()) return {};
    return text_of(text.view(), scratch);
}

ScalarView kept(std::string text, std::string& scratch) {
    scratch = std::move(text);
    return std::string_view(scratch);
}

ScalarView text_of(const std::optional<Destination>& destination, std::string& scratch) {
    if (!destination) return {};
    return kept(to_utf8(broker::to_text(to_broker(*destination))), scratch);
}

ScalarView scalar_of(const PrimitiveView& value, std::string& scratch) {
    return std::visit(
        [&scratch]<class T>(const T& plain) -> ScalarView {
            if constexpr (std::is_same_v<T, std::string_view>) {
                return text_of(plain, scratch);
            } else if constexpr (std::is_same_v<T, char16_t> || std::is_same_v<T, ByteArray> ||
                                 std::is_same_v<T, EncodedMap> || std::is_same_v<T, EncodedList>) {
                return OpaqueValue{};
            } else {
                return plain;
            }
        },
        value);
}

using HeaderText = ScalarView (*)(const Message&, std::string&);

struct Header {
    std::string_view name;
    HeaderText find;
};

std::string path_text(const BrokerPath& path) {
    if (!path) return "null";
    std::string text = "[";
    for (const std::optional<BrokerId>& one : *path) {
        if (text.size() > 1) text += ", ";
        text += one ? one->value.view() : "null";
    }
    return text + "]";
}

/// What is in the message besides its properties, save what the broker itself knows of every one.
constexpr auto kHeaders = std::to_array<Header>({
    {"JMSMessageID",
     [](const Message& m, std::string& s) -> ScalarView {
         if (!m.message_id) return {};
         return kept(to_utf8(to_text(*m.message_id)), s);
     }},
    {"JMSCorrelationID",
     [](const Message& m, std::string& s) { return text_of(m.correlation_id, s); }},
    {"JMSType", [](const Message& m, std::string& s) { return text_of(m.jms_type, s); }},
    {"JMSReplyTo", [](const Message& m, std::string& s) { return text_of(m.reply_to, s); }},
    {"JMSDestination",
     [](const Message& m, std::string& s) {
         return text_of(m.original_destination ? m.original_destination : m.destination, s);
     }},
    {"JMSXProducerTXID",
     [](const Message& m, std::string& s) -> ScalarView {
         const auto& id = m.original_transaction_id ? m.original_transaction_id : m.transaction_id;
         if (!id) return {};
         return kept(to_utf8(to_text(*id)), s);
     }},
    {"JMSActiveMQBrokerInTime",
     [](const Message& m, std::string&) -> ScalarView { return m.broker_in_time; }},
    {"JMSActiveMQBrokerOutTime",
     [](const Message& m, std::string&) -> ScalarView { return m.broker_out_time; }},
    {"JMSActiveMQBrokerPath",
     [](const Message& m, std::string& s) { return kept(path_text(m.broker_path), s); }},
    {"JMSXDeliveryCount",
     [](const Message& m, std::string&) -> ScalarView { return m.redelivery_counter + 1; }},
    {"JMSXGroupFirstForConsumer",
     [](const Message& m, std::string&) -> ScalarView { return m.group_first_for_consumer; }},
});

ScalarView find_property(const tern::Message& stored, std::string_view name, std::string& scratch) {
    // Most messages have none at all, not even an empty map, which is nothing broken.
    if (stored.properties().empty()) return {};
    const auto found = is_one_byte(name) ? look_up(stored.properties(), name)
                                         : look_up(stored.properties(), to_modified_utf8(name));
    if (!found) return message::BrokenValue();
    return *found ? scalar_of(**found, scratch) : ScalarView();
}

}  // namespace

Result<HubMessage> HubReader::read(const tern::Message& stored) const {
    MessageConverter converter;
    Message wire;
    if (const auto loaded = converter.load(stored, wire); !loaded) return failure(loaded.error());
    HubMessage out;
    const MessageHeader& header = stored.header();
    out.durable = header.durable;
    out.priority = header.priority;
    out.timestamp_ms = header.timestamp_ms;
    out.expires_at_ms = header.expires_at_ms;
    out.group_id = own(header.group_id);
    out.group_sequence = header.group_sequence;
    if (wire.message_id) out.message_id = own(to_text(*wire.message_id));
    out.correlation_id = own(wire.correlation_id.view());
    out.to = destination_of(wire.destination);
    out.reply_to = destination_of(wire.reply_to);
    out.type = own(wire.jms_type.view());
    out.user_id = own(wire.user_id.view());
    if (!wire.properties.is_null() && !wire.properties.view().empty()) {
        const auto properties = decode_map(wire.properties.view());
        if (!properties) return failure(properties.error());
        out.properties = map_of(*properties);
    }
    if (wire.type == DataType::blob_message) {
        out.content_type = own(wire.mime_type.view());
        out.properties.put("JMS_BLOB_URL", {own(wire.remote_blob_url.view())});
    }
    const auto body = read_body(wire, stored.body(), body_bytes_max_, out);
    if (!body) return failure(body.error());
    if (wire.type == DataType::message && wire.data_structure) {
        if (HubMap told = describe(*wire.data_structure); !told.entries.empty()) {
            out.body = std::move(told);
        }
    }
    return out;
}

Result<MessagePtr> HubReader::dead_letter(const tern::Message& stored,
                                          const message::DeadLetter& letter) const {
    MessageConverter converter;
    Message original;
    if (const auto loaded = converter.load(stored, original); !loaded) {
        return failure(loaded.error());
    }
    auto made = make_dead_letter(original, letter, converter);
    if (!made || stored.large() == nullptr) return made;
    return tern::Message::create_like(stored, (*made)->header(), (*made)->native(),
                                      (*made)->properties());
}

Result<MessagePtr> HubReader::amend(const tern::Message& stored,
                                    const message::Amendment& change) const {
    MessageConverter converter;
    Message original;
    if (const auto loaded = converter.load(stored, original); !loaded) {
        return failure(loaded.error());
    }
    return openwire::amend(original, change, converter);
}

ScalarView HubReader::find(const tern::Message& stored, std::string_view name,
                           std::string& scratch) const {
    const bool user = name == "JMSXUserID";
    const auto* const header = std::ranges::find(kHeaders, name, &Header::name);
    if (header == kHeaders.end() && !user) return find_property(stored, name, scratch);
    MessageConverter converter;
    Message wire;
    if (!converter.load(stored, wire)) return message::BrokenValue();
    if (!user) return header->find(wire, scratch);
    return wire.user_id.is_null() ? find_property(stored, name, scratch)
                                  : text_of(wire.user_id, scratch);
}

}  // namespace tern::openwire
