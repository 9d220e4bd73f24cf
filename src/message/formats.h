#pragma once

#include "message/hub.h"
#include "message/message.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tern::message {

/// A scalar that belongs to somebody else. Other values (bytes, lists, maps) are `opaque`.
struct OpaqueValue {};
/// Whether there is one cannot be told: the bytes where it would be make no sense.
struct BrokenValue {};
using ScalarView =
    std::variant<std::monostate, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, float,
                 double, std::string_view, OpaqueValue, BrokenValue>;

/// What goes with a message that nobody could consume.
struct DeadLetter {
    std::string_view destination;  ///< where it goes: the name
    std::string_view cause;        ///< in words, for people
    bool topic = false;            ///< it goes to a topic
    std::int64_t expires_at_ms = 0;
};

/// What the broker changes of a message before it passes it on; everything else stays.
struct Amendment {
    std::optional<Durable> durable = {};
    std::optional<std::int64_t> timestamp_ms = {};
    std::optional<std::int64_t> expires_at_ms = {};
    /// Failed deliveries that are known of, besides those that a queue counts.
    std::optional<std::int32_t> failures = {};
    /// Who sent it; empty: nobody that is known.
    std::optional<std::string_view> user_id = {};
    /// It is another message than the one it is made of, with this id; empty: the same.
    std::string_view id = {};
    /// Properties, without those in `removed` and with those in `set`.
    std::vector<std::string_view> removed = {};
    std::vector<std::pair<std::string_view, HubValue>> set = {};
};

/// What the room of one format can tell of a stored message. Immutable, used from any shard.
class FormatReader {
public:
    virtual ~FormatReader() = default;

    /// The whole message for another protocol. Errors: the room's, when the bytes are broken.
    [[nodiscard]] virtual Result<HubMessage> read(const Message& stored) const = 0;

    /// A property, or a JMS header by its name in selectors (JMSType, JMSMessageID,
    /// JMSCorrelationID, JMSReplyTo, JMSDestination, JMSXGroupID …). `scratch` may hold the text
    /// that the result views; otherwise the result views `stored`. monostate: it has none.
    [[nodiscard]] virtual ScalarView find(const Message& stored, std::string_view name,
                                          std::string& scratch) const = 0;

    /// The message as it goes where dead letters go: durable, and it expires only if they do there.
    /// Rooms add what their clients expect to find there. Errors: the room's.
    [[nodiscard]] virtual Result<MessagePtr> dead_letter(const Message& stored,
                                                         const DeadLetter& letter) const;

    /// The message with that changed: of what only its room understands, as much as that can.
    /// Errors: the room's.
    [[nodiscard]] virtual Result<MessagePtr> amend(const Message& stored,
                                                   const Amendment& change) const;
};

/// The readers of all formats that this broker knows. Filled in while it is put together.
class Formats {
public:
    /// `reader` outlives this object.
    void add(Format format, const FormatReader& reader) { readers_[index(format)] = &reader; }

    /// Errors: unknown_format; those of the reader.
    [[nodiscard]] Result<HubMessage> read(const Message& stored) const;
    /// As `FormatReader::find`; monostate in an unknown format.
    [[nodiscard]] ScalarView find(const Message& stored, std::string_view name,
                                  std::string& scratch) const;
    /// As `FormatReader::dead_letter`. Errors: unknown_format; those of the reader.
    [[nodiscard]] Result<MessagePtr> dead_letter(const Message& stored,
                                                 const DeadLetter& letter) const;
    /// As `FormatReader::amend`. Errors: unknown_format; those of the reader.
    [[nodiscard]] Result<MessagePtr> amend(const Message& stored, const Amendment& change) const;

private:
    static std::size_t index(Format format) { return static_cast<std::size_t>(format); }

    std::array<const FormatReader*, 256> readers_{};
};

}  // namespace tern::message
