#include "admin/jolokia_execution.h"

#include <algorithm>

// The operations of ActiveMQ's BrokerView, and those that many views share.

namespace tern::admin {
namespace {

using broker::Destination;
using broker::Domain;

constexpr std::size_t kPageMax = 1000;

/// `QueueSize` is `queueSize` and `DLQ` is `dlq`, as Java's beans have it written.
std::string member_name(std::string_view attribute) {
    std::string name(attribute);
    for (std::size_t i = 0; i < name.size() && name[i] >= 'A' && name[i] <= 'Z'; ++i) {
        name[i] = static_cast<char>(name[i] - 'A' + 'a');
    }
    return name;
}

/// What BrokerView's queries may say.
struct Query {
    std::string name;    ///< the destination's contains it
    std::string filter;  ///< nonEmpty, noConsumer, or anything
    std::string sort = "name";
    bool descending = false;
};

Query parse_query(const std::string& text) {
    boost::json::error_code error;
    const json::value given = json::parse(text.empty() ? "{}" : text, error);
    Query query;
    if (error || !given.is_object()) return query;
    const json::object& from = given.get_object();
    query.name = jolokia_text(from, "name");
    query.filter = jolokia_text(from, "filter");
    if (const std::string sort = jolokia_text(from, "sortColumn"); !sort.empty()) {
        query.sort = sort;
    }
    query.descending = jolokia_text(from, "sortOrder") == "desc";
    return query;
}

bool takes(const Query& query, const json::object& view) {
    if (jolokia_text(view, "name").find(query.name) == std::string::npos) return false;
    const auto none = [&view](const char* name) { return view.at(name).to_number<double>() == 0; };
    if (query.filter == "nonEmpty") return !none("queueSize");
    if (query.filter == "noConsumer") return none("consumerCount");
    return true;
}

bool less(const json::object& a, const json::object& b, const std::string& column) {
    const json::value* const left = a.if_contains(column);
    const json::value* const right = b.if_contains(column);
    if (left == nullptr || right == nullptr) return false;
    if (left->is_string() && right->is_string()) return left->get_string() < right->get_string();
    if (!left->is_number() || !right->is_number()) return false;
    return left->to_number<double>() < right->to_number<double>();
}

}  // namespace

void Jolokia::stop(const ExecutionPtr& call) {
    call->succeed();
    surroundings_.stop();
}

void Jolokia::restart(const ExecutionPtr& call) {
    call->succeed();
    surroundings_.restart();
}

void Jolokia::query_destinations(const ExecutionPtr& call) {
    const auto page = parse_number(call->text(1));
    const auto size = parse_number(call->text(2));
    if (!page || !size || *page == 0 || *size > kPageMax) {
        return call->fail(kWrong, "pages begin at 1 and have at most 1000 destinations");
    }
    const Query query = parse_query(call->text(0));
    const bool queues = call->operation == "queryQueues";
    const MBeans beans(about_, *call->now);
    std::vector<std::pair<std::string, json::object>> found;
    for (const MBean& bean : beans.all()) {
        const bool wanted = queues ? std::holds_alternative<QueueBean>(bean.about)
                                   : std::holds_alternative<TopicBean>(bean.about);
        if (!wanted) continue;
        json::object view;
        for (auto& [name, value] : attributes_of(beans, bean)) view[member_name(name)] = value;
        if (takes(query, view)) found.emplace_back(bean.name.text(), std::move(view));
    }
    std::ranges::stable_sort(found, [&query](const auto& a, const auto& b) {
        return query.descending ? less(b.second, a.second, query.sort)
                                : less(a.second, b.second, query.sort);
    });
    json::object data;
    const std::size_t first = std::min<std::size_t>((*page - 1) * *size, found.size());
    const std::size_t last = std::min<std::size_t>(first + *size, found.size());
    for (std::size_t i = first; i < last; ++i) data[found[i].first] = std::move(found[i].second);
    call->succeed(json_text(
        json::serialize(json::object{{"data", std::move(data)}, {"count", found.size()}})));
}

/// A topic is there as long as somebody subscribes or sends to it.
void Jolokia::remove_topic(const ExecutionPtr& call) {
    for (const broker::QueueStatus& one : call->now->subscriptions) {
        const auto& bindings = one.info->bindings;
        const bool used = std::ranges::any_of(bindings, [&call](const Destination& binding) {
            return binding.name == call->text(0);
        });
        if (used) return call->fail(kFailed, "there are subscriptions of " + call->text(0));
    }
    call->succeed();
}

void Jolokia::make_subscriber(const ExecutionPtr& call) {
    const broker::SubscriptionKey key{call->text(0), call->text(1)};
    const std::string topic = call->text(2);
    if (key.name.empty() || topic.empty()) {
        return call->fail(kWrong, "the subscription's name and the topic have to be given");
    }
    surroundings_.callers->make_subscription(
        {.key = key, .selector = call->text(3)}, {Domain::topic, false, topic},
        [this, call, key, topic](std::error_code error) {
            if (error) return call->fail(kFailed, error.message());
            const MBeans beans(about_, *call->now);
            call->succeed(json::object{
                {"objectName", json_text(beans.subscription_name(key, topic).text())}});
        });
}

void Jolokia::match_name(const ExecutionPtr& call) {
    const bool topics = call->operation == "isMatchingTopic";
    const auto& keys = call->bean.keys;
    const bool topic = keys.at("destinationType").ends_with("Topic");
    bool found = false;
    for (std::string_view names = call->bindings; topics == topic && !names.empty();) {
        const std::size_t end = std::min(names.find(','), names.size());
        const std::string_view one = names.substr(0, end);
        found = found || one == call->text(0) || broker::matches(one, call->text(0));
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    call->succeed(found);
}

}  // namespace tern::admin
