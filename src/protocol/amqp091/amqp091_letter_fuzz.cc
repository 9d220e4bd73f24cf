// Whatever flags, properties and headers a message came with, its dead letter is one that dies
// again, and tells of both deaths.

#include "base/assert.h"
#include "protocol/amqp091/letters.h"
#include "protocol/amqp091/native.h"

namespace tern::amqp091 {
namespace {

void run(Bytes raw) {
    // As a session takes it: what does not decode never becomes a message.
    if (!decode_properties(raw)) return;
    Reader reader;
    message::Formats formats;
    formats.add(Format::amqp091, reader);
    const Letters letters(formats);
    ByteWriter native;
    write_native(native, "x", "key", raw);
    MessageHeader header;
    header.format = Format::amqp091;
    const MessagePtr dead = Message::create(header, native.bytes(), {}, {}, nullptr);
    const auto first = letters.write(
        *dead, {.queue = "first", .reason = "expired", .exchange = "dlx", .key = {}, .now_ms = 1});
    TERN_ASSERT(first && !first->keys.empty());
    TERN_ASSERT(first->deaths.front().queue == "first");
    const auto second = letters.write(
        *first->message,
        {.queue = "second", .reason = "rejected", .exchange = "", .key = "k", .now_ms = 2});
    TERN_ASSERT(second && second->keys.size() == 1);
    TERN_ASSERT(second->deaths.size() >= 2 && second->deaths[0].rejected);
    TERN_ASSERT(goes_round(*first, "first") && !goes_round(*second, "first"));
}

}  // namespace
}  // namespace tern::amqp091

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::amqp091::run({data, size});
    return 0;
}
