#include "protocol/mqtt/sys_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tern::mqtt {
namespace {

constexpr double kMinuteMs = 60'000;
constexpr int kSpans[] = {1, 5, 15};  // minutes

}  // namespace

SysTree::Topics SysTree::update(const SysFacts& facts) {
    const std::uint64_t known = std::max(facts.sessions, facts.connected);
    clients_max_ = std::max(clients_max_, known);
    Topics topics;
    const auto add = [&topics](const char* name, std::uint64_t value) {
        topics.emplace(fmt::format("$SYS/broker/{}", name), fmt::to_string(value));
    };
    topics.emplace("$SYS/broker/version", facts.version);
    topics.emplace("$SYS/broker/uptime",
                   fmt::format("{} seconds", (facts.now_ms - started_ms_) / 1000));
    add("clients/total", known);
    add("clients/connected", facts.connected);
    add("clients/active", facts.connected);
    add("clients/disconnected", known - facts.connected);
    add("clients/inactive", known - facts.connected);
    add("clients/maximum", clients_max_);
    add("clients/expired", facts.expired);
    add("subscriptions/count", facts.subscriptions);
    add("shared_subscriptions/count", facts.shared);
    add("retained messages/count", facts.retained);
    add("store/messages/count", facts.stored);
    add("store/messages/bytes", facts.stored_bytes);
    add("messages/stored", facts.stored);  // its older name
    if (facts.heap_bytes) {
        heap_bytes_max_ = std::max(heap_bytes_max_, *facts.heap_bytes);
        add("heap/current", *facts.heap_bytes);
        add("heap/maximum", heap_bytes_max_);
    }
    const Figures& figures = facts.figures;
    add("messages/received", figures.packets_received);
    add("messages/sent", figures.packets_sent);
    add("publish/messages/received", figures.publishes_received);
    add("publish/messages/sent", figures.publishes_sent);
    add("publish/messages/dropped", figures.publishes_dropped);
    add("publish/bytes/received", figures.publish_bytes_received);
    add("publish/bytes/sent", figures.publish_bytes_sent);
    add("bytes/received", figures.bytes_received);
    add("bytes/sent", figures.bytes_sent);
    const double minutes = static_cast<double>(facts.now_ms - last_ms_) / kMinuteMs;
    last_ms_ = facts.now_ms;
    add_load(topics, "connections", facts.connections, minutes);
    add_load(topics, "messages/received", figures.packets_received, minutes);
    add_load(topics, "messages/sent", figures.packets_sent, minutes);
    add_load(topics, "publish/received", figures.publishes_received, minutes);
    add_load(topics, "publish/sent", figures.publishes_sent, minutes);
    add_load(topics, "publish/dropped", figures.publishes_dropped, minutes);
    add_load(topics, "bytes/received", figures.bytes_received, minutes);
    add_load(topics, "bytes/sent", figures.bytes_sent, minutes);
    return topics;
}

void SysTree::add_load(Topics& topics, const char* name, std::uint64_t total, double minutes) {
    Load& load = loads_[name];
    const auto more = static_cast<double>(total - std::exchange(load.last, total));
    for (std::size_t i = 0; i < std::size(kSpans); ++i) {
        if (minutes > 0) {
            const double weight = std::exp(-minutes / kSpans[i]);
            load.averages[i] = load.averages[i] * weight + more / minutes * (1 - weight);
        }
        topics.emplace(fmt::format("$SYS/broker/load/{}/{}min", name, kSpans[i]),
                       fmt::format("{:.2f}", load.averages[i]));
    }
}

}  // namespace tern::mqtt
