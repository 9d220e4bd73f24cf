#include "engine/catalog.h"
#include "engine/shard_broker.h"

#include <algorithm>
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

void Catalog::tell_of_demand(const broker::Notice& notice) {
    if (notice.what == What::ends) {
        const auto told = demands_.extract(notice.about);
        if (told.empty()) return;
        for (const broker::NoticeSubjectPtr& one : told.mapped()) tell(What::ends, one);
    }
    if (notice.what != What::begins || !home_.settings().virtual_demand.consumers) return;
    std::vector<broker::NoticeSubjectPtr> told;
    for (const broker::Destination& at : notice.about->consumes()) {
        for (const broker::Destination& source : sources_of(at)) {
            auto demand = notice.about->demand(source);
            if (demand != nullptr) told.push_back(std::move(demand));
        }
    }
    if (told.empty()) return;
    for (const broker::NoticeSubjectPtr& one : told) tell(What::begins, one);
    demands_.insert_or_assign(notice.about, std::move(told));
}

void Catalog::tell_of_demand(const broker::QueueInfo& queue) {
    const auto& wanted = home_.settings().virtual_demand;
    if (!wanted.consumers || !wanted.queues || home_.observer() == nullptr) return;
    if (queue.is_subscription() || sources_of(queue.bindings.front()).empty()) return;
    auto about = home_.observer()->subject(std::make_shared<const broker::Party>(
        broker::Party{.what = broker::Party::What::consumer,
                      .connection = kQueues,
                      .number = queue.id.value,
                      .destination = queue.bindings.front()}));
    if (about == nullptr) return;
    wanting_queues_.insert_or_assign(queue.id, about);
    tell_of_demand({.what = What::begins, .about = std::move(about)});
}

void Catalog::forget_demand(const broker::QueueInfo& queue) {
    auto told = wanting_queues_.extract(queue.id);
    if (!told.empty()) tell_of_demand({.what = What::ends, .about = std::move(told.mapped())});
}

}  // namespace tern::engine
