#pragma once

#include "broker/api/callers.h"
#include "broker/api/errors.h"
#include "broker/api/operations.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tern::admin {

/// A broker of a few queues that does what it is told at once, for tests of what lies above it.
class FakeOperations final : public broker::Operations {
public:
    struct Queue {
        broker::QueueStatus status;
        std::vector<broker::Sight> content;
    };

    Queue& add_queue(const std::string& name) {
        auto info = std::make_shared<broker::QueueInfo>();
        info->id = broker::QueueId{static_cast<std::uint32_t>(queues.size() + 1)};
        info->durable = Durable::yes;
        info->bindings = {broker::Destination(broker::Domain::queue, false, name)};
        Queue& queue = queues[name];
        queue.status.info = std::move(info);
        return queue;
    }
    void add_message(const std::string& queue, MessagePtr message) {
        Queue& there = queues.at(queue);
        broker::Sight sight;
        sight.delivery.tag = {there.status.info->id, there.content.size() + 1, {}};
        sight.delivery.message = std::move(message);
        there.content.push_back(std::move(sight));
        ++there.status.counts.ready;
        ++there.status.totals.enqueued;
    }

    void status(broker::Reply<broker::BrokerStatus> reply) override { reply(numbers); }
    void list_queues(broker::QueueQuery query, broker::Reply<broker::QueuePage> reply) override {
        asked = query;
        broker::QueuePage page;
        if (query.kind == broker::QueueQuery::Kind::subscriptions) {
            page.rows = subscriptions;
        } else if (query.kind == broker::QueueQuery::Kind::queues) {
            for (const auto& [name, queue] : queues) page.rows.push_back(queue.status);
        }
        page.total = page.rows.size();
        if (page.rows.size() > query.limit) page.rows.resize(query.limit);
        reply(std::move(page));
    }
    void find_queue(broker::QueueName name,
                    broker::Reply<Result<broker::QueueStatus>> reply) override {
        Queue* const found = find(name);
        if (found == nullptr) return reply(missing<broker::QueueStatus>());
        reply(found->status);
    }
    void list_connections(broker::Reply<std::vector<broker::ConnectionStatus>> reply) override {
        reply(connections);
    }
    void follow_messages(double share, broker::Reply<std::error_code> reply) override {
        traces.share = share;
        reply({});
    }
    void list_traces(broker::TraceQuery query, broker::Reply<broker::TracePage> reply) override {
        broker::TracePage page = traces;
        if (page.traces.size() > query.limit) page.traces.resize(query.limit);
        reply(std::move(page));
    }
    void list_consumers(std::optional<broker::QueueName>,
                        broker::Reply<std::vector<broker::ConsumerStatus>> reply) override {
        reply(consumers);
    }
    void count_notices(std::string prefix,
                       broker::Reply<std::map<std::string, std::size_t>> reply) override {
        std::map<std::string, std::size_t> found;
        for (const auto& [topic, count] : notices) {
            if (topic.starts_with(prefix)) found[topic] = count;
        }
        reply(std::move(found));
    }
    void browse(broker::BrowseQuery query,
                broker::Reply<Result<broker::BrowsePage>> reply) override {
        Queue* const found = find(query.queue);
        if (found == nullptr) return reply(missing<broker::BrowsePage>());
        if (query.selector == "wrong") {
            return reply(failure(make_error_code(broker::Errc::invalid_selector)));
        }
        broker::BrowsePage page;
        for (const broker::Sight& one : found->content) {
            if (one.delivery.tag.ordinal <= query.after) continue;
            if (page.rows.size() == query.limit) {
                page.next = page.rows.empty() ? 0 : page.rows.back().delivery.tag.ordinal;
                break;
            }
            page.rows.push_back(one);
        }
        reply(std::move(page));
    }
    void explain(broker::Subject what,
                 broker::Reply<Result<std::vector<broker::Obstacle>>> reply) override {
        if (std::holds_alternative<broker::ConnectionRef>(what)) return reply(hindrances);
        const auto* const message = std::get_if<broker::MessageName>(&what);
        const broker::QueueName& name =
            message == nullptr ? std::get<broker::QueueName>(what) : message->queue;
        if (find(name) == nullptr) return reply(missing<std::vector<broker::Obstacle>>());
        if (message != nullptr) asked_ordinal = message->ordinal;
        reply(obstacles);
    }
    void declare(broker::Destination queue, broker::Reply<std::error_code> reply) override {
        add_queue(queue.name);
        reply({});
    }
    void remove(broker::QueueName name, broker::Reply<std::error_code> reply) override {
        Queue* const found = find(name);
        if (found == nullptr) return reply(missing<int>().error());
        if (found->status.counts.consumers > 0) {
            return reply(make_error_code(broker::Errc::has_consumers));
        }
        queues.erase(std::get<broker::Destination>(name).name);
        reply({});
    }
    void send(broker::Destination to, MessagePtr message,
              broker::Reply<std::error_code> reply) override {
        sent.emplace_back(std::move(to), std::move(message));
        reply({});
    }
    void purge(broker::QueueName name, broker::Reply<Result<std::size_t>> reply) override {
        Queue* const found = find(name);
        if (found == nullptr) return reply(missing<std::size_t>());
        const std::size_t count = found->content.size();
        found->content.clear();
        reply(count);
    }
    void pause(broker::QueueName name, bool paused, broker::Reply<std::error_code> reply) override {
        Queue* const found = find(name);
        if (found == nullptr) return reply(missing<int>().error());
        found->status.paused = paused;
        reply({});
    }
    void act(broker::MessageAction action, broker::Reply<Result<std::size_t>> reply) override {
        if (find(action.queue) == nullptr) return reply(missing<std::size_t>());
        actions.push_back(action);
        reply(action.ordinals.empty() ? 1 : action.ordinals.size());
    }
    void mark_dead_letters(broker::QueueName name, bool are,
                           broker::Reply<std::error_code> reply) override {
        Queue* const found = find(name);
        if (found == nullptr) return reply(missing<int>().error());
        found->status.dead_letters = are;
        reply({});
    }
    void release_groups(broker::QueueName name, std::optional<std::string> group,
                        broker::Reply<std::error_code> reply) override {
        Queue* const found = find(name);
        if (found == nullptr) return reply(missing<int>().error());
        std::erase_if(found->status.groups, [&group](const broker::GroupOwner& one) {
            return !group || one.group == *group;
        });
        reply({});
    }
    void list_scheduled(broker::JobSelection which,
                        broker::Reply<std::vector<broker::ScheduledJob>> reply) override {
        std::vector<broker::ScheduledJob> found;
        for (const broker::ScheduledJob& job : jobs) {
            if (which.takes(job) && found.size() < which.limit) found.push_back(job);
        }
        reply(std::move(found));
    }
    void remove_scheduled(broker::JobSelection which,
                          broker::Reply<std::error_code> reply) override {
        std::erase_if(jobs, [&](const broker::ScheduledJob& job) { return which.takes(job); });
        numbers.scheduled = jobs.size();
        reply({});
    }
    void list_branches(broker::Reply<std::vector<broker::BranchStatus>> reply) override {
        reply(branches);
    }
    void decide_branch(std::string name, broker::BranchEnd end,
                       broker::Reply<std::error_code> reply) override {
        const auto found = std::ranges::find(branches, name, &broker::BranchStatus::name);
        if (found == branches.end()) {
            return reply(make_error_code(broker::Errc::no_such_transaction));
        }
        using State = broker::BranchStatus::State;
        const bool prepared = found->state == State::prepared;
        if (end == broker::BranchEnd::forget) {
            if (prepared) return reply(make_error_code(broker::Errc::branch_prepared));
            branches.erase(found);
            return reply({});
        }
        if (found->state == State::committed) {
            return reply(make_error_code(broker::Errc::branch_committed));
        }
        if (found->state == State::rolled_back) {
            return reply(make_error_code(broker::Errc::branch_rolled_back));
        }
        found->state = end == broker::BranchEnd::rollback ? State::rolled_back : State::committed;
        reply({});
    }
    void close_connection(broker::ConnectionRef connection, broker::Reply<bool> reply) override {
        reply(std::erase_if(connections, [&](const broker::ConnectionStatus& one) {
                  return one.ref == connection;
              }) > 0);
    }

