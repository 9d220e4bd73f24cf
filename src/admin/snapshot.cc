#include "admin/snapshot.h"

#include "admin/api.h"
#include "admin/jobs.h"

namespace tern::admin {
namespace {

using broker::QueueQuery;

/// Gathers a snapshot, one question after the other.
struct Taking : std::enable_shared_from_this<Taking> {
    broker::Operations& broker;
    const About& about;
    std::shared_ptr<Snapshot> snapshot = std::make_shared<Snapshot>();
    Wanted wanted;
    Snapped done;

    Taking(broker::Operations& from, const About& program, Wanted what, Snapped then)
        : broker(from), about(program), wanted(what), done(std::move(then)) {}

    void list(QueueQuery::Kind kind, std::vector<broker::QueueStatus> Snapshot::* into,
              std::move_only_function<void()> then) {
        broker.list_queues({.kind = kind,
                            .limit = SIZE_MAX,
                            .with_groups = true,
                            .with_latencies = wanted.latencies},
                           [self = shared_from_this(), into,
                            then = std::move(then)](broker::QueuePage page) mutable {
                               (*self->snapshot).*into = std::move(page.rows);
                               then();
                           });
    }
    void run() {
        broker.status([self = shared_from_this()](const broker::BrokerStatus& status) {
            self->snapshot->status = status;
            self->list_all();
        });
    }
    void list_all() {
        list(QueueQuery::Kind::queues, &Snapshot::queues, [self = shared_from_this()] {
            self->list(QueueQuery::Kind::temporary_queues, &Snapshot::temporary_queues, [self] {
                self->list(QueueQuery::Kind::subscriptions, &Snapshot::subscriptions,
                           [self] { self->list_clients(); });
            });
        });
    }
    void list_clients() {
        broker.list_connections(
            [self = shared_from_this()](std::vector<broker::ConnectionStatus> connections) {
                self->snapshot->connections = std::move(connections);
                self->broker.list_consumers(std::nullopt,
                                            [self](std::vector<broker::ConsumerStatus> consumers) {
                                                self->snapshot->consumers = std::move(consumers);
                                                self->count();
                                            });
            });
    }
    void count() {
        const std::string prefix(kProducerNotices);
        broker.count_notices(prefix, [self = shared_from_this(), prefix](const Counts& counts) {
            const std::string queue = prefix + "Queue.";
            const std::string topic = prefix + "Topic.";
            for (const auto& [name, count] : counts) {
                if (name.starts_with(queue)) {
                    self->snapshot->queue_producers[name.substr(queue.size())] = count;
                } else if (name.starts_with(topic)) {
                    self->snapshot->topic_producers[name.substr(topic.size())] = count;
                }
            }
            const Snapshot& now = *self->snapshot;
            self->snapshot->health = judge(self->about, now.status, now.queues, now.consumers);
            self->list_branches();
        });
    }
    void list_branches() {
        broker.list_branches(
            [self = shared_from_this()](std::vector<broker::BranchStatus> branches) {
                self->snapshot->branches = std::move(branches);
                self->list_jobs();
            });
    }
    void list_jobs() {
        if (!wanted.jobs || !snapshot->status.scheduled) return done(std::move(snapshot));
        broker.list_scheduled({.limit = kJobsMax},
                              [self = shared_from_this()](std::vector<broker::ScheduledJob> jobs) {
                                  self->snapshot->jobs = std::move(jobs);
                                  self->done(std::move(self->snapshot));
                              });
    }
};

}  // namespace

void take_snapshot(broker::Operations& broker, const About& about, std::int64_t now_ms,
                   Wanted wanted, Snapped done) {
    const auto taking = std::make_shared<Taking>(broker, about, wanted, std::move(done));
    taking->snapshot->now_ms = now_ms;
    taking->snapshot->with_latencies = wanted.latencies;
    taking->run();
}

}  // namespace tern::admin
