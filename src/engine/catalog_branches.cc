#include "base/log.h"
#include "broker/api/errors.h"
#include "broker/api/xid.h"
#include "engine/catalog.h"
#include "engine/connection.h"
#include "engine/shard_broker.h"

#include <algorithm>

namespace tern::engine {

using broker::BranchEnd;
using broker::Errc;
using store::DocumentKey;
using store::DocumentKind;

namespace {

store::Branch stored(const std::vector<BranchPart>& parts) {
    store::Branch branch;
    for (const BranchPart& part : parts) {
        if (part.work.empty()) continue;
        store::Branch::Part& written = branch.parts.emplace_back();
        written.client_id = part.client_id;
        for (const StagedPublish& one : part.work.publishes) {
            written.publishes.push_back({one.to, one.origin, one.message});
        }
        for (const StagedAccept& accept : part.work.accepts) {
            for (const broker::DeliveryTag& tag : accept.tags) {
                if (tag.at) written.accepts.push_back({tag.queue, tag.at.lsn});
            }
        }
    }
    return branch;
}

DocumentKey key_of(const std::string& branch) {
    return {DocumentKind::branch, branch};
}

/// Those that senders gave the messages.
std::vector<broker::Origin> ids_of(const std::vector<BranchPart>& parts) {
    std::vector<broker::Origin> ids;
    for (const BranchPart& part : parts) {
        for (const StagedPublish& one : part.work.publishes) {
            if (one.origin.is_message_id()) ids.push_back(one.origin);
        }
    }
    return ids;
}

/// What was sent by another way since the branch was prepared. It can no longer be refused whole.
void drop_known(std::vector<BranchPart>& parts, DuplicateIds& known) {
    std::size_t dropped = 0;
    for (BranchPart& part : parts) {
        dropped += std::erase_if(part.work.publishes, [&](const StagedPublish& one) {
            return one.origin.is_message_id() && !known.claim({&one.origin, 1});
        });
    }
    if (dropped == 0) return;
    log::warning("engine", "{} messages of a prepared branch were sent meanwhile and are dropped",
                 dropped);
}

CatalogAnswer refused_as_duplicate(CatalogAnswer answer) {
    log::warning("engine", "a branch with a message that was sent before is rolled back");
    return [answer = std::move(answer)](std::error_code error) mutable {
        answer(error ? error : make_error_code(Errc::duplicate));
    };
}

std::error_code decision_error(store::Branch::Decision decision) {
    return make_error_code(decision == store::Branch::Decision::committed
                               ? Errc::branch_committed
                               : Errc::branch_rolled_back);
}

broker::BranchStatus::State state_of(store::Branch::Decision decision) {
    return decision == store::Branch::Decision::committed
               ? broker::BranchStatus::State::committed
               : broker::BranchStatus::State::rolled_back;
}

}  // namespace

bool Catalog::Branch::empty() const {
    return std::ranges::all_of(parts, [](const BranchPart& part) { return part.work.empty(); });
}

Catalog::BranchPtr Catalog::find_branch(const std::string& name) const {
    const auto found = branches_.find(name);
    return found == branches_.end() ? nullptr : found->second;
}

// ---- Parts

void Catalog::join_branch(const std::string& name, const PartKey& part, CatalogAnswer answer) {
    BranchPtr branch = find_branch(name);
    if (branch == nullptr) {
        branch = std::make_shared<Branch>(Branch{.name = name, .first = part});
        branches_.emplace(name, branch);
    }
    switch (branch->state) {
        case Branch::State::open:
            branch->out.push_back(part);
            branch_of_.emplace(part, branch);
            return answer({});
        case Branch::State::changing:
            branch->waiting.push_back([this, name, part, answer = std::move(answer)]() mutable {
                join_branch(name, part, std::move(answer));
            });
            return;
        case Branch::State::prepared:
        case Branch::State::decided:
            return answer(make_error_code(Errc::branch_prepared));
    }
}

void Catalog::leave_branch(const PartKey& part) {
    const auto found = branch_of_.find(part);
    if (found == branch_of_.end()) return;
    const BranchPtr branch = found->second;
    if (branch->state != Branch::State::open || branch->first != part) return;
    // Whoever joins under this name from now on begins a new one.
    branches_.erase(branch->name);
    gather(branch, [this](const BranchPtr& whole) {
        end_unprepared(whole, false, [](std::error_code) {});
    });
}

void Catalog::gather(const BranchPtr& branch, Gathered then) {
    branch->state = Branch::State::changing;
    branch->gathered = std::move(then);
    for (const PartKey& part : branch->out) {
        home_.loop().post(part.shard, [peer = home_.peers()[part.shard.value], part] {
            // One that is gone has handed in what it had on its own.
            if (Connection* const connection = peer->find(part.connection)) {
                connection->hand_in(part.transaction);
            }
        });
    }
    complete(branch);
}

void Catalog::complete(const BranchPtr& branch) {
    if (branch->out.empty() && branch->gathered) std::exchange(branch->gathered, nullptr)(branch);
}

void Catalog::hand_in(BranchPart part) {
    const auto entry = branch_of_.extract(part.key);
    if (entry.empty()) return;
    const BranchPtr& branch = entry.mapped();
    std::erase(branch->out, part.key);
    branch->parts.push_back(std::move(part));
    complete(branch);
}

void Catalog::settle_branch(Branch& branch) {
    for (Task& again : std::exchange(branch.waiting, {})) again();
}

void Catalog::release_branch(const BranchPtr& branch, bool committed) {
    for (const BranchPart& part : branch->parts) {
        ShardBroker* const peer = home_.peers()[part.key.shard.value];
        auto tell = [peer, key = part.key, accepts = part.work.accepts, committed] {
            if (Connection* const connection = peer->find(key.connection)) {
                connection->branch_ended(key.transaction, accepts, committed);
            }
        };
        // Before the answer to whoever ended it.
        if (peer == &home_) {
            tell();
        } else {
            home_.loop().post(part.key.shard, std::move(tell));
        }
    }
}

// ---- Endings

void Catalog::prepare_branch(const std::string& name, CatalogAnswer answer) {
    const BranchPtr branch = find_branch(name);
    if (branch == nullptr) return answer(make_error_code(Errc::no_such_transaction));
    switch (branch->state) {
        case Branch::State::open:
            return gather(branch,
                          [this, answer = std::move(answer)](const BranchPtr& whole) mutable {
                              store_branch(whole, std::move(answer));
                          });
        case Branch::State::changing:
            branch->waiting.push_back([this, name, answer = std::move(answer)]() mutable {
                prepare_branch(name, std::move(answer));
            });
            return;
        case Branch::State::prepared:
            return answer({});
        case Branch::State::decided:
            return answer(decision_error(branch->decision));
    }
}

void Catalog::store_branch(const BranchPtr& branch, CatalogAnswer answer) {
    if (branch->empty()) {
        branches_.erase(branch->name);
        release_branch(branch, true);
        settle_branch(*branch);
        return answer(make_error_code(Errc::nothing_to_prepare));
    }
    const auto ids = ids_of(branch->parts);
    if (!home_.message_ids().claim(ids)) {
        branches_.erase(branch->name);
        return end_unprepared(branch, false, refused_as_duplicate(std::move(answer)));
    }
    // Nobody knows whether they will be sent: until then they are anybody's.
    home_.message_ids().forget(ids);
    ByteWriter out;
    encode_branch(out, stored(branch->parts));
    keep(key_of(branch->name), std::string(as_text(out.bytes())));
    when_durable([branch, answer = std::move(answer)](std::error_code error) mutable {
        if (error) return answer(make_error_code(Errc::storage_failed));
        branch->state = Branch::State::prepared;
        settle_branch(*branch);
        answer({});
    });
}

bool Catalog::can_end(const BranchPtr& branch, CatalogAnswer& answer,
                      std::move_only_function<void(CatalogAnswer)> then) {
    if (branch->state != Branch::State::prepared) return true;
    if (documents_.at(key_of(branch->name)).at) return true;
    // It is being written again.
    when_durable(
        [answer = std::move(answer), then = std::move(then)](std::error_code error) mutable {
            if (error) return answer(make_error_code(Errc::storage_failed));
            then(std::move(answer));
        });
    return false;
}

void Catalog::finish_branch(const std::string& name, BranchEnd end, CatalogAnswer answer) {
    const BranchPtr branch = find_branch(name);
    if (branch == nullptr) return answer(make_error_code(Errc::no_such_transaction));
    if (!can_end(branch, answer, [this, name, end](CatalogAnswer still) {
            finish_branch(name, end, std::move(still));
        })) {
        return;
    }
    const bool commit = end == BranchEnd::commit || end == BranchEnd::commit_prepared;
    switch (branch->state) {
        case Branch::State::open:
            if (end == BranchEnd::commit_prepared) {
                return answer(make_error_code(Errc::branch_not_prepared));
            }
            return gather(branch, [this, commit,
                                   answer = std::move(answer)](const BranchPtr& whole) mutable {
                branches_.erase(whole->name);
                if (commit && !home_.message_ids().claim(ids_of(whole->parts))) {
                    return end_unprepared(whole, false, refused_as_duplicate(std::move(answer)));
                }
                end_unprepared(whole, commit, std::move(answer));
            });
        case Branch::State::changing:
            branch->waiting.push_back([this, name, end, answer = std::move(answer)]() mutable {
                finish_branch(name, end, std::move(answer));
            });
            return;
        case Branch::State::prepared:
            branches_.erase(name);
            erase(key_of(name));
            return end_prepared(branch, commit, std::move(answer));
        case Branch::State::decided:
            if (end != BranchEnd::forget) return answer(decision_error(branch->decision));
            branches_.erase(name);
            erase(key_of(name));
            return when_durable([answer = std::move(answer)](std::error_code error) mutable {
                answer(error ? make_error_code(Errc::storage_failed) : error);
            });
    }
}

void Catalog::decide_branch(const std::string& name, BranchEnd end, CatalogAnswer answer) {
    const BranchPtr branch = find_branch(name);
    if (branch == nullptr) return answer(make_error_code(Errc::no_such_transaction));
    if (!can_end(branch, answer, [this, name, end](CatalogAnswer still) {
            decide_branch(name, end, std::move(still));
        })) {
        return;
    }
    switch (branch->state) {
        case Branch::State::open:
            return answer(make_error_code(Errc::branch_not_prepared));
        case Branch::State::changing:
            branch->waiting.push_back([this, name, end, answer = std::move(answer)]() mutable {
                decide_branch(name, end, std::move(answer));
            });
            return;
        case Branch::State::prepared:
            // Only who has heard how it ended may forget that.
            if (end == BranchEnd::forget) return answer(make_error_code(Errc::branch_prepared));
            return decide(branch, end != BranchEnd::rollback, std::move(answer));
        case Branch::State::decided:
            return finish_branch(name, end, std::move(answer));
    }
}

void Catalog::decide(const BranchPtr& branch, bool commit, CatalogAnswer answer) {
    const auto decision =
        commit ? store::Branch::Decision::committed : store::Branch::Decision::rolled_back;
    log::warning("engine", "an operator has {} the branch {}", commit ? "committed" : "rolled back",
                 broker::branch_text(branch->name));
    ByteWriter out;
    store::encode_branch(out, {.parts = {}, .decision = decision});
    keep(key_of(branch->name), std::string(as_text(out.bytes())));
    const auto known = std::make_shared<Branch>(
        Branch{.name = branch->name, .state = Branch::State::decided, .decision = decision});
    branches_.insert_or_assign(branch->name, known);
    end_prepared(branch, commit, std::move(answer));
}

void Catalog::end_unprepared(const BranchPtr& branch, bool commit, CatalogAnswer answer) {
    settle_branch(*branch);
    if (!commit) return roll_back_parts(branch, std::move(answer));
    for (const BranchPart& part : branch->parts) home_.commit(part);
    when_durable([this, branch, answer = std::move(answer)](std::error_code error) mutable {
        if (error) return answer(make_error_code(Errc::storage_failed));
        release_branch(branch, true);
        answer({});
    });
}

void Catalog::end_prepared(const BranchPtr& branch, bool commit, CatalogAnswer answer) {
    if (commit) {
        drop_known(branch->parts, home_.message_ids());
        return end_unprepared(branch, true, std::move(answer));
    }
    // Nobody gets the messages again before the journal says that the branch has ended.
    when_durable([this, branch, answer = std::move(answer)](std::error_code error) mutable {
        if (error) return answer(make_error_code(Errc::storage_failed));
        roll_back_parts(branch, std::move(answer));
    });
}

void Catalog::roll_back_parts(const BranchPtr& branch, CatalogAnswer answer) {
    for (const BranchPart& part : branch->parts) home_.rollback(part.work);
    // What a client does when it hears of it must find its messages in delivery again.
    home_.when_arrived([this, branch, answer = std::move(answer)]() mutable {
        release_branch(branch, false);
        answer({});
    });
}

std::vector<broker::BranchStatus> Catalog::list_branches() const {
    std::vector<broker::BranchStatus> all;
    for (const auto& [name, branch] : branches_) {
        const bool decided = branch->state == Branch::State::decided;
        if (branch->state != Branch::State::prepared && !decided) continue;
        broker::BranchStatus& one = all.emplace_back();
        one.name = name;
        if (decided) one.state = state_of(branch->decision);
        for (const BranchPart& part : branch->parts) {
            one.publishes += part.work.publishes.size();
            for (const StagedAccept& accept : part.work.accepts) one.accepts += accept.tags.size();
        }
    }
    return all;
}

std::vector<broker::Obstacle> Catalog::explain_in_doubt(broker::QueueId queue,
                                                        std::uint64_t ordinal) const {
    std::vector<broker::Obstacle> found;
    for (const auto& [name, branch] : branches_) {
        if (branch->state != Branch::State::prepared) continue;
        std::uint64_t count = 0;
        for (const BranchPart& part : branch->parts) {
            for (const StagedAccept& accept : part.work.accepts) {
                count += static_cast<std::uint64_t>(
                    std::ranges::count_if(accept.tags, [&](const broker::DeliveryTag& tag) {
                        return tag.queue == queue && (ordinal == 0 || tag.ordinal == ordinal);
                    }));
            }
        }
        if (count == 0) continue;
        found.push_back({.why = broker::Obstacle::Why::in_doubt,
                         .count = count,
                         .detail = broker::branch_text(name)});
    }
    return found;
}

void Catalog::finish_prepared(BranchEnd end) {
    for (const broker::BranchStatus& branch : list_branches()) {
        if (branch.state != broker::BranchStatus::State::prepared) continue;
        log::warning("engine", "a branch that was prepared in the last run is {}, as configured",
                     end == BranchEnd::rollback ? "rolled back" : "committed");
        finish_branch(branch.name, end, [](std::error_code) {});
    }
}

void Catalog::recover_branch(const std::string& name, std::vector<BranchPart> parts,
                             store::Branch::Decision decision) {
    const bool decided = decision != store::Branch::Decision::none;
    branches_.emplace(name, std::make_shared<Branch>(Branch{
                                .name = name,
                                .state = decided ? Branch::State::decided : Branch::State::prepared,
                                .parts = std::move(parts),
                                .decision = decision}));
}

}  // namespace tern::engine
