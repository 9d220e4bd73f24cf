#include "protocol/stomp/send.h"

#include "protocol/stomp/codec/encoder.h"
#include "protocol/stomp/maps.h"
#include "protocol/stomp/number.h"

#include <algorithm>
#include <array>

namespace tern::stomp {
namespace {

/// Consumed here, or not for clients to say: never a property of the message.
constexpr std::array<std::string_view, 14> kNoProperties{
    "destination",    "receipt",     "transaction",  "correlation-id", "type",
    "content-length", "expires",     "priority",     "persistent",     "timestamp",
    "message-id",     "redelivered", "subscription", "JMSXUserID"};

template <class T>
bool read_number(const Frame& frame, std::string_view name, T& number, std::string& problem) {
    const auto text = frame.find(name);
    if (!text) return true;
    if (const auto read = parse_number<T>(*text)) {
        number = *read;
        return true;
    }
    problem =
        "The header " + std::string(name) + " takes a number, not '" + std::string(*text) + "'";
    return false;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, {}, [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
}

struct Body {
    BodyKind kind = BodyKind::text;
    std::string problem = {};  ///< why it is not what the header `transformation` says
};

/// A body that is not what it should be is a text: nothing is refused.
Body transformed(std::string_view transformation, Bytes body) {
    if (transformation == "jms-byte") return {BodyKind::bytes};
    const auto form = map_text(transformation);
    if (!form || !transformation.starts_with("jms-map-")) {
        return {BodyKind::text, "no such transformation here: " + std::string(transformation)};
    }
    const auto map = read_map(*form, as_text(body));
    if (!map) return {BodyKind::text, map.error()};
    return {*form == MapText::json ? BodyKind::map_json : BodyKind::map_xml};
}

std::expected<Body, std::string> body_of(const Frame& frame) {
    if (const auto asked = frame.find("amq-msg-type")) {
        if (equal_ignoring_case(*asked, "text")) return Body{BodyKind::text};
        if (equal_ignoring_case(*asked, "bytes")) return Body{BodyKind::bytes};
        return std::unexpected("Unsupported message type '" + std::string(*asked) + "'");
    }
    if (frame.find("content-length")) return Body{BodyKind::bytes};
    const auto transformation = frame.find("transformation");
    return transformation ? transformed(*transformation, frame.body) : Body{};
}

std::expected<MessageHeader, std::string> header_of(const Frame& frame, std::int64_t now_ms) {
    MessageHeader header;
    header.format = Format::stomp;
    header.durable = frame.get("persistent") == "true" ? Durable::yes : Durable::no;
    header.timestamp_ms = now_ms;
    header.group_id = frame.get("JMSXGroupID");
    int priority = header.priority;
    std::string problem;
    if (!read_number(frame, "expires", header.expires_at_ms, problem) ||
        !read_number(frame, "priority", priority, problem) ||
        !read_number(frame, "timestamp", header.timestamp_ms, problem) ||
        !read_number(frame, "JMSXGroupSeq", header.group_sequence, problem)) {
        return std::unexpected(problem);
    }
    header.priority = static_cast<std::uint8_t>(std::clamp(priority, 0, 9));
    header.expires_at_ms = std::max<std::int64_t>(0, header.expires_at_ms);
    return header;
}

void append_properties(const Frame& frame, bool reply_to_is_property, ByteWriter& out) {
    for (auto one = frame.headers.begin(); one != frame.headers.end(); ++one) {
        if (std::ranges::find(kNoProperties, one->name) != kNoProperties.end()) continue;
        if (one->name == "reply-to" && !reply_to_is_property) continue;
        if (std::find_if(frame.headers.begin(), one,
                         [&](const Header& h) { return h.name == one->name; }) != one) {
            continue;  // the first one counts
        }
        append_line(one->name, one->value, out);
    }
}

}  // namespace

std::expected<MessagePtr, std::string> make_message(const Frame& frame, const SendContext& context,
                                                    ByteWriter& scratch) {
    const auto body = body_of(frame);
    if (!body) return std::unexpected(body.error());
    const auto header = header_of(frame, context.now_ms);
    if (!header) return std::unexpected(header.error());
    scratch.clear();
    append(StoredHead{.kind = body->kind,
                      .to = context.to,
                      .exchange = context.exchange,
                      .reply_to = context.reply_to,
                      .message_id = context.message_id,
                      .correlation_id = frame.get("correlation-id"),
                      .type = frame.get("type")},
           scratch);
    const std::size_t native_bytes = scratch.size();
    append_properties(frame, !context.reply_to.has_value(), scratch);
    if (!body->problem.empty()) append_line("transformation-error", body->problem, scratch);
    const Bytes both = scratch.bytes();
    return Message::create(*header, both.first(native_bytes), both.subspan(native_bytes),
                           frame.body, context.owner);
}

}  // namespace tern::stomp
