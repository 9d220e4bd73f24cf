#pragma once

#include "base/result.h"
#include "base/shared_count.h"
#include "bytes/buffer.h"
#include "bytes/spare_blocks.h"
#include "message/large_body.h"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <array>

namespace tern {

/// Whose encoding the native bytes of a message are in. Numbers are on disk: never reused.
/// `scheduled` is the broker's own: a message of any other format that waits for its time.
enum class Format : std::uint8_t {
    openwire = 1,
    amqp10 = 2,
    amqp091 = 3,
    stomp = 4,
    mqtt = 5,
    scheduled = 6,
};

enum class Durable : bool { no, yes };

/// What the broker itself reads of a message; everything else is the room's.
struct MessageHeader {
    Format format = Format::openwire;
    Durable durable = Durable::no;
    std::uint8_t priority = 4;        ///< JMS: 0 … 9
    std::int64_t timestamp_ms = 0;    ///< since 1970, 0: none
    std::int64_t expires_at_ms = 0;   ///< since 1970, 0: never
    std::int32_t group_sequence = 0;  ///< JMSXGroupSeq
    std::string_view group_id = {};   ///< JMSXGroupID, empty: none
};

class Message;
using MessagePtr = boost::intrusive_ptr<const Message>;

/// A message once it was accepted: immutable, counted, shared by the journal, queues and sockets of
/// all shards. Its bytes are one allocation, in the layout of docs/formats/message.md, save that a
/// large body stays the slice of the block it was received in, and that a very large one is not in
/// memory at all.
class Message {
public:
    /// Bodies below this size are copied next to the header; larger ones are kept by reference.
    static constexpr std::size_t kReferenceBytesMin = 16 * 1024;

    ~Message();

    // They come and go in bursts, as their blocks do.
    static void* operator new(std::size_t bytes) { return allocate_spare(bytes); }
    static void operator delete(void* memory, std::size_t bytes) { free_spare(memory, bytes); }

    /// Copies `native` and `properties`. `body` is copied when it is small or when `owner` is null;
    /// otherwise it must lie in `owner` and is kept as a slice of it.
    [[nodiscard]] static MessagePtr create(const MessageHeader& header, Bytes native,
                                           Bytes properties, Bytes body, const Buffer* owner);
    /// The same with a body that lies in a file. `inner`, copied, is for a message that is packed
    /// into this one and refers to that body, as a rule empty.
    [[nodiscard]] static MessagePtr create_large(const MessageHeader& header, Bytes native,
                                                 Bytes properties, LargeBodyPtr body,
                                                 Bytes inner = {});
    /// A message with these parts and the body of `other`, wherever that is.
    [[nodiscard]] static MessagePtr create_like(const Message& other, const MessageHeader& header,
                                                Bytes native, Bytes properties);

    /// A message from its stored bytes, copied. `bodies` has those in files; null: there are none.
    /// Errors: malformed, unknown_version, no_body.
    [[nodiscard]] static Result<MessagePtr> decode(Bytes stored,
                                                   const LargeBodyFinder* bodies = nullptr);

    [[nodiscard]] const MessageHeader& header() const { return header_; }
    /// What only the room of `header().format` understands.
    [[nodiscard]] Bytes native() const { return native_; }
    /// The application properties as that room encodes them.
    [[nodiscard]] Bytes properties() const { return properties_; }
    /// Empty when the body lies in a file.
    [[nodiscard]] const Buffer& body() const { return body_; }
    /// The body, if it lies in a file; otherwise null.
    [[nodiscard]] const LargeBodyPtr& large() const { return large_; }
    /// How large the body is, wherever it lies.
    [[nodiscard]] std::uint64_t body_bytes() const {
        return large_ == nullptr ? body_.size() : large_->size();
    }

    /// The stored bytes, in two pieces to be written one after the other (the second may be empty).
    [[nodiscard]] std::array<Buffer, 2> stored() const;
    /// Bytes of memory that live as long as this message.
    [[nodiscard]] std::size_t memory_bytes() const;
    /// The same of all messages of this process, wherever they are. From any thread.
    [[nodiscard]] static std::size_t live_bytes();

private:
    friend void intrusive_ptr_add_ref(const Message* message) noexcept { message->count_.hold(); }
    friend void intrusive_ptr_release(const Message* message) noexcept {
        if (message->count_.drop()) delete message;
    }

    Message() = default;
    [[nodiscard]] static MessagePtr build(const MessageHeader& header, Bytes native,
                                          Bytes properties, Bytes body, const Buffer* owner,
                                          LargeBodyPtr large);
    [[nodiscard]] bool has_body_apart() const;

    mutable SharedCount count_;
    MessageHeader header_;
    Buffer block_;  ///< fixed part, group id, native bytes, properties and, if small, the body
    Buffer body_;
    Bytes native_;
    Bytes properties_;
    LargeBodyPtr large_;
};

}  // namespace tern
