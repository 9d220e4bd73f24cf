#include "engine/operations.h"

#include "broker/api/errors.h"
#include "engine/connection.h"
#include "engine/message_job.h"
#include "engine/operations_gather.h"
#include "engine/queue_order.h"

#include <algorithm>
#include <memory>

namespace tern::engine {

using broker::ConnectionStatus;
using broker::ConsumerStatus;
using broker::Destination;
using broker::Errc;
using broker::QueueInfoPtr;
using broker::QueueName;
using broker::Reply;

namespace {

Result<QueueInfoPtr> look_up(const broker::AddressTable& table, const QueueName& name) {
    if (const auto* const key = std::get_if<broker::SubscriptionKey>(&name)) {
        if (QueueInfoPtr found = table.find(*key)) return found;
        return failure(make_error_code(Errc::no_such_subscription));
    }
    const Destination& destination = std::get<Destination>(name);
    if (destination.domain == broker::Domain::queue) {
        const auto found = table.route(destination.view());
        if (!found.empty()) return found.front();
    }
    return failure(make_error_code(Errc::no_such_destination));
}

void add(broker::FlowStatus& sum, const broker::FlowStatus& one) {
    // What is not a shard's own, one of them tells.
    for (const auto limit : {&broker::FlowStatus::memory, &broker::FlowStatus::store,
                             &broker::FlowStatus::temporary, &broker::FlowStatus::schedule}) {
        (sum.*limit).used += (one.*limit).used;
        (sum.*limit).limit += (one.*limit).limit;
    }
    sum.disk_free_bytes += one.disk_free_bytes;
    sum.disk_reserve_bytes += one.disk_reserve_bytes;
    sum.full_queues += one.full_queues;
    sum.waiting_sends += one.waiting_sends;
    sum.waited_sends += one.waited_sends;
    for (const auto& [to, sends] : one.blocked) {
        broker::BlockedSends& all = sum.blocked[to];
        all.count += sends.count;
        all.waited_us += sends.waited_us;
    }
    sum.refused_sends += one.refused_sends;
    sum.discarded_messages += one.discarded_messages;
    sum.closed_consumers += one.closed_consumers;
    for (std::size_t i = 0; i < broker::kLimits; ++i) sum.crossed[i] += one.crossed[i];
    sum.deaths.add(one.deaths);
}

void add(broker::BrokerStatus& sum, const broker::BrokerStatus& one) {
    sum.shards += one.shards;
    sum.queues += one.queues;
    sum.temporary_queues += one.temporary_queues;
    sum.subscriptions += one.subscriptions;
    sum.paused_queues += one.paused_queues;
    sum.connections += one.connections;
    sum.transactions += one.transactions;
    sum.consumers += one.consumers;
    sum.ready += one.ready;
    sum.unsettled += one.unsettled;
    sum.totals += one.totals;
    sum.published += one.published;
    sum.delivered += one.delivered;
    sum.connections_opened += one.connections_opened;
    sum.uncommitted_max += one.uncommitted_max;
    if (one.scheduled) sum.scheduled = sum.scheduled.value_or(0) + *one.scheduled;
    add(sum.flow, one.flow);
}

template <class T>
std::vector<T> joined(std::vector<std::vector<T>> parts) {
    std::vector<T> all;
    for (std::vector<T>& part : parts) std::ranges::move(part, std::back_inserter(all));
    return all;
}

broker::ConnectionRef connection_of(const broker::ConsumerRef& consumer) {
    return {consumer.shard, consumer.connection};
}

/// Looks at a queue until there is a page full, a part at a time.
struct Browsing : std::enable_shared_from_this<Browsing> {
    ShardBroker* shard = nullptr;
    broker::QueueId queue;
    broker::Queue::Window window;
    broker::BrowsePage page;
    std::move_only_function<void(broker::BrowsePage)> done;

