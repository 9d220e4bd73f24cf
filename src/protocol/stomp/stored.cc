#include "protocol/stomp/stored.h"

#include "bytes/byte_reader.h"
#include "message/errors.h"
#include "protocol/stomp/codec/escape.h"

namespace tern::stomp {
namespace {

constexpr std::uint8_t kTopic = 1;
constexpr std::uint8_t kTemporary = 2;
constexpr std::uint8_t kExchange = 4;

/// Those of clients are below; an id of another protocol that is longer is of no use to anybody.
constexpr std::size_t kTextBytesMax = 65535;

void append_text(std::string_view text, ByteWriter& out) {
    text = text.substr(0, kTextBytesMax);
    out.u16(static_cast<std::uint16_t>(text.size()));
    out.append(text);
}

void append_destination(const broker::DestinationView& destination, std::string_view exchange,
                        ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>((destination.domain == broker::Domain::topic ? kTopic : 0) |
                                     (destination.temporary ? kTemporary : 0) |
                                     (exchange.empty() ? 0 : kExchange)));
    append_text(destination.name, out);
    if (!exchange.empty()) append_text(exchange, out);
}

std::string_view read_text(ByteReader& in) {
    const std::uint16_t size = in.u16();
    return as_text(in.take(size));
}

broker::DestinationView read_destination(ByteReader& in, std::string_view& exchange) {
    const std::uint8_t flags = in.u8();
    const std::string_view name = read_text(in);
    if ((flags & kExchange) != 0) exchange = read_text(in);
    return {(flags & kTopic) != 0 ? broker::Domain::topic : broker::Domain::queue,
            (flags & kTemporary) != 0, name};
}

}  // namespace

void append(const StoredHead& head, ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>(head.kind));
    append_destination(head.to, head.exchange, out);
    append_text(head.message_id, out);
    append_text(head.correlation_id, out);
    append_text(head.type, out);
    if (head.reply_to) append_destination(*head.reply_to, {}, out);
}

Result<StoredHead> read_head(Bytes native) {
    ByteReader in(native);
    StoredHead head;
    head.kind = static_cast<BodyKind>(in.u8());
    head.to = read_destination(in, head.exchange);
    head.message_id = read_text(in);
    head.correlation_id = read_text(in);
    head.type = read_text(in);
    std::string_view none;
    if (!in.failed() && !in.done()) head.reply_to = read_destination(in, none);
    if (!in.done() || head.kind > BodyKind::advisory_json) return failure(message::Errc::malformed);
    return head;
}

void append_line(std::string_view name, std::string_view value, ByteWriter& out) {
    append_escaped(name, Version::v1_2, out);
    out.u8(':');
    append_escaped(value, Version::v1_2, out);
    out.u8('\n');
}

bool PropertyLines::next() {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    const std::size_t colon = line.find(':');
    name_ = line.substr(0, colon);
    value_ = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    return true;
}

std::string_view PropertyLines::resolve(std::string_view text, std::string& resolved) {
    if (!has_escapes(text)) return text;
    resolved.clear();
    append_unescaped(text, resolved);
    return resolved;
}

}  // namespace tern::stomp
