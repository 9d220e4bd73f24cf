#include "admin/why_words.h"

#include "admin/jobs.h"
#include "admin/views.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::admin {
namespace {

using broker::Limit;
using broker::Obstacle;

std::string client_text(const std::string& client_id, const std::string& peer) {
    return client_id.empty() ? peer : client_id + " at " + peer;
}

std::string consumer_text(const Obstacle& one, const Clients& clients) {
    if (!one.consumer) return "somebody who is gone";
    const auto found =
        std::ranges::find(clients.consumers, *one.consumer, &broker::ConsumerStatus::ref);
    std::string id = "consumer " + to_text(*one.consumer);
    if (found == clients.consumers.end()) return id;
    return fmt::format("{} ({}, {})", id, found->protocol,
                       client_text(found->client_id, found->peer));
}

std::string connection_text(const Obstacle& one, const Clients& clients) {
    if (!one.connection) return "somebody";
    const auto found =
        std::ranges::find(clients.connections, *one.connection, &broker::ConnectionStatus::ref);
    std::string id = "connection " + to_text(*one.connection);
    if (found == clients.connections.end()) return id;
    return fmt::format("{} ({}, {})", id, found->protocol,
                       client_text(found->client_id, found->peer));
}

std::string_view limit_text(Limit limit) {
    switch (limit) {
        case Limit::memory:
            return "all messages together take as much memory as they may (memoryUsage)";
        case Limit::store:
            return "the store's files take as much as they may (storeUsage)";
        case Limit::temporary:
            return "messages that are not persistent take as much of the disk as they may "
                   "(tempUsage)";
        case Limit::schedule:
            return "messages that are wanted later take as much as they may (jobSchedulerUsage)";
        case Limit::disk:
            return "the disk has less left than has to stay free";
        case Limit::destination:
            return "the messages there take as much memory as its policy allows (memoryLimit)";
        case Limit::waiting:
        case Limit::slowness:
        case Limit::transaction:
        case Limit::consumers:
        case Limit::producers:
        case Limit::destinations:
        case Limit::sessions:
            break;
    }
    return name_of(limit);
}

std::string limit_sentence(const Obstacle& one, const Clients& clients) {
    const std::string where =
        one.at.name.empty() ? "commits" : "sends to " + broker::to_text(one.at.view());
    std::string text = fmt::format("{} {} of {} wait for space: {}", one.count, where,
                                   connection_text(one, clients),
                                   one.limit ? limit_text(*one.limit) : "a limit is reached");
    if (!one.detail.empty()) text += fmt::format("; most of it has {}", one.detail);
    if (one.until_ms != 0) {
        text += fmt::format("; the first is given up at {}", time_text(one.until_ms));
    }
    return text;
}

std::string age_text(const Obstacle& one, std::int64_t now_ms) {
    if (!one.oldest_ms) return {};
    return fmt::format(", the oldest for {}", duration_text(now_ms - *one.oldest_ms));
}

std::string selector_sentence(const Obstacle& one, const std::string& who, std::string_view whom) {
    std::string values;
    for (const auto& [name, value] : one.values) {
        values += fmt::format("{}{} is {}", values.empty() ? "" : ", ", name, value);
    }
    return fmt::format("the selector of {} is not true for {}: {}{}{}", who, whom, one.detail,
                       values.empty() ? "" : ", where ", values);
}

std::string not_begun_sentence(const Obstacle& one) {
    std::string text = "its consumers wait before the first message";
    if (!one.detail.empty()) {
        text +=
            fmt::format(" until there are {} of them (consumersBeforeDispatchStarts)", one.detail);
    }
    if (one.until_ms != 0) {
        text += fmt::format("{} until {} at most", one.detail.empty() ? "" : ", or",
                            time_text(one.until_ms));
    }
    return text;
}

/// As in "1 message", "3 messages".
std::string messages(std::uint64_t count) {
    return fmt::format("{} message{}", count, count == 1 ? "" : "s");
}

}  // namespace

