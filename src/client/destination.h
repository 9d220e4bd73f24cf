#pragma once

#include "client/error.h"

#include <string>
#include <string_view>

namespace tern::client {

/// Where messages go. Names are UTF-8; `A.*` and `A.>` are wildcards of consumers, `A,B` names
/// several destinations at once.
struct Destination {
    enum class Kind { queue, topic, temporary_queue, temporary_topic };

    Kind kind = Kind::queue;
    std::string name{};

    [[nodiscard]] static Destination queue(std::string name);
    [[nodiscard]] static Destination topic(std::string name);

    /// From `queue://N`, `topic://N`, `temp-queue://N`, `temp-topic://N`, or `N`, which is a queue.
    /// Errors: bad_argument (no name, an unknown prefix, or options behind a `?`).
    [[nodiscard]] static Result<Destination> parse(std::string_view text);
    /// The way back.
    [[nodiscard]] std::string text() const;

    [[nodiscard]] bool is_topic() const {
        return kind == Kind::topic || kind == Kind::temporary_topic;
    }
    [[nodiscard]] bool is_temporary() const {
        return kind == Kind::temporary_queue || kind == Kind::temporary_topic;
    }
    bool operator==(const Destination&) const = default;
};

}  // namespace tern::client