    std::map<std::string, Queue> queues;
    std::vector<broker::QueueStatus> subscriptions;
    std::vector<broker::ConnectionStatus> connections;
    std::vector<broker::ConsumerStatus> consumers;
    broker::TracePage traces;
    std::vector<broker::BranchStatus> branches;
    std::vector<broker::Obstacle> obstacles;   ///< of queues and messages
    std::vector<broker::Obstacle> hindrances;  ///< of connections
    std::map<std::string, std::size_t> notices;
    broker::BrokerStatus numbers;
    std::vector<broker::ScheduledJob> jobs;  ///< in the order of their times
    // What was asked for.
    broker::QueueQuery asked;
    std::uint64_t asked_ordinal = 0;
    std::vector<broker::MessageAction> actions;
    std::vector<std::pair<broker::Destination, MessagePtr>> sent;

private:
    Queue* find(const broker::QueueName& name) {
        const auto* const destination = std::get_if<broker::Destination>(&name);
        if (destination == nullptr) return nullptr;
        const auto found = queues.find(destination->name);
        return found == queues.end() ? nullptr : &found->second;
    }
    template <class T>
    static Result<T> missing() {
        return failure(make_error_code(broker::Errc::no_such_destination));
    }
};

/// Whoever calls gets what `message` is, at once.
class FakeCallers final : public broker::Callers {
public:
    void receive(broker::Reception what, broker::Reply<Result<MessagePtr>> reply) override {
        asked = std::move(what);
        if (error) return reply(failure(error));
        reply(message);
    }
    void dismiss(std::string caller, broker::Reply<bool> reply) override {
        reply(caller == asked.caller);
    }
    void make_subscription(broker::NamedSubscription subscription, broker::Destination topic,
                           broker::Reply<std::error_code> reply) override {
        made.emplace_back(std::move(subscription), std::move(topic));
        reply(error);
    }

    MessagePtr message;
    std::error_code error;
    broker::Reception asked;
    std::vector<std::pair<broker::NamedSubscription, broker::Destination>> made;
};

}  // namespace tern::admin
