#include "admin/jolokia_execution.h"

#include <algorithm>
#include <array>

// Counters that are reset or stand still, as Jolokia shows them: scrapers of other pages must not
// see them go down.

namespace tern::admin {
namespace {

constexpr std::size_t kViewsMax = 10'000;

/// What `resetStatistics` sets to zero, in any view.
constexpr std::array<std::string_view, 12> kCounters{
    "EnqueueCount",      "DispatchCount",  "DequeueCount",      "ExpiredCount",
    "TotalEnqueueCount", "EnqueueCounter", "TotalDequeueCount", "DequeueCounter",
    "DispatchedCounter", "ConsumedCount",  "BlockedSends",      "TotalBlockedTime"};

json::object counters_of(const json::object& attributes) {
    json::object counters;
    for (const std::string_view name : kCounters) {
        if (const json::value* const value = attributes.if_contains(name)) counters[name] = *value;
    }
    return counters;
}

/// A counter that is less than it was is another one of that name.
std::uint64_t since(const json::value& now, const json::value& then) {
    const auto count = now.to_number<std::uint64_t>();
    const auto before = then.to_number<std::uint64_t>();
    return count >= before ? count - before : count;
}

}  // namespace

void Jolokia::reset_statistics(const ExecutionPtr& call) {
    const MBeans beans(about_, *call->now);
    const MBean* const bean = beans.find(call->bean);
    if (resets_.size() >= kViewsMax) {
        std::erase_if(resets_,
                      [&beans](const auto& one) { return beans.find(one.first) == nullptr; });
    }
    if (resets_.size() >= kViewsMax && !resets_.contains(call->bean)) {
        return call->fail(kFailed, "too many views were reset");
    }
    resets_.insert_or_assign(call->bean, counters_of(beans.attributes(*bean)));
    if (!counts_) stopped_.erase(call->bean);
    call->succeed();
}

void Jolokia::disable_statistics(const ExecutionPtr& call) {
    if (!counts_) return call->succeed();
    const MBeans beans(about_, *call->now);
    if (beans.all().size() > kViewsMax) return call->fail(kFailed, "there are too many views");
    for (const MBean& one : beans.all()) {
        json::object counters = counters_of(attributes_of(beans, one));
        if (!counters.empty()) stopped_.insert_or_assign(one.name, std::move(counters));
    }
    counts_ = false;
    call->succeed();
}

void Jolokia::enable_statistics(const ExecutionPtr& call) {
    if (counts_) return call->succeed();
    const MBeans beans(about_, *call->now);
    if (beans.all().size() > kViewsMax) return call->fail(kFailed, "there are too many views");
    resets_.clear();
    for (const MBean& one : beans.all()) {
        // They go on from where they stood.
        json::object from = counters_of(beans.attributes(one));
        const auto stopped = stopped_.find(one.name);
        for (auto& [name, value] : from) {
            const json::value* const stood =
                stopped == stopped_.end() ? nullptr : stopped->second.if_contains(name);
            if (stood != nullptr) value = since(value, *stood);
        }
        if (!from.empty()) resets_.insert_or_assign(one.name, std::move(from));
    }
    stopped_.clear();
    counts_ = true;
    call->succeed();
}

json::object Jolokia::attributes_of(const MBeans& beans, const MBean& bean) const {
    json::object all = counted(beans, bean);
    const json::value* const blocked = all.if_contains("BlockedSends");
    if (blocked == nullptr) return all;
    const auto sends = blocked->to_number<double>();
    const auto time_ms = all.at("TotalBlockedTime").to_number<double>();
    all["AverageBlockedTime"] = sends == 0 ? 0.0 : time_ms / sends;
    return all;
}

json::object Jolokia::counted(const MBeans& beans, const MBean& bean) const {
    json::object all = beans.attributes(bean);
    if (json::value* const said = all.if_contains("StatisticsEnabled")) *said = counts_;
    if (!counts_) {
        const auto stopped = stopped_.find(bean.name);
        for (const std::string_view name : kCounters) {
            json::value* const now = all.if_contains(name);
            if (now == nullptr) continue;
            const json::value* const stood =
                stopped == stopped_.end() ? nullptr : stopped->second.if_contains(name);
            *now = stood == nullptr ? json::value(0) : *stood;
        }
        return all;
    }
    const auto reset = resets_.find(bean.name);
    if (reset == resets_.end()) return all;
    for (const auto& [name, before] : reset->second) {
        if (json::value* const now = all.if_contains(name)) *now = since(*now, before);
    }
    return all;
}

}  // namespace tern::admin
