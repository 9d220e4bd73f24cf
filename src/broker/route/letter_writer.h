#pragma once

#include "base/result.h"
#include "message/message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::broker {

/// How a message died on a queue whose dead letters go to an exchange.
struct ExchangeDeath {
    std::string_view queue;   ///< where
    std::string_view reason;  ///< `rejected`, `expired`, `maxlen`, `delivery_limit`
    std::string_view exchange;
    std::optional<std::string_view> key = {};  ///< in place of those the message was sent with
    std::int64_t now_ms = 0;
};

/// A dead letter, and what it tells of earlier deaths.
struct ExchangeLetter {
    struct Death {
        std::string queue;
        bool rejected = false;
    };

    MessagePtr message;
    std::vector<std::string> keys;  ///< it is sent with
    std::vector<Death> deaths;      ///< the last one first; each queue and reason once
};

/// Makes dead letters for exchanges. Immutable, used from any shard.
class LetterWriter {
public:
    virtual ~LetterWriter() = default;

    /// Errors: those of the message's format.
    [[nodiscard]] virtual Result<ExchangeLetter> write(const Message& dead,
                                                       const ExchangeDeath& death) const = 0;
};

/// Whether the letter comes back to that queue without anybody having rejected it on the way: then
/// it would go round for ever.
[[nodiscard]] bool goes_round(const ExchangeLetter& letter, std::string_view queue);

}  // namespace tern::broker
