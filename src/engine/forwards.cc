#include "engine/forwards.h"

#include <algorithm>
#include <utility>

namespace tern::engine {

using broker::Destination;
using broker::DestinationView;
using broker::Domain;

namespace {

/// What the broker keeps or tells for itself is not what somebody sent.
bool is_own(const DestinationView& destination) {
    return destination.name.starts_with('$') || destination.name.starts_with("ActiveMQ.Advisory.");
}

bool is_from(const Destination& from, const DestinationView& to) {
    return from.domain == to.domain && !to.temporary && broker::matches(from.name, to.name);
}

}  // namespace

struct Forwards::Walk {
    const Message* message;
    std::vector<Destination> seen;
    std::vector<Destination> takers;

    [[nodiscard]] bool is_taken_by(const Target& target) const {
        if (message == nullptr || !target.selects) return true;
        return target.filter != nullptr && target.filter->matches(*message, 0);
    }
};

Forwards::Forwards(const std::vector<Composite>& composites, std::optional<Mirror> mirror,
                   const message::Formats& formats)
    : mirror_(std::move(mirror)) {
    for (const Composite& composite : composites) {
        Rule rule{.from = composite.from,
                  .to = {},
                  .forward_only = composite.forward_only,
                  .keep_unmatched = composite.keep_unmatched};
        for (const Composite::Target& target : composite.to) {
            const bool selects = !target.selector.empty();
            broker::FilterPtr filter;
            if (selects) filter = broker::Filter::parse(target.selector, formats).value_or(nullptr);
            rule.to.push_back({target.destination, std::move(filter), selects});
        }
        rules_.push_back(std::move(rule));
    }
}

std::vector<Destination> Forwards::follow(const DestinationView& to, const Message* message) const {
    Walk walk{.message = message, .seen = {}, .takers = {}};
    follow(to, walk);
    return std::move(walk.takers);
}

void Forwards::follow(const DestinationView& at, Walk& walk) const {
    const Destination here(at);
    if (std::ranges::find(walk.seen, here) != walk.seen.end()) return;
    walk.seen.push_back(here);
    bool itself = true;
    std::vector<Destination> next;
    if (!is_own(at)) {
        for (const Rule& rule : rules_) {
            if (is_from(rule.from, at)) itself = stays(rule, walk, next) && itself;
        }
        const bool mirrored =
            at.domain == Domain::queue && mirror_ && (!at.temporary || mirror_->temporary);
        if (mirrored) {
            next.emplace_back(Domain::topic, false,
                              mirror_->prefix + std::string(at.name) + mirror_->postfix);
        }
    }
    if (itself) walk.takers.push_back(here);
    for (const Destination& one : next) follow(one.view(), walk);
}

bool Forwards::stays(const Rule& rule, Walk& walk, std::vector<Destination>& next) {
    bool matched = false;
    for (const Target& target : rule.to) {
        if (!walk.is_taken_by(target)) continue;
        matched = true;
        next.push_back(target.destination);
    }
    if (rule.keep_unmatched) return !matched || walk.message == nullptr;
    return !rule.forward_only;
}

}  // namespace tern::engine
