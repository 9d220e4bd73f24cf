#include "protocol/stomp/hub.h"

#include "broker/route/exchange.h"
#include "message/errors.h"
#include "protocol/stomp/advisory.h"
#include "protocol/stomp/destination.h"
#include "protocol/stomp/maps.h"
#include "protocol/stomp/number.h"
#include "protocol/stomp/stored.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::stomp {
namespace {

using message::HubDestination;
using message::HubMessage;
using message::HubValue;
using message::ScalarView;

constexpr std::string_view kContentType = "content-type";
constexpr std::string_view kUser = "JMSXUserID";
constexpr std::string_view kDeliveryCount = "JMSXDeliveryCount";

HubDestination to_hub(const broker::DestinationView& destination) {
    return {destination.domain == broker::Domain::topic, destination.temporary,
            std::string(destination.name)};
}

std::optional<broker::DestinationView> from_hub(const std::optional<HubDestination>& destination) {
    if (!destination) return {};
    return broker::DestinationView{
        destination->topic ? broker::Domain::topic : broker::Domain::queue, destination->temporary,
        destination->name};
}

ScalarView kept(std::string text, std::string& scratch) {
    scratch = std::move(text);
    return std::string_view(scratch);
}

ScalarView header_text(std::string_view text) {
    return text.empty() ? ScalarView() : ScalarView(text);
}

/// How often it was delivered before the broker took it back, and once more.
std::int32_t delivery_count(const Message& stored) {
    for (PropertyLines lines(stored.properties()); lines.next();) {
        if (lines.name() != kDeliveryCount) continue;
        return parse_number<std::int32_t>(lines.value()).value_or(1);
    }
    return 1;
}

/// As Java writes it.
std::optional<std::string> text_of(const HubValue& value) {
    return std::visit(
        []<class T>(const T& plain) -> std::optional<std::string> {
            if constexpr (std::is_same_v<T, std::string>) {
                return plain;
            } else if constexpr (std::is_same_v<T, bool>) {
                return plain ? "true" : "false";
            } else if constexpr (std::is_same_v<T, char16_t>) {
                return plain < 0x80 ? std::string(1, static_cast<char>(plain)) : std::string("?");
            } else if constexpr (std::is_floating_point_v<T>) {
                std::string text = fmt::format("{}", plain);
                if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
                return text;
            } else if constexpr (std::is_integral_v<T>) {
                return std::to_string(plain);
            } else {
                return {};
            }
        },
        value.value);
}

}  // namespace

Result<HubMessage> HubReader::read(const Message& stored) const {
    const auto head = read_head(stored.native());
    if (!head) return failure(head.error());
    const MessageHeader& header = stored.header();
    HubMessage out;
    out.durable = header.durable;
    out.priority = header.priority;
    out.timestamp_ms = header.timestamp_ms;
    out.expires_at_ms = header.expires_at_ms;
    out.group_id = header.group_id;
    out.group_sequence = header.group_sequence;
    out.message_id = head->message_id;
    out.correlation_id = head->correlation_id;
    out.to = to_hub(head->to);
    if (head->exchange == broker::kTopicTree) out.to->topic = true;
    if (head->reply_to) out.reply_to = to_hub(*head->reply_to);
    out.type = head->type;
    for (PropertyLines lines(stored.properties()); lines.next();) {
        if (lines.name() == kContentType) out.content_type = lines.value();
        if (lines.name() == "JMSXGroupID" || lines.name() == "JMSXGroupSeq") continue;
        if (lines.name() == kDeliveryCount) continue;
        out.properties.entries.emplace_back(lines.name(), HubValue{std::string(lines.value())});
    }
    if (head->kind == BodyKind::text) out.body = std::string(as_text(stored.body().bytes()));
    if (head->kind == BodyKind::bytes) out.body = stored.body();
    if (const auto form = map_text(head->kind)) {
        auto map = read_map(*form, as_text(stored.body().bytes()));
        if (!map) return failure(message::Errc::malformed);  // it was read when it was sent
        out.body = std::move(*map);
    }
    return out;
}

