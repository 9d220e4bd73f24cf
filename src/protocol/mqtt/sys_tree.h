#pragma once

#include "protocol/mqtt/traffic.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tern::mqtt {

/// What the `$SYS` tree is made from, at one moment.
struct SysFacts {
    std::string version;  ///< of the broker
    std::int64_t now_ms = 0;
    Figures figures;
    std::uint64_t connected = 0;
    std::uint64_t sessions = 0;     ///< that outlive their connections
    std::uint64_t connections = 0;  ///< ever made
    std::uint64_t expired = 0;
    std::uint64_t subscriptions = 0;
    std::uint64_t shared = 0;
    std::uint64_t retained = 0;                    ///< messages
    std::uint64_t stored = 0;                      ///< messages of all protocols, in memory
    std::uint64_t stored_bytes = 0;                ///< of these
    std::optional<std::uint64_t> heap_bytes = {};  ///< all that is allocated, if it is known
};

/// Makes the topics below `$SYS/broker` and their texts, by the names that mosquitto gave them.
class SysTree {
public:
    using Topics = std::map<std::string, std::string>;

    explicit SysTree(std::int64_t started_ms) : started_ms_(started_ms), last_ms_(started_ms) {}

    [[nodiscard]] Topics update(const SysFacts& facts);

private:
    /// Per minute, over 1, 5 and 15 minutes; what lies farther back counts less and less.
    struct Load {
        std::uint64_t last = 0;
        double averages[3] = {0, 0, 0};
    };

    void add_load(Topics& topics, const char* name, std::uint64_t total, double minutes);

    std::int64_t started_ms_;
    std::int64_t last_ms_;
    std::uint64_t clients_max_ = 0;
    std::uint64_t heap_bytes_max_ = 0;
    std::map<std::string, Load> loads_;
};

/// The tree as it was published last, for those who subscribe later. Used from any shard.
class SysBoard {
public:
    void show(SysTree::Topics topics) {
        topics_ = std::make_shared<const SysTree::Topics>(std::move(topics));
    }
    [[nodiscard]] std::shared_ptr<const SysTree::Topics> topics() const { return topics_; }

private:
    std::atomic<std::shared_ptr<const SysTree::Topics>> topics_{
        std::make_shared<const SysTree::Topics>()};
};

}  // namespace tern::mqtt
