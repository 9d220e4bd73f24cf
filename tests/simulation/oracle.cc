#include "oracle.h"

#include <algorithm>

namespace tern::simulation {
namespace {

constexpr std::int64_t kUnknownDelivered = -2;
constexpr std::int64_t kNoneDelivered = -1;
constexpr std::string_view kWords[] = {"queue", "topic", "temp-queue", "temp-topic",
                                       "subscription"};

}  // namespace

std::string Place::text() const {
    return fmt::format("{} {}", kWords[static_cast<std::size_t>(kind)], name);
}

std::string_view Place::topic() const {
    return std::string_view(name).substr(0, name.find('/'));
}

std::string Place::client_id() const {
    return name.substr(name.find('/') + 1);
}

Place Place::of(const std::string& text) {
    const std::size_t blank = text.find(' ');
    const auto word = std::ranges::find(kWords, std::string_view(text).substr(0, blank));
    return {static_cast<Kind>(word - std::begin(kWords)), text.substr(blank + 1)};
}

bool Oracle::ConsumerFacts::has_room() const {
    return static_cast<std::int64_t>(in_flight.size()) - extension <
           static_cast<std::int64_t>(what.prefetch);
}

// ---- one life of the broker

void Oracle::restarted(const Ledger::Contents& contents, std::size_t shards) {
    begin_life(shards);
    ledger_.after_crash(contents);
}

void Oracle::begin_life(std::size_t shards) {
    ++life_;
    quick_ = shards == 1;
    consumers_.clear();
    temporaries_.clear();
    transactions_.clear();
    soft_.clear();
    removals_.clear();
    stalled_.clear();
    clogged_.clear();
    disk_failed_ = false;
}

void Oracle::idle(const Ledger::Contents& contents,
                  const std::map<std::string, std::size_t>& ready) {
    soft_.clear();
    removals_.clear();
    if (disk_failed_) return;
    ledger_.when_idle(contents);
    for (const auto& [id, consumer] : consumers_) {
        // A commit under way may take back what the next transaction extends the window by.
        const bool extended = consumer.extension_unsure ||
                              std::ranges::any_of(consumer.in_flight, &InFlight::extends);
        const bool fed = !consumer.what.browser && consumer.what.prefetch > 0 && !extended &&
                         !slow(consumer.connection) && consumer.has_room();
        const auto waiting = ready.find(consumer.what.from.text());
        if (fed && !expecting_.groups && waiting != ready.end() && waiting->second > 0) {
            trace_.violation("{} messages wait on {} though consumer {} has room", waiting->second,
                             waiting->first, id);
        }
    }
    check_topics();
}

void Oracle::check_topics() {
    for (const auto& [id, consumer] : consumers_) {
        if (slow(consumer.connection) || !consumer.has_room()) continue;
        for (const Number number : consumer.due) {
            if (consumer.received.contains(number)) continue;
            trace_.violation("consumer {} of {} never got message {}", id,
                             consumer.what.from.text(), number);
        }
    }
}

// ---- connections

/// What is to be doubted when the connection ends before it has caught up.
void Oracle::soft(Connection connection, std::function<void()> when_lost) {
    soft_[connection].push_back(std::move(when_lost));
}

void Oracle::lost(Connection connection) {
    if (const auto doubts = soft_.extract(connection); !doubts.empty()) {
        for (const auto& doubt : doubts.mapped()) doubt();
        for (const auto& [name, facts] : ledger_.queues()) ++ledger_.queue(name).losses;
    }
    for (const auto& [transaction, facts] : transactions_) {
        if (facts.connection == connection && transaction->open) roll_back(transaction);
    }
    for (auto& [id, consumer] : consumers_) {
        if (consumer.connection == connection) close(consumer, kUnknownDelivered);
    }
    std::erase_if(consumers_,
                  [&](const auto& entry) { return entry.second.connection == connection; });
    std::erase_if(temporaries_, [&](const auto& entry) {
        if (entry.second.owner != connection) return false;
        ledger_.forget_queue(entry.first);
        return true;
    });
    stalled_.erase(connection);
    clogged_.erase(connection);
}

// ---- messages

void Oracle::took_send(Connection connection, const Sending& sending) {
    messages_.try_emplace(sending.number, MessageFacts{.to = sending.to,
                                                       .producer = sending.producer,
                                                       .sequence = sending.sequence,
                                                       .client = sending.client,
                                                       .durable = sending.durable,
                                                       .life = life_});
    if (!sending.to.is_topic()) return send_to_queue(connection, sending);
    if (sending.transaction == nullptr) {
        return publish_to_topic(connection, sending.number, nullptr);
    }
    transactions_[sending.transaction].to_topics.push_back(sending.number);
}

void Oracle::send_to_queue(Connection connection, const Sending& sending) {
    const std::string queue = sending.to.text();
    const bool temporary = sending.to.is_temporary();
    MessageFacts& message = messages_.at(sending.number);
    CopyPtr copy = ledger_.find(sending.number, queue);
    const bool remembered = !expecting_.small_files || message.life == life_;
    const bool recognised =
        message.confirmed_in == life_ || (message.stored == Effect::sure && remembered);
    if (sending.repeated && copy == nullptr && recognised) return;
    const bool known = copy != nullptr;
    copy = ledger_.add(sending.number, queue);
    if (!known || copy->sent == Effect::none || copy->sent == Effect::maybe) {
        const bool certain = !temporary || exists(sending.to);
        const bool doubtful = sending.repeated && message.stored != Effect::none;
        copy->sent = certain && !doubtful ? Effect::live : Effect::maybe;
    }
    copy->durable = sending.durable && !temporary;
    copy->producer = sending.producer;
    copy->sequence = sending.sequence;
    copy->sent_in = sending.transaction;
    if (removals_[queue] > 0) {
        copy->settled = Effect::maybe;
        message.stored = std::max(message.stored, Effect::maybe);
    }
    if (sending.transaction != nullptr) transactions_[sending.transaction].sends.push_back(copy);
    soft(connection, [copy] {
        if (copy->sent == Effect::live) copy->sent = Effect::maybe;
    });
}

void Oracle::publish_to_topic(Connection connection, Number number,
                              const TransactionPtr& transaction) {
    MessageFacts& message = messages_.at(number);
    message.visible = true;
    put_on_subscriptions(connection, number, transaction);
    if (message.to.is_temporary() && !exists(message.to)) return;
    for (auto& [id, consumer] : consumers_) {
        if (consumer.what.from.text() != message.to.text() || !consumer.subscribed) continue;
        if (consumer.what.no_local && consumer.what.client == message.client) continue;
        consumer.due.insert(number);
    }
    soft(connection, [this, number] {
        for (auto& [id, consumer] : consumers_) consumer.due.erase(number);
    });
}

void Oracle::said_sent(const Sending& sending, bool refused) {
    confirm_on_subscriptions(sending.number, refused);
    const CopyPtr copy = ledger_.find(sending.number, sending.to.text());
    const bool in_transaction = sending.transaction != nullptr;
    if (refused) {
        const bool gone = sending.to.is_temporary();
        if (!gone && !disk_failed_) trace_.violation("message {} was refused", sending.number);
        if (copy != nullptr) copy->sent = gone && !disk_failed_ ? Effect::none : Effect::maybe;
        // Nor is it in its transaction, though one of that name may be there when that ends.
        if (in_transaction)
            std::erase(transactions_[sending.transaction].to_topics, sending.number);
        for (auto& [id, consumer] : consumers_) consumer.due.erase(sending.number);
        return;
    }
    if (in_transaction || !sending.durable || sending.to.is_temporary()) return;
    MessageFacts& message = messages_.at(sending.number);
    message.confirmed_in = life_;
    const bool consumed = copy == nullptr || Ledger::settled(*copy) != Effect::none;
    if (!quick_ || !consumed) message.stored = Effect::sure;
    // A repetition that was recognised is answered as well.
    const bool doubtful = sending.repeated && copy != nullptr && copy->sent == Effect::maybe;
    if (copy != nullptr && !doubtful) copy->sent = Effect::sure;
}

/// The copy must have been safe, or nobody would hear of it; unless consumers may be quicker than
/// the disk. Commits of transactions wait for it in any case.
void Oracle::delivered(Copy& copy) {
    const bool waited = copy.sent_in != nullptr && copy.queue != kDeadLetters;
    if (quick_ && !waited && Ledger::sent(copy) != Effect::sure) {
        for (Effect* effect : {&copy.sent, copy.sent_in ? &copy.sent_in->commit : nullptr}) {
            if (effect != nullptr && *effect == Effect::maybe) *effect = Effect::live;
        }
        Effect& stored = messages_.at(copy.number).stored;
        if (stored == Effect::none) stored = Effect::maybe;
        return;
    }
    if (copy.sent_in != nullptr) copy.sent_in->commit = Effect::sure;
    if (!copy.durable) return;
    copy.sent = Effect::sure;
    messages_.at(copy.number).stored = Effect::sure;
}

// ---- transactions

TransactionPtr Oracle::new_transaction() {
    auto transaction = std::make_shared<Transaction>();
    transaction->id = ++last_transaction_;
    return transaction;
}

void Oracle::took_begin(Connection connection, const TransactionPtr& transaction) {
    transactions_[transaction].connection = connection;
}

void Oracle::took_commit(Connection connection, const TransactionPtr& transaction) {
    TransactionFacts& facts = transactions_[transaction];
    transaction->open = false;
    transaction->commit = Effect::live;
    for (auto& [id, consumer] : consumers_) {
        const auto count = std::erase_if(consumer.in_flight, [&](const InFlight& one) {
            return one.transaction == transaction;
        });
        consumer.extension =
            std::max<std::int64_t>(0, consumer.extension - static_cast<std::int64_t>(count));
    }
    for (const CopyPtr& copy : facts.settles) copy->holder = 0;
    for (const Number number : facts.to_topics) publish_to_topic(connection, number, transaction);
    soft(connection, [transaction, settles = facts.settles] {
        if (transaction->commit != Effect::live) return;
        transaction->commit = Effect::maybe;
        for (const CopyPtr& copy : settles) ++copy->failures;
    });
}

void Oracle::took_rollback(const TransactionPtr& transaction) {
    roll_back(transaction);
}

void Oracle::roll_back(const TransactionPtr& transaction) {
    TransactionFacts& facts = transactions_[transaction];
    transaction->open = false;
    for (auto& [id, consumer] : consumers_) {
        for (InFlight& one : consumer.in_flight) {
            if (one.transaction != transaction) continue;
            one.transaction.reset();
            if (std::exchange(one.extends, false) && consumer.extension > 0) --consumer.extension;
        }
    }
    for (const CopyPtr& copy : facts.settles) {
        copy->settled_in.reset();
        if (copy->holder == 0) ++copy->failures;  // its consumer is closed
    }
}

void Oracle::said_committed(const TransactionPtr& transaction, bool refused) {
    TransactionFacts& facts = transactions_[transaction];
    if (refused) {
        if (!disk_failed_) trace_.violation("commit of transaction {} failed", transaction->id);
        transaction->commit = Effect::maybe;
        return;
    }
    transaction->commit = Effect::sure;
    for (const CopyPtr& copy : facts.sends) {
        if (copy->durable) messages_.at(copy->number).stored = Effect::sure;
    }
}

// ---- temporary destinations and removal

void Oracle::took_declare(Connection connection, const Place& temporary) {
    TemporaryFacts& facts = temporaries_[temporary.text()];
    facts.owner = connection;
    for (const auto& [id, consumer] : consumers_) {
        if (!consumer.what.watches_temporaries || !consumer.subscribed) continue;
        facts.watchers.insert(id);
        consumers_.at(id).temporaries.erase(temporary.text());
    }
    if (!temporary.is_topic()) ledger_.queue(temporary.text()).temporary = true;
}

void Oracle::heard_declared(const Place& temporary) {
    const auto found = temporaries_.find(temporary.text());
    if (found == temporaries_.end()) return;
    found->second.declared = true;
    if (expecting_.large_bodies) return;
    for (const Consumer id : found->second.watchers) {
        const auto watcher = consumers_.find(id);
        if (watcher == consumers_.end()) continue;
        const Connection connection = watcher->second.connection;
        if (slow(connection)) continue;
        if (watcher->second.temporaries.contains(temporary.text())) continue;
        trace_.violation("consumer {} of connection {} has not heard of {} before its owner", id,
                         connection, temporary.text());
    }
}

void Oracle::took_remove(Connection, const Place& place) {
    const std::string name = place.text();
    if (place.is_temporary()) {
        const auto found = temporaries_.find(name);
        if (found != temporaries_.end()) found->second.leaving = true;
    } else {
        ++removals_[name];
    }
    for (const auto& [key, copy] : ledger_.copies()) {
        if (key.second != name || copy->settled != Effect::none) continue;
        copy->settled = Effect::maybe;
        MessageFacts& message = messages_.at(copy->number);
        if (message.stored == Effect::none) message.stored = Effect::maybe;
    }
    for (auto& [id, consumer] : consumers_) {
        if (consumer.what.from.text() == name) consumer.due.clear();
    }
}

void Oracle::said_removed(const Place& place, bool refused) {
    const std::string name = place.text();
    if (!place.is_temporary()) {
        if (removals_[name] > 0) --removals_[name];
        return;
    }
    if (refused) trace_.violation("removal of {} was refused", name);
    temporaries_.erase(name);
    ledger_.forget_queue(name);
}

bool Oracle::exists(const Place& temporary) const {
    const auto found = temporaries_.find(temporary.text());
    return found != temporaries_.end() && found->second.declared && !found->second.leaving;
}

void Oracle::said_advisory(Consumer id, const std::string& destination, bool added) {
    const auto found = consumers_.find(id);
    if (found != consumers_.end() && added) found->second.temporaries.insert(destination);
}

// ---- consumers

void Oracle::took_subscribe(Connection connection, Consumer id, const Subscribing& what) {
    ConsumerFacts& consumer = consumers_[id];
    consumer.what = what;
    consumer.connection = connection;
    if (!what.from.is_topic()) ledger_.queue(what.from.text()).ever_consumed = true;
    if (!what.from.is_subscription()) return;
    SubscriptionFacts& facts = subscriptions_.at(what.from.text());
    if (facts.exists == Effect::none) facts.exists = Effect::maybe;
    if (facts.leaving) facts.comes_again = true;
}

void Oracle::said_subscribed(Consumer id) {
    const auto found = consumers_.find(id);
    if (found == consumers_.end()) return;
    found->second.subscribed = true;
    if (!found->second.what.from.is_subscription()) return;
    SubscriptionFacts& facts = subscriptions_.at(found->second.what.from.text());
    // With a disk that fails it may be there in memory only.
    if (!facts.leaving && !disk_failed_) facts.exists = Effect::sure;
}

void Oracle::took_close(Consumer id, std::int64_t last) {
    const auto found = consumers_.find(id);
    if (found == consumers_.end()) return;
    close(found->second, last);
    consumers_.erase(found);
}

/// OpenWire reference, 11.6.
void Oracle::close(ConsumerFacts& consumer, std::int64_t last) {
    if (consumer.what.browser || consumer.what.from.is_topic()) return;
    QueueFacts& queue = ledger_.queue(consumer.what.from.text());
    ++queue.losses;
    ++queue.losses_in_life;
    auto& list = consumer.in_flight;
    const auto seen_last = std::ranges::find(list, last, &InFlight::broker_sequence);
    bool failed = last == kUnknownDelivered || (last != kNoneDelivered && seen_last != list.end());
    for (auto one = list.begin(); one != list.end(); ++one) {
        if (one->copy != nullptr) one->copy->holder = 0;
        if (failed && one->copy != nullptr && one->transaction == nullptr) ++one->copy->failures;
        if (one == seen_last) failed = false;
    }
}

void Oracle::took_pull(Consumer id) {
    const auto found = consumers_.find(id);
    if (found != consumers_.end()) found->second.pulls = 1;
}

std::optional<Oracle::Range> Oracle::find(const ConsumerFacts& consumer, const Acking& ack) {
    const auto& list = consumer.in_flight;
    const auto place = [&list](Number number) {
        return static_cast<std::size_t>(std::ranges::find(list, number, &InFlight::number) -
                                        list.begin());
    };
    const std::size_t last = place(ack.last);
    const bool known = last < list.size();
    if (known && ack.type == Ack::individual) return Range{last, last + 1};
    if (consumer.what.from.is_topic() || consumer.what.browser) {
        return Range{0, known ? last + 1 : std::min(ack.count, list.size())};
    }
    if (!known) return {};
    const std::size_t first = ack.first == 0 ? 0 : place(ack.first);
    if (first > last) return {};
    return Range{first, last + 1};
}

void Oracle::took_ack(Connection connection, const Acking& ack) {
    const auto found = consumers_.find(ack.consumer);
    if (found == consumers_.end()) return;
    ConsumerFacts& consumer = found->second;
    const auto range = find(consumer, ack);
    if (!range) return trace_.violation("the simulation acknowledged what it does not have");
    if (ack.type == Ack::delivered) {
        consumer.extension += static_cast<std::int64_t>(ack.count);
        if (soft_.contains(connection)) consumer.extension_unsure = true;
    } else if (ack.type == Ack::poison) {
        bury(connection, consumer, *range);
    } else if (ack.transaction == nullptr) {
        settle(connection, consumer, *range);
    } else {
        for (std::size_t i = range->first; i < range->second; ++i) {
            InFlight& one = consumer.in_flight[i];
            if (one.transaction != nullptr) continue;
            one.transaction = ack.transaction;
            one.extends = ack.type == Ack::individual;
            if (one.extends) ++consumer.extension;
            if (one.copy == nullptr) continue;
            one.copy->settled_in = ack.transaction;
            transactions_[ack.transaction].settles.push_back(one.copy);
        }
    }
}

void Oracle::accept(Connection connection, const CopyPtr& copy) {
    copy->settled = Effect::live;
    copy->holder = 0;
    soft(connection, [copy] {
        if (copy->settled != Effect::live) return;
        copy->settled = Effect::maybe;
        ++copy->failures;
    });
}

/// They leave the window.
void Oracle::leave(ConsumerFacts& consumer, Range range) {
    const auto begin = consumer.in_flight.begin() + static_cast<std::ptrdiff_t>(range.first);
    const auto end = consumer.in_flight.begin() + static_cast<std::ptrdiff_t>(range.second);
    consumer.extension = std::max<std::int64_t>(0, consumer.extension - (end - begin));
    consumer.in_flight.erase(begin, end);
}

void Oracle::settle(Connection connection, ConsumerFacts& consumer, Range range) {
    for (std::size_t i = range.first; i < range.second; ++i) {
        if (consumer.in_flight[i].copy != nullptr) accept(connection, consumer.in_flight[i].copy);
    }
    leave(consumer, range);
}

void Oracle::bury(Connection connection, ConsumerFacts& consumer, Range range) {
    for (std::size_t i = range.first; i < range.second; ++i) {
        const CopyPtr copy = consumer.in_flight[i].copy;
        if (copy == nullptr) continue;
        if (messages_.at(copy->number).durable && copy->queue != kDeadLetters) {
            bury(connection, copy);
        } else {
            accept(connection, copy);
        }
    }
    leave(consumer, range);
}

/// Durable messages go to the dead letter queue, which is one with leaving their own.
void Oracle::bury(Connection connection, const CopyPtr& copy) {
    const TransactionPtr burial = new_transaction();
    burial->open = false;
    burial->commit = Effect::live;
    copy->settled_in = burial;
    copy->holder = 0;
    const CopyPtr letter = ledger_.add(copy->number, kDeadLetters);
    letter->durable = true;
    letter->in_order = false;
    letter->sent = Effect::live;
    letter->sent_in = burial;
    soft(connection, [burial, copy] {
        if (burial->commit != Effect::live) return;
        burial->commit = Effect::maybe;
        ++copy->failures;
    });
}

// ---- what consumers are sent

void Oracle::said_message(Consumer id, Number number, std::uint32_t failures,
                          std::int64_t broker_sequence) {
    const auto found = consumers_.find(id);
    if (found == consumers_.end()) {
        return trace_.violation("message {} for consumer {}, which is closed", number, id);
    }
    ConsumerFacts& consumer = found->second;
    if (!consumer.in_flight.empty() &&
        consumer.in_flight.back().broker_sequence >= broker_sequence) {
        trace_.violation("broker sequence {} for consumer {} does not grow", broker_sequence, id);
    }
    if (consumer.what.from.is_topic()) return say_from_topic(consumer, number, broker_sequence);
    if (consumer.what.browser) {
        if (messages_.find(number) == messages_.end()) trace_.violation("invented {}", number);
        check_order(consumer, number, false);
        consumer.in_flight.push_back({.number = number, .broker_sequence = broker_sequence});
        return;
    }
    if (consumer.what.prefetch == 0 && std::exchange(consumer.pulls, 0) == 0) {
        trace_.violation("message {} for consumer {}, which has not asked", number, id);
    }
    say_from_queue(consumer, number, failures, broker_sequence);
    if (const CopyPtr copy = ledger_.find(number, consumer.what.from.text())) copy->holder = id;
}

void Oracle::say_from_queue(ConsumerFacts& consumer, Number number, std::uint32_t failures,
                            std::int64_t broker_sequence) {
    const std::string queue = consumer.what.from.text();
    const CopyPtr copy = ledger_.find(number, queue);
    consumer.in_flight.push_back(
        {.number = number, .copy = copy, .broker_sequence = broker_sequence});
    if (copy == nullptr) {
        // A transaction may outlive the destination, and commit to its successor of that name.
        if (consumer.what.from.is_temporary() && messages_.contains(number)) return;
        return trace_.violation("message {} from {} was consumed before or never sent there",
                                number, queue);
    }
    if (Ledger::sent(*copy) == Effect::none) {
        trace_.violation("message {} from {} is delivered before it is committed", number, queue);
    }
    const Effect settled = Ledger::settled(*copy);
    if (settled == Effect::live || settled == Effect::sure) {
        trace_.violation("message {} from {} is delivered after it was acknowledged", number,
                         queue);
    }
    if (copy->settled_in != nullptr && copy->settled_in->open) {
        trace_.violation("message {} from {} is delivered though transaction {} has it", number,
                         queue, copy->settled_in->id);
    }
    if (copy->holder != 0) {
        trace_.violation("message {} from {} is delivered while consumer {} has it", number, queue,
                         copy->holder);
    }
    if (!ledger_.plausible(*copy, failures)) {
        trace_.violation("message {} from {} comes with {} failures instead of {}", number, queue,
                         failures, copy->failures);
    }
    check_group(consumer, number);
    const QueueFacts& facts = ledger_.queue(queue);
    if (copy->in_order) {
        check_order(consumer, number, copy->seen_in_life || facts.losses_in_life > 0);
    }
    delivered(*copy);
    copy->seen = true;
    copy->seen_in_life = true;
    copy->failures = failures;
    copy->losses_then = facts.losses;
}

void Oracle::say_from_topic(ConsumerFacts& consumer, Number number, std::int64_t broker_sequence) {
    const std::string topic = consumer.what.from.text();
    const auto found = messages_.find(number);
    if (found == messages_.end() || found->second.to.text() != topic || !found->second.visible) {
        return trace_.violation("message {} from {} was never published there", number, topic);
    }
    if (!consumer.received.insert(number).second) {
        trace_.violation("message {} from {} comes twice", number, topic);
    }
    if (consumer.what.no_local && found->second.client == consumer.what.client) {
        trace_.violation("message {} from {} comes back to where it was sent", number, topic);
    }
    check_order(consumer, number, false);
    consumer.in_flight.push_back({.number = number, .broker_sequence = broker_sequence});
}

void Oracle::check_order(ConsumerFacts& consumer, Number number, bool excused) {
    const MessageFacts& message = messages_.at(number);
    const std::size_t group = expecting_.groups ? group_of(number) : 0;
    const auto [last, first] =
        consumer.last_of_producer.try_emplace({message.producer, group}, message.sequence);
    if (!first && message.sequence <= last->second && !excused) {
        trace_.violation("message {} from {} comes after a later one of its producer", number,
                         consumer.what.from.text());
    }
    last->second = std::max(last->second, message.sequence);
}

/// A group's messages are at one consumer at a time.
void Oracle::check_group(const ConsumerFacts& consumer, Number number) {
    if (!expecting_.groups || group_of(number) == 0) return;
    for (const auto& [id, other] : consumers_) {
        if (&other == &consumer || other.what.browser) continue;
        if (other.what.from.text() != consumer.what.from.text()) continue;
        for (const InFlight& one : other.in_flight) {
            if (group_of(one.number) != group_of(number)) continue;
            trace_.violation(
                "message {} from {} is delivered while consumer {} has message {} of "
                "its group",
                number, consumer.what.from.text(), id, one.number);
        }
    }
}

void Oracle::said_end_of_browse(Consumer id) {
    const auto found = consumers_.find(id);
    if (found == consumers_.end()) return;
    if (!found->second.what.browser && found->second.what.prefetch > 0) {
        trace_.violation("consumer {} is told of an end", id);
    }
    found->second.pulls = 0;
}

}  // namespace tern::simulation
