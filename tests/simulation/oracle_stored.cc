// The part of Oracle that knows durable subscriptions, and what a damaged store may have.
#include "oracle.h"

namespace tern::simulation {

void Oracle::add_subscription(const Place& subscription) {
    subscriptions_[subscription.text()].place = subscription;
    std::ignore = ledger_.queue(subscription.text());  // to be looked at from the start
}

void Oracle::found_subscription(const Place& place, bool exists, bool damaged) {
    SubscriptionFacts& facts = subscriptions_.at(place.text());
    if (!damaged && facts.exists != Effect::maybe && (facts.exists == Effect::sure) != exists) {
        trace_.violation("{} {}", place.text(), exists ? "is there again" : "is gone");
    }
    facts.exists = exists ? Effect::sure : Effect::none;
    facts.leaving = false;
}

void Oracle::took_unsubscribe(const Place& place) {
    SubscriptionFacts& facts = subscriptions_.at(place.text());
    facts.exists = Effect::maybe;
    facts.leaving = true;
    facts.comes_again = false;
    for (const auto& [key, copy] : ledger_.copies()) {
        if (key.second == place.text() && copy->settled == Effect::none) {
            copy->settled = Effect::maybe;
        }
    }
}

void Oracle::said_unsubscribed(const Place& place, bool refused) {
    SubscriptionFacts& facts = subscriptions_.at(place.text());
    facts.leaving = false;
    const bool certain = !facts.comes_again && !disk_failed_;
    if (!refused) facts.exists = certain ? Effect::none : Effect::maybe;
}

/// On its way it may meet one that is just coming to be, or going.
void Oracle::put_on_subscriptions(Connection connection, Number number,
                                  const TransactionPtr& transaction) {
    const MessageFacts& message = messages_.at(number);
    if (message.to.kind != Place::Kind::topic) return;
    for (const auto& [name, subscription] : subscriptions_) {
        if (subscription.place.topic() != message.to.name) continue;
        const CopyPtr copy = ledger_.add(number, name);
        copy->sent = subscription.exists == Effect::sure ? Effect::live : Effect::maybe;
        copy->durable = message.durable;
        copy->producer = message.producer;
        copy->sequence = message.sequence;
        copy->sent_in = transaction;
        if (transaction != nullptr) transactions_[transaction].sends.push_back(copy);
        soft(connection, [copy] {
            if (copy->sent == Effect::live) copy->sent = Effect::maybe;
        });
    }
}

void Oracle::confirm_on_subscriptions(Number number, bool refused) {
    for (const auto& [name, subscription] : subscriptions_) {
        const CopyPtr copy = ledger_.find(number, name);
        if (copy == nullptr || copy->sent != Effect::live || copy->sent_in != nullptr) continue;
        if (refused) {
            copy->sent = Effect::maybe;
        } else if (copy->durable) {
            copy->sent = Effect::sure;
        }
    }
}

void Oracle::restarted_damaged(const Ledger::Contents& contents, std::size_t shards, bool cut) {
    begin_life(shards);
    for (const auto& [queue, listed] : contents) {
        for (const Ledger::Found& one : listed) {
            if (!was_sent(one.number, queue)) {
                trace_.violation("message {} on {} was never sent there", one.number, queue);
                continue;
            }
            const MessageFacts& message = messages_.at(one.number);
            const bool known = ledger_.find(one.number, queue) != nullptr;
            const CopyPtr copy = ledger_.add(one.number, queue);
            copy->durable = message.durable;
            copy->producer = message.producer;
            copy->sequence = message.sequence;
            if (!known) copy->in_order = queue != kDeadLetters;
        }
    }
    // How far a producer has come may be lost as well.
    for (auto& [number, message] : messages_) {
        if (message.stored == Effect::sure) message.stored = Effect::maybe;
    }
    ledger_.after_damage(contents, cut);
}

/// A message whose body cannot be read may have become a dead letter.
void Oracle::excuse(const Ledger::Contents& contents) {
    const auto letters = contents.find(kDeadLetters);
    if (letters != contents.end()) {
        for (const Ledger::Found& one : letters->second) {
            if (!was_sent(one.number, kDeadLetters)) continue;
            if (ledger_.find(one.number, kDeadLetters) != nullptr) continue;
            const CopyPtr letter = ledger_.add(one.number, kDeadLetters);
            letter->durable = true;
            letter->in_order = false;
            letter->sent = Effect::live;
        }
    }
    ledger_.excuse(contents);
}

bool Oracle::was_sent(Number number, const std::string& queue) const {
    const auto found = messages_.find(number);
    if (found == messages_.end()) return false;
    const Place& to = found->second.to;
    const auto subscription = subscriptions_.find(queue);
    if (subscription != subscriptions_.end()) {
        return to.kind == Place::Kind::topic && subscription->second.place.topic() == to.name;
    }
    return queue == kDeadLetters || to.text() == queue;
}

}  // namespace tern::simulation
