#pragma once

#include "broker/api/destination.h"

#include <string>
#include <string_view>
#include <vector>

namespace tern::stomp {

/// One destination as a client names it.
struct Named {
    broker::Domain domain = broker::Domain::queue;
    bool temporary = false;
    /// A temporary one by a name that only its connection knows.
    bool alias = false;
    /// It had a prefix: without one it is a queue, but in reply-to no destination at all.
    bool prefixed = false;
    std::string_view name;
};

/// What the text of a destination header names: one, or several separated by commas. Options behind
/// a `?` are not part of a name. Empty ones are left out.
[[nodiscard]] std::vector<Named> parse_destinations(std::string_view text);

/// As in `/queue/A`, `/remote-temp-topic/ID:…`.
[[nodiscard]] std::string client_name(const broker::DestinationView& destination);

}  // namespace tern::stomp