std::string_view name_of(Obstacle::Why why) {
    using enum Obstacle::Why;
    switch (why) {
        case gone:
            return "gone";
        case paused:
            return "paused";
        case no_consumer:
            return "no_consumer";
        case not_begun:
            return "not_begun";
        case rebalancing:
            return "rebalancing";
        case expired:
            return "expired";
        case group_owner_busy:
            return "group_owner_busy";
        case credit_used_up:
            return "credit_used_up";
        case selector_refuses:
            return "selector_refuses";
        case exclusive:
            return "exclusive";
        case disk:
            return "disk";
        case journal:
            return "journal";
        case behind:
            return "behind";
        case in_doubt:
            return "in_doubt";
        case in_transaction:
            return "in_transaction";
        case redelivery_delay:
            return "redelivery_delay";
        case unsettled:
            return "unsettled";
        case limit:
            return "limit";
        case not_admitted:
            return "not_admitted";
        case catalog:
            return "catalog";
        case unconfirmed:
            return "unconfirmed";
        case open_transactions:
            return "open_transactions";
        case empty:
            return "empty";
    }
    return "";
}

std::string sentence(const Obstacle& one, const Clients& clients, std::string_view subject,
                     std::int64_t now_ms) {
    using enum Obstacle::Why;
    const bool of_one = subject == "message";
    const std::string count = messages(one.count);
    switch (one.why) {
        case gone:
            return fmt::format("there is no such {}", subject);
        case paused:
            return of_one ? "the queue is paused"
                          : fmt::format("the queue is paused: {} wait until it is resumed", count);
        case no_consumer:
            return of_one ? "the queue has no consumer"
                          : fmt::format("there is no consumer for {}", count);
        case not_begun:
            return not_begun_sentence(one);
        case rebalancing:
            return "groups get other owners once all that was delivered is acknowledged";
        case expired:
            return "its time is over: it goes when the queue is looked at next";
        case group_owner_busy:
            return of_one
                       ? fmt::format("its group {} is owned by {}, who takes no more", one.detail,
                                     consumer_text(one, clients))
                       : fmt::format(
                             "{}, the first of group {}, wait for {}, who owns their "
                             "groups and takes no more{}",
                             count, one.detail, consumer_text(one, clients), age_text(one, now_ms));
        case credit_used_up:
            return fmt::format(
                "{} has {} that it has not acknowledged{}, and takes no more (its "
                "prefetch is used up)",
                consumer_text(one, clients), count, age_text(one, now_ms));
        case selector_refuses:
            return selector_sentence(one, consumer_text(one, clients),
                                     of_one ? "it" : "the first message that waits");
        case exclusive:
            return fmt::format("{} is exclusive: the other consumers get nothing",
                               consumer_text(one, clients));
        case disk:
            return "it is being read from the disk";
        case journal:
            return "the first message that waits may be delivered once the journal has said so";
        case behind:
            return fmt::format("it waits behind {}", count);
        case in_doubt:
            return fmt::format(
                "{} accepted by the prepared transaction {}, which nobody has "
                "committed or rolled back",
                of_one ? "it is" : count + (one.count == 1 ? " is" : " are"), one.detail);
        case in_transaction:
            return fmt::format("{} accepted by a transaction of {} that has not ended",
                               of_one ? "it is" : count + (one.count == 1 ? " is" : " are"),
                               consumer_text(one, clients));
        case redelivery_delay:
            return of_one ? fmt::format("its delivery failed: redelivery delay until {}",
                                        time_text(one.until_ms))
                          : fmt::format("{} failed and {} back later: redelivery delay until {}{}",
                                        count, one.count == 1 ? "comes" : "come",
                                        time_text(one.until_ms),
                                        one.count == 1 ? "" : " for the first");
        case unsettled:
            return fmt::format("{} has {}{} and has not acknowledged {}",
                               consumer_text(one, clients), of_one ? "it" : count,
                               of_one && one.oldest_ms
                                   ? " for " + duration_text(now_ms - *one.oldest_ms)
                                   : age_text(one, now_ms),
                               of_one || one.count == 1 ? "it" : "them");
        case limit:
            return limit_sentence(one, clients);
        case not_admitted:
            return "it has not said who it is";
        case catalog:
            return fmt::format(
                "{} of its commands wait for the answer to one about a queue or a "
                "transaction",
                one.count);
        case unconfirmed:
            return fmt::format("{} that it has sent are not durable yet", count);
        case open_transactions:
            return fmt::format("it has {} transaction{} that {} not ended", one.count,
                               one.count == 1 ? "" : "s", one.count == 1 ? "has" : "have");
        case empty:
            return "the queue is empty";
    }
    return {};
}

std::string duration_text(std::int64_t ms) {
    const std::int64_t seconds = std::max<std::int64_t>(ms, 0) / 1000;
    if (seconds < 1) return fmt::format("{} ms", std::max<std::int64_t>(ms, 0));
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string time_text(std::int64_t ms) {
    return job_time(ms) + " UTC";
}

}  // namespace tern::admin
