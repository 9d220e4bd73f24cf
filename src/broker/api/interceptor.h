#pragma once

#include "broker/api/queue_info.h"
#include "message/formats.h"

#include <optional>

namespace tern::broker {

/// A message on its way to a destination.
struct Sending {
    const Message& message;
    const DestinationView& to;
    bool to_dead_letters = false;
    std::int64_t now_ms = 0;
    const message::Formats& formats;
    std::string_view user = {};  ///< who sends it; empty: nobody knows
};

/// A message that nobody could consume.
struct Dying {
    const Message& message;
    const QueueInfo& from;
    /// Failed deliveries; nothing: this message's format does not keep count of those before it
    /// came to its queue again.
    std::optional<std::uint32_t> failures = {};
    bool expired = false;
    std::int64_t now_ms = 0;
};

/// What becomes of it.
struct Fate {
    enum class What : std::uint8_t {
        dead_letter,  ///< if the policy of its destination says so
        drop,
        retry,  ///< back to its queue, behind all that is there by then
    };

    What what = What::dead_letter;
    std::int64_t delay_ms = 0;  ///< retry
};

/// Takes part in what becomes of messages: how the broker is extended, by its own plugins and by
/// others that are linked into the daemon. One object serves all shards at once.
class Interceptor {
public:
    virtual ~Interceptor() = default;

    /// Somebody sends the message. The one that goes on in its place; null: it goes on as it is.
    /// An error refuses it. May be asked again about the same message.
    [[nodiscard]] virtual Result<MessagePtr> sending(const Sending&) const { return nullptr; }
    /// Nothing: somebody else decides, in the end the policy.
    [[nodiscard]] virtual std::optional<Fate> dying(const Dying&) const { return std::nullopt; }
};

}  // namespace tern::broker
