#pragma once

#include "broker/route/vhost_limits.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::engine {

class ShardBroker;

/// What a connection has taken of what there may be a number of only.
class ConnectionPlaces {
public:
    explicit ConnectionPlaces(ShardBroker& shard) : shard_(shard) {}

    /// As `broker::ExchangeBroker::take`.
    [[nodiscard]] std::optional<std::int64_t> take(broker::VhostLimit what, std::string_view name);
    void give_back(broker::VhostLimit what, std::string_view name);
    void give_back_all();

private:
    ShardBroker& shard_;
    std::vector<std::pair<broker::VhostLimit, std::string>> taken_;
};

}  // namespace tern::engine
