#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tern::broker {

/// Topics whose messages reach queues, too, so that each group of consumers shares a queue of its
/// own: `Consumer.A.VirtualTopic.Orders` gets what is sent to the topic `VirtualTopic.Orders`.
struct VirtualTopic {
    std::string name;     ///< of the topics: a name or pattern
    std::string prefix;   ///< of the queues; `*` stands for one level
    std::string postfix;  ///< of the queues
};

class VirtualTopics {
public:
    VirtualTopics() = default;
    explicit VirtualTopics(std::vector<VirtualTopic> rules) : rules_(std::move(rules)) {}

    /// The topics that a queue of this name gets messages of.
    [[nodiscard]] std::vector<std::string> topics_of(std::string_view queue) const;

private:
    std::vector<VirtualTopic> rules_;
};

}  // namespace tern::broker
