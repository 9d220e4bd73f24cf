#pragma once

#include "broker/route/vhost_limits.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tern::engine {

/// How many there are. From any shard: it is asked when a connection or a channel opens or ends,
/// and never for a message.
class VhostPlaces {
public:
    /// False: `max` are taken; nothing: any number may be.
    [[nodiscard]] bool take(broker::VhostLimit what, std::string_view name,
                            std::optional<std::int64_t> max);
    void give_back(broker::VhostLimit what, std::string_view name);

private:
    std::mutex mutex_;
    std::map<std::pair<broker::VhostLimit, std::string>, std::int64_t> taken_;
};

}  // namespace tern::engine
