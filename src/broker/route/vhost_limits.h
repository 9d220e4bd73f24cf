#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tern::broker {

/// What there may be a number of only, in a virtual host or of a user.
enum class VhostLimit : std::uint8_t {
    vhost_connections,
    vhost_queues,
    user_connections,
    user_channels,
    user_sessions,  ///< whatever its protocol calls so: see Broker::begin_session
    user_queues,
};

/// How many there may be, by the name of the virtual host or the user.
class VhostLimits {
public:
    /// `max` below 0: any number.
    void set(VhostLimit what, std::string name, std::int64_t max);
    /// Nothing: any number.
    [[nodiscard]] std::optional<std::int64_t> find(VhostLimit what, std::string_view name) const;

private:
    std::map<std::pair<VhostLimit, std::string>, std::int64_t> all_;
};

}  // namespace tern::broker
