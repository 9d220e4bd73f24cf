#include "admin/api.h"

#include <algorithm>

namespace tern::admin {
namespace {

using broker::Destination;
using broker::Domain;
using broker::QueueQuery;

constexpr std::size_t kRowsMax = 1000;
constexpr std::size_t kNameBytesMax = 1024;

std::optional<QueueQuery::Sort> parse_sort(std::string_view text) {
    using Sort = QueueQuery::Sort;
    static constexpr std::array<std::pair<std::string_view, Sort>, 7> kSorts{
        {{"", Sort::name},
         {"name", Sort::name},
         {"size", Sort::size},
         {"unsettled", Sort::unsettled},
         {"consumers", Sort::consumers},
         {"enqueued", Sort::enqueued},
         {"dequeued", Sort::dequeued}}};
    const auto found = std::ranges::find(kSorts, text, &std::pair<std::string_view, Sort>::first);
    return found == kSorts.end() ? std::nullopt : std::optional(found->second);
}

bool is_advisory(std::string_view topic) {
    return topic.starts_with("ActiveMQ.Advisory.");
}

}  // namespace

void Api::page_of_queues(const CallPtr& call, QueueQuery::Kind kind) {
    const auto offset = call->number("offset", 0, SIZE_MAX);
    if (!offset) return;
    const auto limit = call->number("limit", 100, kRowsMax);
    if (!limit) return;
    const auto sort = parse_sort(call->target.parameter("sort"));
    if (!sort) return call->fail(400, "malformed", "queues cannot be sorted by that");
    const QueueQuery query{.kind = kind,
                           .search = std::string(call->target.parameter("search")),
                           .sort = *sort,
                           .descending = call->target.parameter("order") == "descending",
                           .offset = *offset,
                           .limit = *limit};
    count_producers(Domain::queue, [this, call, query](Counts producers) {
        broker_.list_queues(
            query, [call, query, producers = std::move(producers)](const broker::QueuePage& page) {
                json::array rows;
                for (const broker::QueueStatus& one : page.rows) {
                    rows.push_back(query.kind == QueueQuery::Kind::subscriptions
                                       ? subscription_json(one)
                                       : queue_json(one, producers));
                }
                call->reply(200, json::object{{"total", page.total},
                                              {"offset", query.offset},
                                              {"items", std::move(rows)}});
            });
    });
}

void Api::list_queues(const CallPtr& call) {
    const bool temporary = call->target.parameter("temporary") == "true";
    page_of_queues(call, temporary ? QueueQuery::Kind::temporary_queues : QueueQuery::Kind::queues);
}

void Api::list_subscriptions(const CallPtr& call) {
    page_of_queues(call, QueueQuery::Kind::subscriptions);
}

void Api::create_queue(const CallPtr& call) {
    const auto body = call->body();
    if (!body) return;
    const json::value* const given = body->if_contains("name");
    const std::string name =
        given != nullptr && given->is_string() ? std::string(given->get_string()) : std::string();
    if (name.empty() || name.size() > kNameBytesMax || broker::is_pattern(name) ||
        name.find(',') != std::string::npos) {
        return call->fail(400, "malformed", "'name' has to be a queue's name, without wildcards");
    }
    broker_.declare({Domain::queue, false, name}, [call, name](std::error_code error) {
        if (error) return call->fail(error);
        call->reply(201, json::object{{"name", json_text(name)}});
    });
}

void Api::show_queue(const CallPtr& call) {
    count_producers(Domain::queue, [this, call](Counts producers) {
        broker_.find_queue(queue_of(*call), [call, producers = std::move(producers)](
                                                const Result<broker::QueueStatus>& found) {
            if (!found) return call->fail(found.error());
            call->reply(200, queue_json(*found, producers));
        });
    });
}

void Api::delete_queue(const CallPtr& call) {
    broker_.remove(queue_of(*call), [call](std::error_code error) {
        if (error) return call->fail(error);
        call->reply(200, json::object{{"deleted", json_text(call->arguments.front())}});
    });
}

void Api::purge_queue(const CallPtr& call) {
    broker_.purge(queue_of(*call), [call](const Result<std::size_t>& count) {
        if (!count) return call->fail(count.error());
        call->reply(200, json::object{{"messages", *count}});
    });
}

void Api::pause_queue(const CallPtr& call) {
    set_paused(call, true);
}

void Api::resume_queue(const CallPtr& call) {
    set_paused(call, false);
}

void Api::set_paused(const CallPtr& call, bool paused) {
    broker_.pause(queue_of(*call), paused, [call, paused](std::error_code error) {
        if (error) return call->fail(error);
        call->reply(200, json::object{{"paused", paused}});
    });
}

void Api::list_queue_consumers(const CallPtr& call) {
    broker_.find_queue(queue_of(*call), [this, call](const Result<broker::QueueStatus>& found) {
        if (!found) return call->fail(found.error());
        broker_.list_consumers(
            queue_of(*call), [call](const std::vector<broker::ConsumerStatus>& consumers) {
                json::array rows;
                for (const auto& one : consumers) rows.push_back(consumer_json(one));
                call->reply(200, json::object{{"total", rows.size()}, {"items", rows}});
            });
    });
}

void Api::list_topics(const CallPtr& call) {
    struct Topic {
        std::size_t subscriptions = 0;
        std::size_t durable = 0;
        std::uint64_t pending = 0;
        std::size_t producers = 0;
    };
    const bool with_advisories = call->target.parameter("advisory") == "true";
    const QueueQuery query{.kind = QueueQuery::Kind::subscriptions, .limit = SIZE_MAX};
    count_producers(Domain::topic, [this, call, query, with_advisories](Counts producers) {
        std::vector<std::string> named;
        if (about_.topics) named = about_.topics();
        broker_.list_queues(
            query, [call, with_advisories, named = std::move(named),
                    producers = std::move(producers)](const broker::QueuePage& page) mutable {
                std::map<std::string, Topic> topics;
                for (const broker::QueueStatus& one : page.rows) {
                    for (const Destination& binding : one.info->bindings) {
                        if (is_advisory(binding.name) && !with_advisories) continue;
                        Topic& topic = topics[binding.name];
                        ++topic.subscriptions;
                        if (one.info->durable == Durable::yes) ++topic.durable;
                        topic.pending += one.counts.ready + one.counts.unsettled;
                    }
                }
                for (const auto& [name, count] : producers) topics[name].producers = count;
                for (std::string& name : named) topics[std::move(name)];
                std::erase_if(topics, [&call](const auto& one) {
                    return one.first.find(call->target.parameter("search")) == std::string::npos;
                });
                json::array rows;
                for (const auto& [name, topic] : topics) {
                    rows.push_back({{"name", json_text(name)},
                                    {"subscriptions", topic.subscriptions},
                                    {"durable_subscriptions", topic.durable},
                                    {"producers", topic.producers},
                                    {"pending", topic.pending}});
                }
                call->reply(200, json::object{{"total", rows.size()}, {"items", rows}});
            });
    });
}

void Api::create_subscription(const CallPtr& call) {
    const auto body = call->body();
    if (!body) return;
    const auto text = [&body](const char* name) -> std::string {
        const json::value* const given = body->if_contains(name);
        return given != nullptr && given->is_string() ? std::string(given->get_string()) : "";
    };
    const std::string name = text("name");
    const std::string topic = text("topic");
    if (name.empty() || topic.empty()) {
        return call->fail(400, "malformed", "'name' and 'topic' have to be given");
    }
    surroundings_.callers->make_subscription(
        {.key = {text("client_id"), name}, .selector = text("selector")},
        {Domain::topic, false, topic}, [call, name](std::error_code error) {
            if (error) return call->fail(error);
            call->reply(201, json::object{{"created", json_text(name)}});
        });
}

void Api::delete_subscription(const CallPtr& call) {
    broker_.remove(broker::SubscriptionKey{call->arguments[0], call->arguments[1]},
                   [call](std::error_code error) {
                       if (error) return call->fail(error);
                       call->reply(200, json::object{{"deleted", json_text(call->arguments[1])}});
                   });
}

}  // namespace tern::admin
