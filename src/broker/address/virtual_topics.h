#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tern::broker {

/// Topics whose messages reach queues, too, so that each group of consumers shares a queue of its
/// own: `Consumer.A.VirtualTopic.Orders` gets what is sent to the topic `VirtualTopic.Orders`.
struct VirtualTopic {
    std::string name;        ///< of the topics: a name or pattern
    std::string prefix;      ///< of the queues; `*` stands for one level
    std::string postfix;     ///< of the queues
    bool selective = false;  ///< a queue gets only what somebody takes of it
    /// A queue that is full and would refuse the message goes without it, rather than all.
    bool drops = false;
};

class VirtualTopics {
public:
    VirtualTopics() = default;
    /// `qualified`: a queue named `TOPIC::ANYTHING` gets what is sent to TOPIC, too.
    explicit VirtualTopics(std::vector<VirtualTopic> rules, bool qualified = false)
        : rules_(std::move(rules)), qualified_(qualified) {}

    /// The topics that a queue of this name gets messages of.
    [[nodiscard]] std::vector<std::string> topics_of(std::string_view queue) const;
    /// The first rule by which it gets any; null: it gets none.
    [[nodiscard]] const VirtualTopic* rule_of(std::string_view queue) const;
    /// Whether any rule does not simply give everything to all.
    [[nodiscard]] bool choose() const;
    [[nodiscard]] bool is_selective(std::string_view queue) const {
        const VirtualTopic* const rule = choose() ? rule_of(queue) : nullptr;
        return rule != nullptr && rule->selective;
    }

private:
    std::vector<VirtualTopic> rules_;
    bool qualified_ = false;
};

}  // namespace tern::broker
