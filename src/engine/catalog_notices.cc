#include "broker/api/destination.h"
#include "engine/catalog.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <functional>

namespace tern::engine {
namespace {

bool matches_any(const std::vector<std::string>& patterns, const std::string& topic) {
    return std::ranges::any_of(
        patterns, [&topic](const std::string& one) { return broker::matches(one, topic); });
}

}  // namespace

std::size_t Catalog::SubjectHash::operator()(const broker::NoticeSubjectPtr& one) const {
    return std::hash<std::string>()(one->key());
}

bool Catalog::SameSubject::operator()(const broker::NoticeSubjectPtr& one,
                                      const broker::NoticeSubjectPtr& other) const {
    return one == other || one->key() == other->key();
}

void Catalog::announce(const broker::Notice& notice) {
    tell(notice.what, notice.about);
    tell_of_demand(notice);
}

void Catalog::tell(broker::Notice::What what, const broker::NoticeSubjectPtr& about) {
    const std::string name = about->topic();
    if (what == broker::Notice::What::begins) {
        Lasting& lasting = notices_[name];
        lasting.erase(about);
        lasting.insert(about);
    }
    const auto found = notices_.find(name);
    std::size_t lasting = found == notices_.end() ? 0 : found->second.size();
    if (what == broker::Notice::What::ends) {
        if (found == notices_.end() || found->second.erase(about) == 0) return;
        --lasting;
        if (lasting == 0) notices_.erase(found);
    }
    const broker::DestinationView topic{broker::Domain::topic, false, name};
    if (home_.table().route(topic).empty()) return;
    if (const MessagePtr message = about->message(what, lasting)) {
        home_.tell(topic, message);
    }
}

std::vector<MessagePtr> Catalog::notices(const std::vector<std::string>& patterns) const {
    std::vector<MessagePtr> all;
    for (const auto& [topic, lasting] : notices_) {
        if (!matches_any(patterns, topic)) continue;
        // Whoever asks twice hears the same.
        std::map<std::string, const broker::NoticeSubject*> sorted;
        for (const broker::NoticeSubjectPtr& one : lasting) sorted.emplace(one->key(), one.get());
        for (const auto& [key, subject] : sorted) {
            auto one = subject->message(broker::Notice::What::begins, lasting.size());
            if (one != nullptr) all.push_back(std::move(one));
        }
    }
    return all;
}

std::map<std::string, std::size_t> Catalog::count_notices(const std::string& prefix) const {
    std::map<std::string, std::size_t> counts;
    for (auto one = notices_.lower_bound(prefix);
         one != notices_.end() && one->first.starts_with(prefix); ++one) {
        counts[one->first] = one->second.size();
    }
    return counts;
}

}  // namespace tern::engine
