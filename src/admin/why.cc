#include "admin/why.h"

#include "admin/message_json.h"
#include "admin/target.h"
#include "admin/views.h"
#include "admin/why_words.h"
#include "broker/api/errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::admin {
namespace {

using broker::ConnectionRef;
using broker::ConsumerStatus;
using broker::Obstacle;

/// Jobs that are looked at, and consumers of a connection.
constexpr std::size_t kJobsMax = 1000;
constexpr std::size_t kConsumersMax = 50;

/// How `Operations` find the queue again; nothing: it has no name.
std::optional<broker::QueueName> name_of(const broker::QueueInfo& queue) {
    if (queue.subscription) return queue.subscription->key;
    if (queue.is_subscription() || queue.bindings.empty()) return std::nullopt;
    return queue.bindings.front();
}

/// Whether it is a reason for this consumer, among those of its queue.
bool concerns(const Obstacle& one, const ConsumerStatus& consumer) {
    using enum Obstacle::Why;
    switch (one.why) {
        case group_owner_busy:
        case credit_used_up:
        case selector_refuses:
        case unsettled:
        case in_transaction:
            return one.consumer == consumer.ref;
        case exclusive:
            return one.consumer != consumer.ref;
        case paused:
        case not_begun:
        case rebalancing:
        case expired:
        case redelivery_delay:
        case disk:
        case journal:
        case empty:
            return true;
        case gone:
        case no_consumer:
        case behind:
        case in_doubt:
        case limit:
        case not_admitted:
        case catalog:
        case unconfirmed:
        case open_transactions:
            return false;
    }
    return false;
}

std::string quoted(std::string_view text) {
    std::string literal = "'";
    for (const char c : text) {
        if (c == '\'') literal += c;
        literal += c;
    }
    return literal + "'";
}

NotThere not_there(std::error_code error) {
    return {error == broker::Errc::no_such_subscription ? "no_such_subscription" : "no_such_queue",
            error.message()};
}

}  // namespace

/// One question on its way to its answer.
struct Why::Asked {
    std::string subject;  ///< "queue", "message", "connection"
    std::string about;
    broker::QueueName queue = {};
    std::string message = {};  ///< its JMSMessageID
    std::uint64_t ordinal = 0;
    ConnectionRef connection = {};
    std::int64_t now_ms = 0;
    std::vector<Obstacle> found = {};
    Clients clients = {};
    json::array jobs = {};
    json::array consumers = {};  ///< of a connection, with what keeps messages from them
    std::vector<ConsumerStatus> own = {};
    WhyReply reply;

    [[nodiscard]] json::object view(const Obstacle& one) const;
    void end();
};

json::object Why::Asked::view(const Obstacle& one) const {
    json::object row{{"reason", admin::name_of(one.why)},
                     {"count", one.count},
                     {"text", json_text(sentence(one, clients, subject, now_ms))}};
    if (one.consumer) row["consumer"] = to_text(*one.consumer);
    if (one.connection) row["connection"] = to_text(*one.connection);
    if (!one.detail.empty()) row["detail"] = json_text(one.detail);
    if (one.oldest_ms) row["oldest_ms"] = now_ms - *one.oldest_ms;
    if (one.until_ms != 0) row["until_ms"] = one.until_ms;
    if (one.limit) row["limit"] = broker::name_of(*one.limit);
    if (!one.at.name.empty()) row["destination"] = json_text(broker::to_text(one.at.view()));
    if (!one.values.empty()) {
        json::object values;
        for (const auto& [name, value] : one.values) values[json_text(name)] = json_text(value);
        row["values"] = std::move(values);
    }
    return row;
}

void Why::Asked::end() {
    json::array reasons;
    const auto is_empty = [](const Obstacle& one) { return one.why == Obstacle::Why::empty; };
    for (const Obstacle& one : found) {
        // What comes later explains an empty queue.
        if (is_empty(one)) std::ranges::move(jobs, std::back_inserter(reasons));
        reasons.push_back(view(one));
    }
    if (std::ranges::none_of(found, is_empty)) std::ranges::move(jobs, std::back_inserter(reasons));
    std::string text = "nothing keeps it";
    if (subject == "connection") {
        text = own.empty() ? "it is idle: it consumes nothing, and nothing it sent is under way"
                           : "it gets what there is";
        const auto kept = std::ranges::find_if(consumers, [](const json::value& one) {
            return !one.at("reasons").as_array().empty();
        });
        if (kept != consumers.end()) {
            const json::value& first = kept->at("reasons").as_array().front();
            text = fmt::format("{}: {}", std::string_view(kept->at("destination").as_string()),
                               std::string_view(first.at("text").as_string()));
        }
    }
    if (!reasons.empty()) text = std::string(reasons.front().at("text").as_string());
    json::object answer{{"about", json_text(about)}, {"text", json_text(text)}};
    answer["reasons"] = std::move(reasons);
    if (subject == "message") answer["id"] = ordinal;
    if (subject == "connection") answer["consumers"] = std::move(consumers);
    reply(std::move(answer));
}

