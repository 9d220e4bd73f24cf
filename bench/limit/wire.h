#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// As much of OpenWire version 12, loose and uncached, as the limit server needs.
namespace tern::limit {

/// The type bytes of the commands and identifiers that are told apart.
enum class Type : std::uint8_t {
    null = 0,
    wire_format_info = 1,
    consumer_info = 5,
    transaction_info = 7,
    remove_info = 12,
    message_ack = 22,
    message_first = 23,
    message_last = 29,
    topic = 101,
    consumer_id = 122,
};

/// Reads fields one after the other. A read past the end yields zero and makes ok() false for good.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    bool flag() { return u8() != 0; }
    std::int32_t i32() { return static_cast<std::int32_t>(number(4)); }
    std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
    /// A nullable string; null reads as empty.
    std::string_view text();
    /// A nullable nested identifier or destination with its null flag, as the bytes it consists of.
    std::string_view object();

    bool ok() const { return ok_; }

private:
    std::uint64_t number(std::size_t width);
    std::string_view take(std::size_t count);
    void skip_fields(std::uint8_t type);

    std::string_view rest_;
    bool ok_ = true;
};

/// What every command begins with.
struct Head {
    Type type;
    std::int32_t command_id;
    bool wants_response;
};
Head read_head(Reader& in);

/// The fields of a message, after its head, that decide what happens to it.
struct MessageFields {
    std::string_view destination;  // as read by Reader::object()
    bool transacted;
    bool persistent;
};
MessageFields read_message(Reader& in);

void put_i32(std::string& out, std::int32_t value);

/// Each appends one whole frame.
void put_wire_format_info(std::string& out);
void put_broker_info(std::string& out);
void put_response(std::string& out, std::int32_t correlation_id);
/// `prefix` is what make_dispatch_prefix() made for the consumer, `message` a whole message frame
/// without its size.
void put_dispatch(std::string& out, std::string_view prefix, std::string_view message);

/// The part of a MessageDispatch that is the same for all messages of one consumer.
std::string make_dispatch_prefix(std::string_view consumer_id, std::string_view destination);

}  // namespace tern::limit