ScalarView HubReader::find(const Message& stored, std::string_view name,
                           std::string& scratch) const {
    if (name == kDeliveryCount) return delivery_count(stored);
    if (name.starts_with("JMS")) {
        const auto head = read_head(stored.native());
        if (!head) return {};
        if (name == "JMSMessageID") return header_text(head->message_id);
        if (name == "JMSCorrelationID") return header_text(head->correlation_id);
        if (name == "JMSType") return header_text(head->type);
        if (name == "JMSDestination") return kept(broker::to_text(head->to), scratch);
        if (name == "JMSReplyTo") {
            return head->reply_to ? kept(broker::to_text(*head->reply_to), scratch) : ScalarView();
        }
    }
    for (PropertyLines lines(stored.properties()); lines.next();) {
        if (lines.name() == name) return kept(std::string(lines.value()), scratch);
    }
    return {};
}

Result<MessagePtr> HubReader::amend(const Message& stored, const message::Amendment& change) const {
    auto head = read_head(stored.native());
    if (!head) return failure(head.error());
    if (!change.id.empty()) head->message_id = change.id;
    MessageHeader header = stored.header();
    header.durable = change.durable.value_or(header.durable);
    header.timestamp_ms = change.timestamp_ms.value_or(header.timestamp_ms);
    header.expires_at_ms = change.expires_at_ms.value_or(header.expires_at_ms);
    ByteWriter native;
    append(*head, native);
    const auto is_changed = [&change](std::string_view name) {
        return (change.user_id && name == kUser) || (change.failures && name == kDeliveryCount) ||
               std::ranges::find(change.removed, name) != change.removed.end() ||
               std::ranges::any_of(change.set,
                                   [name](const auto& one) { return one.first == name; });
    };
    ByteWriter properties;
    for (PropertyLines lines(stored.properties()); lines.next();) {
        if (!is_changed(lines.name())) append_line(lines.name(), lines.value(), properties);
    }
    for (const auto& [name, value] : change.set) {
        if (const auto text = text_of(value)) append_line(name, *text, properties);
    }
    if (change.user_id && !change.user_id->empty()) append_line(kUser, *change.user_id, properties);
    if (change.failures) {
        append_line(kDeliveryCount, std::to_string(*change.failures + 1), properties);
    }
    return Message::create_like(stored, header, native.bytes(), properties.bytes());
}

MessagePtr from_hub(const HubMessage& hub) {
    MessageHeader header;
    header.format = Format::stomp;
    header.durable = hub.durable;
    header.priority = hub.priority;
    header.timestamp_ms = hub.timestamp_ms;
    header.expires_at_ms = hub.expires_at_ms;
    header.group_id = hub.group_id;
    header.group_sequence = hub.group_sequence;
    StoredHead head{.kind = BodyKind::none,
                    .to = from_hub(hub.to).value_or(broker::DestinationView{}),
                    .exchange = {},
                    .reply_to = from_hub(hub.reply_to),
                    .message_id = hub.message_id,
                    .correlation_id = hub.correlation_id,
                    .type = hub.type};
    Buffer body;
    if (const auto* text = std::get_if<std::string>(&hub.body)) {
        head.kind = BodyKind::text;
        body = Buffer::copy_of(as_bytes(*text));
    } else if (const auto* bytes = std::get_if<Buffer>(&hub.body)) {
        head.kind = BodyKind::bytes;
        body = *bytes;
    } else if (is_advisory(hub)) {
        head.kind = BodyKind::advisory_json;
        body = Buffer::copy_of(as_bytes(write_advisory_json(std::get<message::HubMap>(hub.body))));
    } else if (const auto* map = std::get_if<message::HubMap>(&hub.body)) {
        head.kind = BodyKind::map_json;
        body = Buffer::copy_of(as_bytes(write_map(MapText::json, *map)));
    }
    ByteWriter native;
    append(head, native);
    ByteWriter properties;
    if (!hub.group_id.empty()) {
        append_line("JMSXGroupID", hub.group_id, properties);
        append_line("JMSXGroupSeq", std::to_string(hub.group_sequence), properties);
    }
    if (!hub.user_id.empty()) append_line(kUser, hub.user_id, properties);
    if (!hub.content_type.empty() && hub.properties.find(kContentType) == nullptr) {
        append_line(kContentType, hub.content_type, properties);
    }
    for (const auto& [name, value] : hub.properties.entries) {
        if (const auto text = text_of(value)) append_line(name, *text, properties);
    }
    return Message::create(header, native.bytes(), properties.bytes(), body.bytes(), &body);
}

}  // namespace tern::stomp