void Why::of_queue(broker::QueueName queue, WhyReply reply) {
    const auto asked = std::make_shared<Asked>(Asked{.subject = "queue",
                                                     .about = {},
                                                     .queue = std::move(queue),
                                                     .now_ms = wall_ms_(),
                                                     .reply = std::move(reply)});
    const auto* const key = std::get_if<broker::SubscriptionKey>(&asked->queue);
    asked->about = key != nullptr ? fmt::format("subscription {} of {}", key->name, key->client_id)
                                  : "queue " + std::get<broker::Destination>(asked->queue).name;
    broker_.explain(asked->queue, [this, asked](Result<std::vector<Obstacle>> found) {
        if (!found) return asked->reply(std::unexpected(not_there(found.error())));
        asked->found = std::move(*found);
        add_jobs(asked, [this, asked] { add_clients(asked, [asked] { asked->end(); }); });
    });
}

void Why::of_message(broker::QueueName queue, const std::string& message, WhyReply reply) {
    const auto asked = std::make_shared<Asked>(Asked{.subject = "message",
                                                     .about = "message " + message,
                                                     .queue = std::move(queue),
                                                     .now_ms = wall_ms_(),
                                                     .reply = std::move(reply)});
    if (const auto ordinal = parse_number(message)) return explain_message(asked, *ordinal);
    asked->message = message;
    broker::BrowseQuery query{
        .queue = asked->queue, .limit = 1, .selector = "JMSMessageID = " + quoted(message)};
    broker_.browse(std::move(query), [this, asked](const Result<broker::BrowsePage>& page) {
        if (!page) return asked->reply(std::unexpected(not_there(page.error())));
        if (!page->rows.empty()) {
            return explain_message(asked, page->rows.front().delivery.tag.ordinal);
        }
        add_jobs(asked, [asked] {
            if (!asked->jobs.empty()) return asked->end();
            asked->reply(std::unexpected(
                NotThere{"no_such_message", "it is not on the queue, and not on its way there"}));
        });
    });
}

void Why::explain_message(const AskedPtr& asked, std::uint64_t ordinal) {
    asked->ordinal = ordinal;
    broker_.explain(
        broker::MessageName{asked->queue, ordinal},
        [this, asked](Result<std::vector<Obstacle>> found) {
            if (!found) return asked->reply(std::unexpected(not_there(found.error())));
            asked->found = std::move(*found);
            if (!asked->found.empty() && asked->found.front().why == Obstacle::Why::gone) {
                return asked->reply(std::unexpected(
                    NotThere{"no_such_message", "it is not on the queue (any more)"}));
            }
            add_clients(asked, [asked] { asked->end(); });
        });
}

void Why::add_jobs(const AskedPtr& asked, std::move_only_function<void()> then) {
    const auto* const to = std::get_if<broker::Destination>(&asked->queue);
    if (to == nullptr) return then();
    broker_.list_scheduled(
        {.limit = kJobsMax}, [this, asked, to = *to, then = std::move(then)](
                                 const std::vector<broker::ScheduledJob>& jobs) mutable {
            std::uint64_t count = 0;
            const broker::ScheduledJob* first = nullptr;
            for (const broker::ScheduledJob& job : jobs) {
                if (job.to != to) continue;
                if (!asked->message.empty() &&
                    (job.message == nullptr ||
                     message_id(*job.message, formats_) != asked->message)) {
                    continue;
                }
                ++count;
                if (first == nullptr) first = &job;
            }
            if (first == nullptr) return then();
            std::string scratch;
            const bool again =
                first->message != nullptr && !std::holds_alternative<std::monostate>(formats_.find(
                                                 *first->message, "redeliveryDelay", scratch));
            const std::string when =
                fmt::format("{}{}", time_text(first->due_ms),
                            again ? ", when it is delivered again after a failure" : "");
            asked->jobs.push_back(json::object{
                {"reason", again ? "redelivery_delay" : "scheduled"},
                {"count", count},
                {"text",
                 json_text(
                     asked->subject == "message"
                         ? fmt::format("it waits until {}", when)
                         : fmt::format("{} for it {} for their time, the first until {}",
                                       count == 1 ? "1 message" : fmt::format("{} messages", count),
                                       count == 1 ? "waits" : "wait", when))},
                {"until_ms", first->due_ms}});
            then();
        });
}

