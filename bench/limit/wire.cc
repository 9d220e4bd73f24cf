#include "bench/limit/wire.h"

namespace tern::limit {

namespace {

void put_i64(std::string& out, std::int64_t value) {
    put_i32(out, static_cast<std::int32_t>(value >> 32));
    put_i32(out, static_cast<std::int32_t>(value));
}

void put_u16_text(std::string& out, std::string_view text) {
    out.push_back(static_cast<char>(text.size() >> 8));
    out.push_back(static_cast<char>(text.size()));
    out.append(text);
}

void put_text(std::string& out, std::string_view text) {
    out.push_back(1);
    put_u16_text(out, text);
}

void put_frame(std::string& out, std::string_view body) {
    put_i32(out, static_cast<std::int32_t>(body.size()));
    out.append(body);
}

void put_long_property(std::string& out, std::string_view key, std::int64_t value) {
    put_u16_text(out, key);
    out.push_back(6);  // a long
    put_i64(out, value);
}

}  // namespace

std::string_view Reader::take(std::size_t count) {
    if (count > rest_.size()) {
        ok_ = false;
        rest_ = {};
        return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
}

std::uint64_t Reader::number(std::size_t width) {
    std::uint64_t value = 0;
    for (const char byte : take(width)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
}

std::string_view Reader::text() {
    return flag() ? take(number(2)) : std::string_view{};
}

std::string_view Reader::object() {
    const auto before = rest_;
    if (flag()) skip_fields(u8());
    return before.substr(0, before.size() - rest_.size());
}

void Reader::skip_fields(std::uint8_t type) {
    switch (type) {
        case 100:  // destinations: a name
        case 101:
        case 102:
        case 103:
        case 120:  // ConnectionId and BrokerId: a value
        case 124:
            text();
            return;
        case 110:  // MessageId
            text();
            object();
            take(16);
            return;
        case 111:  // LocalTransactionId
            i64();
            object();
            return;
        case 121:  // SessionId
            text();
            i64();
            return;
        case 122:  // ConsumerId, ProducerId
        case 123:
            text();
            take(16);
            return;
        default:
            ok_ = false;
            return;
    }
}

Head read_head(Reader& in) {
    const auto type = static_cast<Type>(in.u8());
    const auto command_id = in.i32();
    return {type, command_id, in.flag()};
}

MessageFields read_message(Reader& in) {
    MessageFields fields{};
    in.object();  // producerId
    fields.destination = in.object();
    fields.transacted = in.object().size() > 1;
    in.object();  // originalDestination
    in.object();  // messageId
    in.object();  // originalTransactionId
    in.text();    // groupID
    in.i32();     // groupSequence
    in.text();    // correlationId
    fields.persistent = in.flag();
    return fields;
}

void put_i32(std::string& out, std::int32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

/// Offers neither tight encoding nor caching, and no inactivity monitor.
void put_wire_format_info(std::string& out) {
    std::string properties;
    put_i32(properties, 2);
    put_long_property(properties, "MaxInactivityDuration", 0);
    put_long_property(properties, "MaxInactivityDurationInitalDelay", 0);
    std::string body(
        "\x01"
        "ActiveMQ");
    put_i32(body, 12);
    body.push_back(1);
    put_frame(body, properties);
    put_frame(out, body);
}

void put_broker_info(std::string& out) {
    std::string body("\x02");
    put_i32(body, 0);
    body.push_back(0);
    body.append("\x01\x7c");  // brokerId: not null, a BrokerId
    put_text(body, "limit");
    body.push_back(0);  // brokerURL
    body.push_back(0);  // peerBrokerInfos
    put_text(body, "limit");
    body.append(5, '\0');  // slave, master, fault tolerant, duplex, network connection
    put_i64(body, 0);      // connectionId
    body.append(2, '\0');  // brokerUploadUrl, networkProperties
    put_frame(out, body);
}

void put_response(std::string& out, std::int32_t correlation_id) {
    out.append("\0\0\0\x0a\x1e\0\0\0\0\0", 10);  // size, type, commandId, responseRequired
    put_i32(out, correlation_id);
}

std::string make_dispatch_prefix(std::string_view consumer_id, std::string_view destination) {
    std::string prefix("\x15\0\0\0\0\0", 6);  // type, commandId, responseRequired
    prefix.append(consumer_id);
    prefix.append(destination);
    prefix.push_back(1);  // a message follows
    return prefix;
}

void put_dispatch(std::string& out, std::string_view prefix, std::string_view message) {
    put_i32(out, static_cast<std::int32_t>(prefix.size() + message.size() + 4));
    out.append(prefix);
    out.append(message);
    put_i32(out, 0);  // redeliveryCounter
}

}  // namespace tern::limit