    void run() {
        broker::Queue* const there = shard->find_queue(queue);
        if (there == nullptr) return done(std::move(page));
        window.end = std::min(window.end, there->end());
        std::ranges::move(there->look(window), std::back_inserter(page.rows));
        if (window.done()) {
            if (window.next < window.end) page.next = window.next - 1;
            return done(std::move(page));
        }
        shard->loop().post(shard->id(), [self = shared_from_this()] { self->run(); });
    }
};

struct Clearing : std::enable_shared_from_this<Clearing> {
    ShardBroker* shard = nullptr;
    QueueInfoPtr queue;
    broker::Queue::Window window;
    std::size_t count = 0;
    std::move_only_function<void(std::size_t)> done;

    void run() {
        shard->on_queue(*queue, [this](broker::Queue& there) { count += there.clear(window); });
        if (window.done() || shard->find_queue(queue->id) == nullptr) {
            // Behind the records that say so.
            shard->turn().then.push_back(
                [self = shared_from_this()](const Turn&) { self->done(self->count); });
            return;
        }
        shard->loop().post(shard->id(), [self = shared_from_this()] { self->run(); });
    }
};

}  // namespace

void Operations::at_queue(QueueName name, UseQueue use) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver([&first, name = std::move(name), use = std::move(use)]() mutable {
        auto found = look_up(first.table(), name);
        if (!found) return use(first, std::move(found));
        const broker::QueueInfo& info = **found;
        first.at_owner(info, [found = std::move(*found), use = std::move(use)](
                                 ShardBroker& owner) mutable { use(owner, std::move(found)); });
    });
}

void Operations::status(Reply<broker::BrokerStatus> reply) {
    gather(
        [](ShardBroker& shard) {
            broker::BrokerStatus part = shard.status();
            if (shard.id() == ShardId{0}) {
                const journal::Stats journal = shard.store().stats();
                part.journal_files = journal.files;
                part.journal_written_bytes = journal.bytes;
            }
            return part;
        },
        [reply = std::move(reply)](const std::vector<broker::BrokerStatus>& parts) mutable {
            broker::BrokerStatus sum;
            for (const broker::BrokerStatus& part : parts) {
                add(sum, part);
                sum.journal_files += part.journal_files;
                sum.journal_written_bytes += part.journal_written_bytes;
            }
            reply(sum);
        });
}

void Operations::list_queues(broker::QueueQuery query, Reply<broker::QueuePage> reply) {
    gather([query](ShardBroker& shard) { return shard.list(query); },
           [query, reply = std::move(reply)](std::vector<broker::QueuePage> parts) mutable {
               broker::QueuePage page;
               for (broker::QueuePage& part : parts) {
                   page.total += part.total;
                   std::ranges::move(part.rows, std::back_inserter(page.rows));
               }
               page.rows = first_rows(std::move(page.rows), query);
               const std::size_t skipped = std::min(query.offset, page.rows.size());
               page.rows.erase(page.rows.begin(),
                               page.rows.begin() + static_cast<std::ptrdiff_t>(skipped));
               reply(std::move(page));
           });
}

void Operations::find_queue(QueueName name, Reply<Result<broker::QueueStatus>> reply) {
    at_queue(std::move(name), [this, reply = std::move(reply)](ShardBroker& shard,
                                                               Result<QueueInfoPtr> found) mutable {
        if (!found)
            return answer<Result<broker::QueueStatus>>(std::move(reply), failure(found.error()));
        const broker::Queue* const queue = shard.find_queue((*found)->id);
        if (queue == nullptr) {
            return answer<Result<broker::QueueStatus>>(
                std::move(reply), failure(make_error_code(Errc::no_such_destination)));
        }
        broker::QueueStatus status = shard.status(*queue);
        status.latencies = queue->latencies(shard.wall_ms());
        answer<Result<broker::QueueStatus>>(std::move(reply), std::move(status));
    });
}

void Operations::list_connections(Reply<std::vector<ConnectionStatus>> reply) {
    gather([](ShardBroker& shard) { return shard.connection_list(); },
           [reply = std::move(reply)](std::vector<std::vector<ConnectionStatus>> parts) mutable {
               auto all = joined(std::move(parts));
               std::ranges::sort(all, {}, &ConnectionStatus::ref);
               reply(std::move(all));
           });
}