void Why::add_clients(const AskedPtr& asked, std::move_only_function<void()> then) {
    broker_.list_consumers(asked->queue, [this, asked, then = std::move(then)](
                                             std::vector<ConsumerStatus> consumers) mutable {
        asked->clients.consumers = std::move(consumers);
        const bool names = std::ranges::any_of(
            asked->found, [](const Obstacle& one) { return one.connection.has_value(); });
        if (!names) return then();
        broker_.list_connections([asked, then = std::move(then)](
                                     std::vector<broker::ConnectionStatus> connections) mutable {
            asked->clients.connections = std::move(connections);
            then();
        });
    });
}

void Why::of_connection(ConnectionRef connection, WhyReply reply) {
    const auto asked = std::make_shared<Asked>(Asked{.subject = "connection",
                                                     .about = "connection " + to_text(connection),
                                                     .connection = connection,
                                                     .now_ms = wall_ms_(),
                                                     .reply = std::move(reply)});
    broker_.explain(connection, [this, asked](Result<std::vector<Obstacle>> found) {
        asked->found = std::move(found).value_or(std::vector<Obstacle>());
        if (!asked->found.empty() && asked->found.front().why == Obstacle::Why::gone) {
            return asked->reply(
                std::unexpected(NotThere{"no_such_connection", "there is no such connection"}));
        }
        broker_.list_connections([this, asked](std::vector<broker::ConnectionStatus> all) {
            asked->clients.connections = std::move(all);
            broker_.list_consumers(std::nullopt, [this, asked](std::vector<ConsumerStatus> every) {
                for (const ConsumerStatus& one : every) {
                    if (ConnectionRef{one.ref.shard, one.ref.connection} == asked->connection) {
                        asked->own.push_back(one);
                    }
                }
                asked->clients.consumers = std::move(every);
                add_consumers(asked, 0);
            });
        });
    });
}

void Why::add_consumers(const AskedPtr& asked, std::size_t next) {
    if (next >= std::min(asked->own.size(), kConsumersMax)) return asked->end();
    const ConsumerStatus& consumer = asked->own[next];
    const auto add = [asked, next](const std::vector<Obstacle>& found) {
        const ConsumerStatus& one = asked->own[next];
        json::array reasons;
        for (const Obstacle& obstacle : found) {
            if (concerns(obstacle, one)) reasons.push_back(asked->view(obstacle));
        }
        if (reasons.empty() && !one.exclusive) {
            // Who gets all there is leaves nothing to wait for.
            const auto owner =
                std::ranges::find_if(asked->clients.consumers, [&one](const ConsumerStatus& other) {
                    return other.exclusive && other.queue->id == one.queue->id;
                });
            if (owner != asked->clients.consumers.end()) {
                reasons.push_back(
                    asked->view({.why = Obstacle::Why::exclusive, .consumer = owner->ref}));
            }
        }
        const bool topic = one.queue->is_subscription();
        json::object row{
            {"consumer", to_text(one.ref)},
            {"destination", json_text((topic ? "topic://" : "queue://") + topics_of(*one.queue))}};
        row["reasons"] = std::move(reasons);
        asked->consumers.push_back(std::move(row));
    };
    const auto name = name_of(*consumer.queue);
    if (!name) {
        // Nobody but its consumer knows that queue.
        std::vector<Obstacle> found;
        if (consumer.credit == 0 && consumer.unsettled > 0) {
            found.push_back({.why = Obstacle::Why::credit_used_up,
                             .consumer = consumer.ref,
                             .count = consumer.unsettled});
        }
        add(found);
        return add_consumers(asked, next + 1);
    }
    broker_.explain(*name, [this, asked, next, add](const Result<std::vector<Obstacle>>& found) {
        add(found.value_or(std::vector<Obstacle>()));
        add_consumers(asked, next + 1);
    });
}

}  // namespace tern::admin
