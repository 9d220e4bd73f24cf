#include "engine/catalog.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

// The part of Catalog that lets other brokers know what is wanted of virtual topics and composites:
// whoever consumes from where their messages go is told of as if it consumed from them. So brokers
// that know nothing of these rules send on what reaches such consumers here.

namespace tern::engine {
namespace {

using What = broker::Notice::What;

/// What is said of queues that are there says who they are by this name and their number.
constexpr const char* kQueues = "ID:queues";

}  // namespace

std::vector<broker::Destination> Catalog::sources_of(const broker::Destination& of) const {
    const Settings& settings = home_.settings();
    std::vector<broker::Destination> sources;
    if (of.temporary) return sources;
    if (of.domain == broker::Domain::queue) {
        for (std::string& topic : settings.virtual_topics.topics_of(of.name)) {
            sources.emplace_back(broker::Domain::topic, false, std::move(topic));
        }
    }
    for (const Composite& composite : settings.composites) {
        const bool leads_here =
            std::ranges::find(composite.to, of, &Composite::Target::destination) !=
            composite.to.end();
        if (leads_here && std::ranges::find(sources, composite.from) == sources.end()) {
            sources.push_back(composite.from);
        }
    }
    return sources;
}

std::vector<broker::NoticeSubjectPtr> Catalog::demand_of(
    const broker::NoticeSubject& consumer) const {
    std::vector<broker::NoticeSubjectPtr> demand;
    if (!home_.settings().virtual_demand.consumers) return demand;
    for (const broker::Destination& at : consumer.consumes()) {
        for (const broker::Destination& source : sources_of(at)) {
            auto one = consumer.demand(source);
            if (one != nullptr) demand.push_back(std::move(one));
        }
    }
    return demand;
}

void Catalog::tell_of_demand(const broker::Notice& notice) {
    if (notice.what == What::ends) {
        const auto told = demands_.extract(notice.about);
        if (told.empty()) return;
        for (const broker::NoticeSubjectPtr& one : told.mapped()) tell(What::ends, one);
    }
    if (notice.what != What::begins) return;
    std::vector<broker::NoticeSubjectPtr> told = demand_of(*notice.about);
    if (told.empty()) return;
    for (const broker::NoticeSubjectPtr& one : told) tell(What::begins, one);
    demands_.insert_or_assign(notice.about, std::move(told));
}

bool Catalog::is_wanting(const broker::QueueInfo& queue) const {
    const auto& wanted = home_.settings().virtual_demand;
    return wanted.consumers && wanted.queues && home_.observer() != nullptr &&
           !queue.is_subscription() && !sources_of(queue.bindings.front()).empty();
}

void Catalog::tell_of_demand(const broker::QueueInfo& queue) {
    if (!is_wanting(queue)) return;
    auto about = home_.observer()->subject(std::make_shared<const broker::Party>(
        broker::Party{.what = broker::Party::What::consumer,
                      .connection = kQueues,
                      .number = queue.id.value,
                      .destination = queue.bindings.front()}));
    if (about == nullptr) return;
    wanting_queues_.insert_or_assign(queue.id, about);
    tell_of_demand({.what = What::begins, .about = std::move(about)});
}

void Catalog::renew_demand() {
    if (!home_.settings().virtual_demand.consumers && demands_.empty()) return;
    // What was told itself looks like a consumer of the source.
    std::unordered_set<broker::NoticeSubjectPtr> told;
    for (const auto& [consumer, demand] : demands_) told.insert(demand.begin(), demand.end());
    std::vector<broker::NoticeSubjectPtr> consumers;
    for (const auto& [topic, lasting] : notices_) {
        for (const broker::NoticeSubjectPtr& one : lasting) {
            if (!told.contains(one) && !one->consumes().empty()) consumers.push_back(one);
        }
    }
    for (const broker::NoticeSubjectPtr& one : consumers) renew_demand(one);
    for (const broker::QueueInfoPtr& queue : home_.table().queues_matching(">")) {
        const auto wanting = wanting_queues_.find(queue->id);
        if (wanting == wanting_queues_.end()) {
            tell_of_demand(*queue);
        } else if (is_wanting(*queue)) {
            renew_demand(wanting->second);
        } else {
            forget_demand(*queue);
        }
    }
}

/// What was told and still holds is not told again.
void Catalog::renew_demand(const broker::NoticeSubjectPtr& consumer) {
    const auto is_in = [](const std::vector<broker::NoticeSubjectPtr>& all,
                          const broker::NoticeSubject& it) {
        return std::ranges::any_of(all, [&it](const broker::NoticeSubjectPtr& one) {
            return one->topic() == it.topic() && one->key() == it.key();
        });
    };
    const auto found = demands_.extract(consumer);
    const auto told = found.empty() ? std::vector<broker::NoticeSubjectPtr>{} : found.mapped();
    std::vector<broker::NoticeSubjectPtr> holds = demand_of(*consumer);
    for (const broker::NoticeSubjectPtr& one : told) {
        if (!is_in(holds, *one)) tell(What::ends, one);
    }
    for (const broker::NoticeSubjectPtr& one : holds) {
        if (!is_in(told, *one)) tell(What::begins, one);
    }
    if (!holds.empty()) demands_.insert_or_assign(consumer, std::move(holds));
}

void Catalog::forget_demand(const broker::QueueInfo& queue) {
    auto told = wanting_queues_.extract(queue.id);
    if (!told.empty()) tell_of_demand({.what = What::ends, .about = std::move(told.mapped())});
}

}  // namespace tern::engine
