#include "ledger.h"

#include <algorithm>

namespace tern::simulation {
namespace {

const char* word(bool present) {
    return present ? "is there" : "is missing";
}

}  // namespace

void Ledger::forget_queue(const std::string& name) {
    std::erase_if(copies_, [&](const auto& entry) { return entry.first.second == name; });
    queues_.erase(name);
}

CopyPtr Ledger::add(Number number, const std::string& queue) {
    CopyPtr& copy = copies_[{number, queue}];
    if (copy == nullptr) {
        copy = std::make_shared<Copy>();
        copy->number = number;
        copy->queue = queue;
        // It may come to the queue before word that a consumer is gone, which then counts for it.
        copy->losses_then = this->queue(queue).losses_known;
    }
    return copy;
}

CopyPtr Ledger::find(Number number, const std::string& queue) const {
    const auto found = copies_.find({number, queue});
    return found == copies_.end() ? nullptr : found->second;
}

Effect Ledger::sent(const Copy& copy) {
    if (copy.sent_in == nullptr || copy.sent == Effect::none) return copy.sent;
    if (copy.sent == Effect::maybe && copy.sent_in->commit != Effect::none) return Effect::maybe;
    return copy.sent_in->commit;
}

Effect Ledger::settled(const Copy& copy) {
    const Effect in = copy.settled_in == nullptr ? Effect::none : copy.settled_in->commit;
    return std::max(copy.settled, in, [](Effect a, Effect b) {
        const auto rank = [](Effect e) {
            switch (e) {
                case Effect::none:
                    return 0;
                case Effect::maybe:
                    return 1;
                case Effect::live:
                    return 2;
                case Effect::sure:
                    return 3;
            }
            return 0;
        };
        return rank(a) < rank(b);
    });
}

bool Ledger::plausible(const Copy& copy, std::uint32_t failures) {
    const std::uint64_t losses = queue(copy.queue).losses - copy.losses_then;
    return failures >= copy.failures && failures <= copy.failures + losses;
}

void Ledger::after_crash(const Contents& contents) {
    reconcile(contents, true);
    begin_life();
}

void Ledger::after_damage(const Contents& contents, bool cut) {
    std::set<std::pair<Number, std::string>> there;
    for (const auto& [name, listed] : contents) {
        check_listing(name, listed, true);
        queue(name).ever_consumed = true;  // as far as what was left out can tell
        for (const Found& one : listed) {
            there.insert({one.number, name});
            const CopyPtr copy = find(one.number, name);
            if (copy == nullptr) continue;
            if (cut && one.failures == 0) copy->seen = false;
            settle_facts(*copy, one, true);
        }
    }
    std::erase_if(copies_, [&](const auto& entry) { return !there.contains(entry.first); });
    begin_life();
}

void Ledger::excuse(const Contents& contents) {
    std::set<std::pair<Number, std::string>> there;
    for (const auto& [name, listed] : contents) {
        for (const Found& one : listed) there.insert({one.number, name});
    }
    for (const auto& [key, copy] : copies_) {
        if (!there.contains(key) && settled(*copy) == Effect::none) copy->settled = Effect::maybe;
    }
}

void Ledger::begin_life() {
    std::vector<std::string> temporary;
    for (auto& [name, facts] : queues_) {
        facts.losses_in_life = 0;
        if (facts.temporary) temporary.push_back(name);
    }
    for (const std::string& name : temporary) forget_queue(name);
}

void Ledger::at_rest() {
    for (auto& [name, facts] : queues_) facts.losses_known = facts.losses;
}

void Ledger::when_idle(const Contents& contents) {
    at_rest();
    reconcile(contents, false);
}

void Ledger::reconcile(const Contents& contents, bool crashed) {
    std::set<std::pair<Number, std::string>> there;
    for (const auto& [name, listed] : contents) {
        check_listing(name, listed, crashed);
        for (const Found& one : listed) there.insert({one.number, name});
    }
    for (const auto& [key, copy] : copies_) gather_evidence(*copy, there.contains(key), crashed);
    for (const auto& [key, copy] : copies_) check_presence(*copy, there.contains(key), crashed);
    std::erase_if(copies_, [&](const auto& entry) {
        if (there.contains(entry.first)) return false;
        return crashed || sent(*entry.second) != Effect::none;
    });
    for (const auto& [name, listed] : contents) {
        for (const Found& one : listed) {
            if (const CopyPtr copy = find(one.number, name)) settle_facts(*copy, one, crashed);
        }
    }
}

void Ledger::check_listing(const std::string& queue, const std::vector<Found>& listed,
                           bool crashed) {
    std::set<Number> seen;
    for (const Found& one : listed) {
        if (!seen.insert(one.number).second) {
            trace_.violation("message {} is on {} twice", one.number, queue);
        }
        const CopyPtr copy = find(one.number, queue);
        if (copy == nullptr) {
            if (queues_[queue].temporary) continue;  // sent to one of that name before
            trace_.violation("message {} is on {}: it was consumed before or never sent there",
                             one.number, queue);
        } else if (crashed && !copy->durable) {
            trace_.violation("transient message {} on {} survived", one.number, queue);
        }
    }
    check_order(queue, listed);
}

void Ledger::check_order(const std::string& queue, const std::vector<Found>& listed) {
    std::map<std::size_t, std::int64_t> last;
    for (const Found& one : listed) {
        const CopyPtr copy = find(one.number, queue);
        if (copy == nullptr || !copy->in_order) continue;
        const auto [found, first] = last.try_emplace(copy->producer, copy->sequence);
        if (!first && copy->sequence <= found->second) {
            trace_.violation("message {} stands behind a later one of its producer on {}",
                             one.number, queue);
        }
        found->second = copy->sequence;
    }
    QueueFacts& facts = this->queue(queue);
    std::map<Number, std::size_t> place;
    for (std::size_t i = 0; i < facts.order.size(); ++i) place[facts.order[i]] = i;
    std::size_t at = 0;
    facts.order.clear();
    for (const Found& one : listed) {
        facts.order.push_back(one.number);
        const auto found = place.find(one.number);
        if (found == place.end()) continue;
        if (found->second < at) {
            trace_.violation("message {} has lost its place on {}", one.number, queue);
        }
        at = found->second;
    }
}

Ledger::Possible Ledger::possible(Effect effect, bool crashed) {
    switch (effect) {
        case Effect::none:
            return Possible::no;
        case Effect::live:
            return crashed ? Possible::maybe : Possible::yes;
        case Effect::maybe:
            return Possible::maybe;
        case Effect::sure:
            return Possible::yes;
    }
    return Possible::maybe;
}

/// What a copy's being there or not says about the transactions it was sent or settled in.
void Ledger::gather_evidence(const Copy& copy, bool present, bool crashed) {
    if (crashed && !copy.durable) return;
    const Possible sent = possible(Ledger::sent(copy), crashed);
    const Possible settled = possible(Ledger::settled(copy), crashed);
    const bool unsure_sent = sent == Possible::maybe && copy.sent_in != nullptr;
    const bool unsure_settled =
        settled == Possible::maybe && copy.settled_in != nullptr && copy.settled == Effect::none;
    if (unsure_sent && present) judge(*copy.sent_in, true, copy);
    if (unsure_sent && !present && settled == Possible::no && copy.sent != Effect::maybe) {
        judge(*copy.sent_in, false, copy);
    }
    if (unsure_settled && present) judge(*copy.settled_in, false, copy);
    if (unsure_settled && !present && sent == Possible::yes) judge(*copy.settled_in, true, copy);
}

void Ledger::judge(Transaction& transaction, bool committed, const Copy& by) {
    trace_.note("transaction {} {} committed: message {} on {} says so", transaction.id,
                committed ? "was" : "was not", by.number, by.queue);
    transaction.commit = committed ? Effect::sure : Effect::none;
}

void Ledger::check_presence(const Copy& copy, bool present, bool crashed) {
    if (crashed && !copy.durable) return;
    const Possible sent = possible(Ledger::sent(copy), crashed);
    const Possible settled = possible(Ledger::settled(copy), crashed);
    const bool must = sent == Possible::yes && settled == Possible::no;
    const bool must_not = sent == Possible::no || settled == Possible::yes;
    if (present ? !must_not : !must) return;
    trace_.violation("message {} on {} {}{}: sent {}{}, settled {}{}", copy.number, copy.queue,
                     word(present), crashed ? " after the crash" : "",
                     static_cast<int>(Ledger::sent(copy)),
                     copy.sent_in ? fmt::format(" in transaction {}", copy.sent_in->id) : "",
                     static_cast<int>(Ledger::settled(copy)),
                     copy.settled_in ? fmt::format(" in transaction {}", copy.settled_in->id) : "");
}

/// The copy is there: from now on that is certain.
void Ledger::settle_facts(Copy& copy, const Found& found, bool crashed) {
    copy.sent = Effect::sure;
    copy.sent_in.reset();
    copy.settled = Effect::none;
    if (!crashed && copy.settled_in != nullptr && copy.settled_in->open) {
        // Waits for its transaction.
    } else {
        copy.settled_in.reset();
    }
    if (!crashed) {
        if (!plausible(copy, found.failures)) {
            trace_.violation("message {} on {} has {} failures, not {}", copy.number, copy.queue,
                             found.failures, copy.failures);
        }
        return;
    }
    if (copy.seen && found.failures == 0) {
        trace_.violation("message {} on {} was delivered before the crash and is not flagged",
                         copy.number, copy.queue);
    }
    const QueueFacts& facts = queue(copy.queue);
    if (!facts.ever_consumed && found.failures != 0) {
        trace_.violation("message {} on {} is flagged, but nobody ever consumed there", copy.number,
                         copy.queue);
    }
    copy.holder = 0;
    copy.seen_in_life = false;
    copy.failures = found.failures;
    copy.losses_then = facts.losses;
}

}  // namespace tern::simulation