void Operations::list_consumers(std::optional<QueueName> of,
                                Reply<std::vector<ConsumerStatus>> reply) {
    if (of) {
        return at_queue(std::move(*of), [this, reply = std::move(reply)](
                                            ShardBroker& shard,
                                            Result<QueueInfoPtr> found) mutable {
            auto consumers = found ? shard.consumers((*found)->id) : std::vector<ConsumerStatus>();
            post_([this, consumers = std::move(consumers), reply = std::move(reply)]() mutable {
                add_connections(std::move(consumers), std::move(reply));
            });
        });
    }
    gather(
        [](ShardBroker& shard) { return shard.consumers(std::nullopt); },
        [this, reply = std::move(reply)](std::vector<std::vector<ConsumerStatus>> parts) mutable {
            add_connections(joined(std::move(parts)), std::move(reply));
        });
}

void Operations::add_connections(std::vector<ConsumerStatus> consumers,
                                 Reply<std::vector<ConsumerStatus>> reply) {
    const auto all = std::make_shared<std::vector<ConsumerStatus>>(std::move(consumers));
    std::map<broker::ConnectionRef, ConnectionStatus> wanted;
    for (const ConsumerStatus& one : *all) wanted[connection_of(one.ref)];
    gather(
        [wanted](ShardBroker& shard) {
            std::vector<ConnectionStatus> here;
            for (const auto& [ref, nothing] : wanted) {
                if (ref.shard != shard.id()) continue;
                if (const Connection* const one = shard.find(ref.connection)) {
                    here.push_back(one->status());
                }
            }
            return here;
        },
        [all, reply = std::move(reply)](std::vector<std::vector<ConnectionStatus>> parts) mutable {
            std::map<broker::ConnectionRef, ConnectionStatus> known;
            for (ConnectionStatus& one : joined(std::move(parts))) known[one.ref] = std::move(one);
            for (ConsumerStatus& consumer : *all) {
                const auto found = known.find(connection_of(consumer.ref));
                if (found == known.end()) continue;
                consumer.protocol = found->second.protocol;
                consumer.peer = found->second.peer;
                consumer.client_id = found->second.client_id;
            }
            reply(std::move(*all));
        });
}

void Operations::count_notices(std::string prefix,
                               Reply<std::map<std::string, std::size_t>> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver(
        [this, &first, prefix = std::move(prefix), reply = std::move(reply)]() mutable {
            answer(std::move(reply), first.catalog().count_notices(prefix));
        });
}

void Operations::browse(broker::BrowseQuery query, Reply<Result<broker::BrowsePage>> reply) {
    using Replied = Result<broker::BrowsePage>;
    QueueName name = query.queue;
    at_queue(std::move(name), [this, query = std::move(query), reply = std::move(reply)](
                                  ShardBroker& shard, Result<QueueInfoPtr> found) mutable {
        if (!found) return answer<Replied>(std::move(reply), failure(found.error()));
        const auto browsing = std::make_shared<Browsing>();
        if (!query.selector.empty()) {
            auto filter = broker::Filter::parse(query.selector, shard.formats());
            if (!filter) {
                return answer<Replied>(std::move(reply),
                                       failure(make_error_code(Errc::invalid_selector)));
            }
            browsing->window.filter = std::move(*filter);
        }
        browsing->shard = &shard;
        browsing->queue = (*found)->id;
        browsing->window.next = query.after + 1;
        browsing->window.end = UINT64_MAX;
        browsing->window.limit = query.limit;
        browsing->done = [this, reply = std::move(reply)](broker::BrowsePage page) mutable {
            answer<Replied>(std::move(reply), std::move(page));
        };
        browsing->run();
    });
}

void Operations::declare(Destination queue, Reply<std::error_code> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver(
        [this, &first, queue = std::move(queue), reply = std::move(reply)]() mutable {
            first.catalog().declare(
                queue, {}, true, [this, reply = std::move(reply)](std::error_code error) mutable {
                    answer(std::move(reply), error);
                });
        });
}

