#include "engine/engine.h"

#include "base/log.h"
#include "broker/route/encoding.h"
#include "engine/declared_queue.h"
#include "engine/operations.h"

#include <map>

namespace tern::engine {
Engine::Engine(std::vector<Loop*> loops, store::Store& store, const message::Formats& formats,
               broker::Observer* observer, std::move_only_function<void()> storage_failed,
               EngineOptions options)
    : store_(store),
      formats_(formats),
      peers_(loops.size()),
      storage_failed_(std::move(storage_failed)) {
    const broker::Memory memory{.queue_bytes_max = options.queue_memory_bytes,
                                .bytes_max = options.memory_bytes / loops.size()};
    for (std::size_t i = 0; i < loops.size(); ++i) {
        shards_.push_back(std::make_unique<ShardBroker>(*loops[i], store, formats, peers_, observer,
                                                        options.letters, memory,
                                                        [this] { fail(); }));
        peers_[i] = shards_.back().get();
        operations_.push_back(std::make_unique<Operations>(
            *this, [loop = loops[i]](Task task) { loop->deliver(std::move(task)); }));
        peers_[i]->offer(*operations_.back());
    }
    store_.on_relief([this](journal::Lsn before, Task done) { relieve(before, std::move(done)); });
}

Engine::~Engine() = default;

void Engine::fail() {
    if (!failed_.exchange(true) && storage_failed_) storage_failed_();
}

void Engine::configure(const SettingsPtr& settings) {
    for (const auto& shard : shards_) shard->configure(settings);
}

Result<Engine::Recovered> Engine::recover() {
    auto recovered = store_.recover();
    if (!recovered) return failure(recovered.error());
    for (const auto& [producer, sequence] : recovered->producers) {
        shards_[0]->producers().note({producer, sequence});
    }
    for (const broker::Origin& id : recovered->message_ids) {
        std::ignore = shards_[0]->message_ids().claim({&id, 1});  // the journal may say it twice
    }
    shards_[0]->catalog().recover_ids(recovered->last_queue);
    auto branches = decode_branches(recovered->documents);
    if (!branches) return failure(branches.error());
    const std::unordered_set<std::uint64_t> nothing;
    std::unordered_map<broker::QueueId, std::unordered_set<std::uint64_t>> accepted;
    for (const RecoveredBranch& branch : *branches) {
        for (const store::Branch::Part& part : branch.stored.parts) {
            for (const store::Settled& one : part.accepts) accepted[one.queue].insert(one.lsn);
        }
    }
    std::vector<broker::DeliveryTag> staged;
    Recovered total;
    for (store::RecoveredQueue& queue : recovered->queues) {
        const bool with_options = !queue.definition.options.empty();
        const auto info = with_options ? std::make_shared<DeclaredQueue>()
                                       : std::make_shared<broker::QueueInfo>();
        info->id = queue.definition.queue;
        info->owner = ShardId{static_cast<std::uint16_t>(total.queues % shards_.size())};
        info->durable = Durable::yes;
        info->bindings = std::move(queue.definition.bindings);
        info->subscription = std::move(queue.definition.subscription);
        if (info->subscription) {
            info->filter = filter_of(*info->subscription);
            info->no_local = info->subscription->no_local;
        }
        if (with_options) {
            ByteReader in(as_bytes(queue.definition.options));
            info->options =
                std::make_shared<const broker::QueueOptions>(broker::decode_queue_options(in));
            if (!in.done()) return failure(std::make_error_code(std::errc::bad_message));
        }
        shards_[0]->catalog().recover(info, queue.defined_at);
        total.messages += queue.messages.size();
        for (const store::RecoveredRun& run : queue.runs) total.messages += run.run.count;
        ++total.queues;
        for (const auto& shard : shards_) {
            const bool owner = shard->id() == info->owner;
            // Moved once: it has one owner. NOLINTNEXTLINE(bugprone-use-after-move)
            store::RecoveredQueue part = owner ? std::move(queue) : store::RecoveredQueue();
            const auto held = accepted.find(info->id);
            const auto tags = shard->recover(info, std::move(part),
                                             held == accepted.end() ? nothing : held->second);
            staged.insert(staged.end(), tags.begin(), tags.end());
        }
    }
    recover_branches(std::move(*branches), staged);
    if (const auto routes = recover_routes(recovered->documents); !routes) {
        return failure(routes.error());
    }
    store_.end_recovery();
    return total;
}

Result<std::vector<Engine::RecoveredBranch>> Engine::decode_branches(
    const std::vector<store::RecoveredDocument>& documents) {
    std::vector<RecoveredBranch> branches;
    for (const store::RecoveredDocument& one : documents) {
        if (one.document.key.kind != store::DocumentKind::branch) continue;
        ByteReader in(as_bytes(one.document.value));
        branches.push_back({one.document.key.name, store::decode_branch(in, store_.large())});
        if (!in.done()) return failure(std::make_error_code(std::errc::bad_message));
    }
    return branches;
}

void Engine::recover_branches(std::vector<RecoveredBranch> branches,
                              const std::vector<broker::DeliveryTag>& staged) {
    std::map<std::pair<broker::QueueId, std::uint64_t>, broker::DeliveryTag> tags;
    for (const broker::DeliveryTag& tag : staged) tags[{tag.queue, tag.at.lsn}] = tag;
    for (RecoveredBranch& branch : branches) {
        std::vector<BranchPart> parts;
        for (store::Branch::Part& stored : branch.stored.parts) {
            BranchPart& part = parts.emplace_back();
            part.client_id = std::move(stored.client_id);
            for (store::Branch::Publish& one : stored.publishes) {
                part.work.publishes.push_back(
                    {std::move(one.to), std::move(one.message), one.origin});
            }
            StagedAccept accepts;
            for (const store::Settled& one : stored.accepts) {
                const auto found = tags.find({one.queue, one.lsn});
                if (found != tags.end()) accepts.tags.push_back(found->second);
            }
            if (!accepts.tags.empty()) part.work.accepts.push_back(std::move(accepts));
        }
        shards_[0]->catalog().recover_branch(branch.name, std::move(parts), branch.stored.decision);
    }
}

broker::FilterPtr Engine::filter_of(const broker::NamedSubscription& subscription) const {
    if (subscription.selector.empty()) return nullptr;
    auto filter = broker::Filter::parse(subscription.selector, formats_);
    if (filter) return std::move(*filter);
    log::error("engine", "subscription {} of {} takes everything from now on: its selector {}",
               subscription.key.name, subscription.key.client_id, filter.error());
    return nullptr;
}

Result<void> Engine::recover_routes(const std::vector<store::RecoveredDocument>& documents) {
    // Exchanges come first in the order of the keys.
    for (const store::RecoveredDocument& one : documents) {
        if (one.document.key.kind == store::DocumentKind::branch) {
            shards_[0]->catalog().recover(one);
            continue;
        }
        if (one.document.key.kind == store::DocumentKind::selector) {
            if (!recover_interest(one)) {
                return failure(std::make_error_code(std::errc::bad_message));
            }
            continue;
        }
        const bool exchange = one.document.key.kind == store::DocumentKind::exchange;
        ByteReader in(as_bytes(exchange ? one.document.value : one.document.key.name));
        Change change;
        if (exchange) {
            change = {.what = Change::What::add_exchange, .exchange = broker::decode_exchange(in)};
        } else {
            change = {.what = Change::What::bind, .binding = broker::decode_binding(in)};
        }
        if (!in.done()) return failure(std::make_error_code(std::errc::bad_message));
        shards_[0]->catalog().recover(one);
        for (const auto& shard : shards_) shard->recover(change);
    }
    return {};
}

bool Engine::recover_interest(const store::RecoveredDocument& document) {
    auto remembered = Catalog::remembered(document.document.key);
    if (!remembered) return false;
    auto& [queue, selector] = *remembered;
    Interest interest;
    if (!selector.empty()) {
        auto filter = broker::Filter::parse(selector, formats_);
        if (!filter) return false;
        interest.filter = std::move(*filter);
    }
    shards_[0]->catalog().recover(document);
    for (const auto& shard : shards_) {
        shard->apply({.what = Change::What::want, .address = queue, .interest = interest});
    }
    return true;
}

void Engine::start() {
    const auto end = shards_[0]->settings().recovered_branches;
    if (end) shards_[0]->catalog().finish_prepared(*end);
    broker::Observer* const observer = shards_[0]->observer();
    if (observer == nullptr) return;
    if (auto subject = observer->started()) {
        shards_[0]->catalog().announce(
            {.what = broker::Notice::What::begins, .about = std::move(subject)});
    }
}

// Runs on: the journal's lane.
void Engine::relieve(journal::Lsn before, Task done) {
    struct Pending {
        std::atomic<std::size_t> left;
        Task done;
    };
    auto pending = std::make_shared<Pending>(shards_.size(), std::move(done));
    for (const auto& shard : shards_) {
        // Behind the turns that the journal has told the shard of.
        shard->loop().deliver([shard = shard.get(), before, pending] {
            shard->relieve(before, [pending] {
                if (--pending->left == 0) pending->done();
            });
        });
    }
}

}  // namespace tern::engine
