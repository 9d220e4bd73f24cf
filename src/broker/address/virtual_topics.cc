#include "broker/address/virtual_topics.h"

#include "broker/api/destination.h"

#include <algorithm>
#include <optional>

namespace tern::broker {
namespace {

/// What follows the prefix in the name, if it begins so.
std::optional<std::string_view> behind(std::string_view prefix, std::string_view name) {
    for (;;) {
        const std::size_t dot = prefix.find('.');
        if (dot == std::string_view::npos) break;
        const std::string_view wanted = prefix.substr(0, dot);
        const std::size_t end = name.find('.');
        if (end == std::string_view::npos) return {};
        if (wanted != "*" && wanted != name.substr(0, end)) return {};
        prefix.remove_prefix(dot + 1);
        name.remove_prefix(end + 1);
    }
    if (!name.starts_with(prefix)) return {};
    return name.substr(prefix.size());
}

std::optional<std::string> topic_of(const VirtualTopic& rule, std::string_view queue) {
    const auto rest = behind(rule.prefix, queue);
    if (!rest || !rest->ends_with(rule.postfix)) return {};
    const std::string_view topic = rest->substr(0, rest->size() - rule.postfix.size());
    // What the broker itself tells is for those who watch, not for queues.
    if (topic.empty() || topic.starts_with("ActiveMQ.Advisory.")) return {};
    if (!matches(rule.name, topic)) return {};
    return std::string(topic);
}

}  // namespace

const VirtualTopic* VirtualTopics::rule_of(std::string_view queue) const {
    const auto found = std::ranges::find_if(
        rules_, [queue](const VirtualTopic& rule) { return topic_of(rule, queue).has_value(); });
    return found == rules_.end() ? nullptr : &*found;
}

bool VirtualTopics::choose() const {
    return std::ranges::any_of(
        rules_, [](const VirtualTopic& rule) { return rule.selective || rule.drops; });
}

std::vector<std::string> VirtualTopics::topics_of(std::string_view queue) const {
    std::vector<std::string> topics;
    for (const VirtualTopic& rule : rules_) {
        auto topic = topic_of(rule, queue);
        if (topic && std::ranges::find(topics, *topic) == topics.end()) {
            topics.push_back(std::move(*topic));
        }
    }
    const std::size_t colons = qualified_ ? queue.find("::") : std::string_view::npos;
    if (colons != std::string_view::npos && colons > 0) topics.emplace_back(queue, 0, colons);
    return topics;
}

}  // namespace tern::broker