void Operations::remove(QueueName name, Reply<std::error_code> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver(
        [this, &first, name = std::move(name), reply = std::move(reply)]() mutable {
            auto answered = [this, reply = std::move(reply)](std::error_code error) mutable {
                answer(std::move(reply), error);
            };
            const auto found = look_up(first.table(), name);
            if (!found) return answered(found.error());
            if (const auto* const key = std::get_if<broker::SubscriptionKey>(&name)) {
                return first.catalog().forget_subscription(*key, std::move(answered));
            }
            first.catalog().remove((*found)->id, std::move(answered));
        });
}

void Operations::send(Destination to, MessagePtr message, Reply<std::error_code> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver([this, &first, to = std::move(to), message = std::move(message),
                          reply = std::move(reply)]() mutable {
        // Only connections make these.
        if (to.temporary && first.table().owner(to.view()) == nullptr) {
            return answer(std::move(reply), make_error_code(Errc::no_such_destination));
        }
        if (first.settings().scheduler.enabled) {
            auto packed = first.scheduled(to.view(), message);
            if (!packed) return answer(std::move(reply), packed.error());
            if (*packed != nullptr) {
                to = Destination(broker::schedule_queue());
                message = std::move(*packed);
            }
        }
        auto publish = [this, &first, to, message = std::move(message),
                        reply = std::move(reply)](std::error_code error) mutable {
            if (error) return answer(std::move(reply), error);
            Transaction work;
            work.publishes.push_back({.to = to, .message = std::move(message), .origin = {}});
            first.commit(work, {first.id(), {}, {}});
            first.turn().then.push_back([this, reply = std::move(reply)](const Turn& turn) mutable {
                answer(std::move(reply),
                       turn.error() ? make_error_code(Errc::storage_failed) : std::error_code());
            });
        };
        if (to.domain == broker::Domain::topic) return publish({});
        first.catalog().declare(to, {}, false, std::move(publish));
    });
}

void Operations::purge(QueueName name, Reply<Result<std::size_t>> reply) {
    using Replied = Result<std::size_t>;
    at_queue(std::move(name), [this, reply = std::move(reply)](ShardBroker& shard,
                                                               Result<QueueInfoPtr> found) mutable {
        if (!found) return answer<Replied>(std::move(reply), failure(found.error()));
        const auto clearing = std::make_shared<Clearing>();
        clearing->shard = &shard;
        clearing->queue = std::move(*found);
        if (const broker::Queue* const queue = shard.find_queue(clearing->queue->id)) {
            clearing->window.end = queue->end();
        }
        clearing->done = [this, reply = std::move(reply)](std::size_t count) mutable {
            answer<Replied>(std::move(reply), count);
        };
        clearing->run();
    });
}

void Operations::pause(QueueName name, bool paused, Reply<std::error_code> reply) {
    at_queue(std::move(name), [this, paused, reply = std::move(reply)](
                                  ShardBroker& shard, Result<QueueInfoPtr> found) mutable {
        if (!found) return answer(std::move(reply), found.error());
        shard.on_queue(**found, [paused](broker::Queue& queue) { queue.pause(paused); });
        answer(std::move(reply), std::error_code());
    });
}

void Operations::mark_dead_letters(QueueName name, bool are, Reply<std::error_code> reply) {
    at_queue(std::move(name), [this, are, reply = std::move(reply)](
                                  ShardBroker& shard, Result<QueueInfoPtr> found) mutable {
        if (!found) return answer(std::move(reply), found.error());
        shard.mark_dead_letters((*found)->id, are);
        answer(std::move(reply), std::error_code());
    });
}

