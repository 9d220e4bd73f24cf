#pragma once

#include "engine/engine_story.h"

#include <functional>
#include <string>
#include <vector>

namespace tern::engine {

constexpr std::size_t kKiB = 1024;

/// The whole broker with one policy for all destinations, and messages of 1 KiB that have numbers.
class LimitsStory : public EngineStory, public testing::WithParamInterface<int> {
protected:
    LimitsStory() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    void set_policy(const std::function<void(broker::Policy&)>& adjust,
                    const broker::Limits& limits = {}) {
        broker::Policy policy;
        // Otherwise messages leave memory instead of filling it.
        policy.queue_cursor.kind = broker::Cursor::Kind::memory;
        adjust(policy);
        Settings settings;
        settings.policies = broker::PolicyMap({}, policy);
        settings.limits = limits;
        configure(std::move(settings));
    }
    /// Sends messages of 1 KiB with names that begin with these numbers.
    void fill(StoryClient& client, const std::string& to, int first, int count) {
        for (int i = first; i < first + count; ++i) {
            client.publish(to, name(i), Durable::no);
            idle();
        }
    }
    static std::string name(int i) { return std::to_string(i) + std::string(kKiB, '.'); }
    static std::vector<int> numbers(const std::vector<std::string>& names) {
        std::vector<int> all;
        for (const std::string& one : names) all.push_back(std::stoi(one));
        return all;
    }
    /// How often somebody ran into the limit, on all shards.
    [[nodiscard]] std::uint64_t crossed(broker::Limit limit) {
        std::uint64_t count = 0;
        for (std::uint16_t id = 0; id < shards_; ++id) {
            const broker::FlowStatus flow = engine_->shard(ShardId{id}).status().flow;
            count += flow.crossed[static_cast<std::size_t>(limit)];
        }
        return count;
    }
};

}  // namespace tern::engine
