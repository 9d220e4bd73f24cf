#include "protocol/stomp/delivery.h"

#include "protocol/stomp/advisory.h"
#include "protocol/stomp/codec/encoder.h"
#include "protocol/stomp/codec/escape.h"
#include "protocol/stomp/maps.h"

namespace tern::stomp {
namespace {

/// Whether stored properties read the same in that version's escapes.
bool same_in(Version version, std::string_view properties) {
    switch (version) {
        case Version::v1_0:
            return !has_escapes(properties);
        case Version::v1_1:
        case Version::v1_2:
            return true;
    }
    return true;
}

void append_properties(const Message& message, Version version, HeadWriter& head, ByteWriter& out) {
    if (same_in(version, as_text(message.properties()))) return out.append(message.properties());
    for (PropertyLines lines(message.properties()); lines.next();) {
        head.header(lines.name(), lines.value());
    }
}

constexpr std::string_view kTransformation = "transformation";

std::string own_transformation(const Message& message) {
    for (PropertyLines lines(message.properties()); lines.next();) {
        if (lines.name() == kTransformation) return std::string(lines.value());
    }
    return {};
}

/// The message with another body, which is in the form that is named; empty: it has none.
MessagePtr with_body(const Message& message, const StoredHead& stored, std::string_view form,
                     std::string_view body) {
    StoredHead head = stored;
    head.kind = form.empty() ? BodyKind::none : BodyKind::text;
    ByteWriter native;
    append(head, native);
    ByteWriter properties;
    for (PropertyLines lines(message.properties()); lines.next();) {
        if (lines.name() == kTransformation) continue;
        append_line(lines.name(), lines.value(), properties);
    }
    if (!form.empty()) append_line(kTransformation, form, properties);
    return Message::create(message.header(), native.bytes(), properties.bytes(), as_bytes(body),
                           nullptr);
}

}  // namespace

MessagePtr transformed(const MessagePtr& message, const StoredHead& stored,
                       std::string_view transformation) {
    const std::string_view text = as_text(message->body().bytes());
    if (stored.kind == BodyKind::advisory_json) {
        const bool xml = transformation == "jms-advisory-xml" || transformation == "jms-xml";
        return xml ? with_body(*message, stored, "jms-advisory-xml", advisory_xml(text))
                   : with_body(*message, stored, "jms-advisory-json", text);
    }
    const auto form = map_text(stored.kind);
    if (!form) return message;
    auto wanted = map_text(transformation);
    if (!wanted) wanted = map_text(own_transformation(*message));
    if (!wanted) return with_body(*message, stored, {}, {});
    const std::string_view name = *wanted == MapText::json ? "jms-map-json" : "jms-map-xml";
    if (*wanted == *form) return with_body(*message, stored, name, text);
    const auto map = read_map(*form, text);
    return with_body(*message, stored, name, map ? write_map(*wanted, *map) : std::string());
}

void write_message(const Message& message, const StoredHead& stored, const DeliveryHead& head,
                   ByteWriter& scratch, Output& out) {
    scratch.clear();
    const MessageHeader& header = message.header();
    HeadWriter writer("MESSAGE", head.version, scratch);
    // The first of a repeated header counts: what the broker says comes before what senders say.
    if (!head.subscription.empty()) writer.header("subscription", head.subscription);
    writer.header("message-id", stored.message_id);
    if (!head.ack.empty()) writer.plain_header("ack", head.ack);
    writer.header("destination", head.destination);
    writer.header("timestamp", header.timestamp_ms);
    writer.header("expires", header.expires_at_ms);
    writer.header("priority", static_cast<std::int64_t>(header.priority));
    if (header.durable == Durable::yes) writer.plain_header("persistent", "true");
    if (head.redelivered) writer.plain_header("redelivered", "true");
    if (!stored.correlation_id.empty()) writer.header("correlation-id", stored.correlation_id);
    if (!head.reply_to.empty()) writer.header("reply-to", head.reply_to);
    if (!stored.type.empty()) writer.header("type", stored.type);
    if (!head.original_destination.empty()) {
        writer.header("original-destination", head.original_destination);
    }
    // Clients take a length as the sign of bytes; a text with a NUL cannot do without.
    const std::string_view body = as_text(message.body().bytes());
    if (stored.kind == BodyKind::bytes || body.find('\0') != std::string_view::npos) {
        writer.header("content-length", static_cast<std::int64_t>(body.size()));
    }
    append_properties(message, head.version, writer, scratch);
    writer.end();
    out.append(scratch.bytes());
    out.append(message.body());
    out.append(as_bytes(kFrameEnd));
}

}  // namespace tern::stomp