void Operations::release_groups(QueueName name, std::optional<std::string> group,
                                Reply<std::error_code> reply) {
    at_queue(std::move(name), [this, group = std::move(group), reply = std::move(reply)](
                                  ShardBroker& shard, Result<QueueInfoPtr> found) mutable {
        if (!found) return answer(std::move(reply), found.error());
        shard.on_queue(**found, [group = std::move(group)](broker::Queue& queue) {
            if (group) {
                queue.release_group(*group);
            } else {
                queue.release_groups();
            }
        });
        answer(std::move(reply), std::error_code());
    });
}

void Operations::at_schedule(std::move_only_function<void(ShardBroker*)> use) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver([&first, use = std::move(use)]() mutable {
        const QueueInfoPtr schedule = first.schedule();
        if (schedule == nullptr) return use(nullptr);
        first.at_owner(*schedule,
                       [use = std::move(use)](ShardBroker& owner) mutable { use(&owner); });
    });
}

void Operations::list_scheduled(broker::JobSelection which,
                                Reply<std::vector<broker::ScheduledJob>> reply) {
    using Jobs = std::vector<broker::ScheduledJob>;
    at_schedule(
        [this, which = std::move(which), reply = std::move(reply)](ShardBroker* owner) mutable {
            if (owner == nullptr) return answer(std::move(reply), Jobs());
            owner->jobs(std::move(which), [this, reply = std::move(reply)](Jobs jobs) mutable {
                answer(std::move(reply), std::move(jobs));
            });
        });
}

void Operations::remove_scheduled(broker::JobSelection which, Reply<std::error_code> reply) {
    at_schedule(
        [this, which = std::move(which), reply = std::move(reply)](ShardBroker* owner) mutable {
            if (owner == nullptr) return answer(std::move(reply), std::error_code());
            owner->remove_jobs(std::move(which), [this, owner, reply = std::move(reply)]() mutable {
                // Behind the records that say so.
                owner->turn().then.push_back([this, reply = std::move(reply)](const Turn&) mutable {
                    answer(std::move(reply), std::error_code());
                });
            });
        });
}

void Operations::act(broker::MessageAction action, Reply<Result<std::size_t>> reply) {
    using Replied = Result<std::size_t>;
    QueueName name = action.queue;
    at_queue(std::move(name), [this, action = std::move(action), reply = std::move(reply)](
                                  ShardBroker& shard, Result<QueueInfoPtr> found) mutable {
        if (!found) return answer<Replied>(std::move(reply), failure(found.error()));
        broker::FilterPtr filter;
        if (!action.selector.empty()) {
            auto parsed = broker::Filter::parse(action.selector, shard.formats());
            if (!parsed) {
                return answer<Replied>(std::move(reply),
                                       failure(make_error_code(Errc::invalid_selector)));
            }
            filter = std::move(*parsed);
        }
        std::make_shared<MessageJob>(shard, std::move(*found), std::move(action), std::move(filter),
                                     [this, reply = std::move(reply)](Replied count) mutable {
                                         answer<Replied>(std::move(reply), std::move(count));
                                     })
            ->run();
    });
}

void Operations::list_branches(Reply<std::vector<broker::BranchStatus>> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver([this, &first, reply = std::move(reply)]() mutable {
        answer(std::move(reply), first.catalog().list_branches());
    });
}

void Operations::decide_branch(std::string name, broker::BranchEnd end,
                               Reply<std::error_code> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver(
        [this, &first, name = std::move(name), end, reply = std::move(reply)]() mutable {
            first.catalog().decide_branch(
                name, end, [this, reply = std::move(reply)](std::error_code error) mutable {
                    answer(std::move(reply), error);
                });
        });
}

void Operations::close_connection(broker::ConnectionRef ref, Reply<bool> reply) {
    if (ref.shard.value >= engine_.shards()) return reply(false);
    ShardBroker& shard = engine_.shard(ref.shard);
    shard.loop().deliver([this, &shard, ref, reply = std::move(reply)]() mutable {
        Connection* const connection = shard.find(ref.connection);
        if (connection != nullptr) connection->evict(broker::ConnectionEnd::by_operator);
        answer(std::move(reply), connection != nullptr);
    });
}

}  // namespace tern::engine
