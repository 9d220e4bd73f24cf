#include "client.h"
#include "payload.h"

#include <algorithm>

namespace tern::simulation {

// ---- acknowledging: OpenWire reference, 11.4

void Client::acknowledge() {
    std::vector<Key> have;
    for (const auto& [key, consumer] : consumers_) {
        if (consumer.ended || !consumer.unacknowledged.empty()) have.push_back(key);
    }
    if (have.empty()) return;
    const Key key = dice_.pick(have);
    ConsumerState& consumer = consumers_.at(key);
    SessionState& session = sessions_.at(key.first);
    if (consumer.ended) return close_consumer(key);
    if (!session.waiting) acknowledge(key, consumer, session);
}

void Client::acknowledge(Key key, ConsumerState& consumer, SessionState& session) {
    const std::size_t have = consumer.unacknowledged.size();
    if (consumer.browser) return acknowledge_oldest(key, consumer, have, Oracle::Ack::standard);
    if (session.mode != Mode::automatic && dice_.chance(15)) {
        return announce(key, consumer, session);
    }
    const bool plain = session.mode != Mode::transacted;
    if (dice_.chance(3) && (plain || session.transaction == nullptr)) {
        const std::size_t count = 1 + dice_.below(std::min<std::size_t>(have, 3));
        // No client of OpenWire can send a body that goes to a file, so none is buried in its
        // format.
        const bool large =
            std::any_of(consumer.unacknowledged.begin(),
                        consumer.unacknowledged.begin() + static_cast<std::ptrdiff_t>(count),
                        [](const Received& one) { return one.large; });
        // Nor is one that another subscription may bury as well: dead letters are told apart by
        // their number.
        const bool kept = large || consumer.from.is_subscription();
        return acknowledge_oldest(key, consumer, count,
                                  kept ? Oracle::Ack::standard : Oracle::Ack::poison);
    }
    switch (session.mode) {
        case Mode::automatic:
            return acknowledge_oldest(key, consumer, 1, Oracle::Ack::standard);
        case Mode::ranges:
            return acknowledge_oldest(key, consumer, 1 + dice_.below(have), Oracle::Ack::standard);
        case Mode::individual:
            return acknowledge_individually(key, consumer);
        case Mode::transacted:
            return acknowledge_in_transaction(key, consumer, session);
    }
}

/// The client has seen more, and acknowledges later.
void Client::announce(Key key, ConsumerState& consumer, const SessionState& session) {
    if (consumer.announced >= consumer.unacknowledged.size()) return;
    const std::size_t count = consumer.unacknowledged.size() - consumer.announced;
    const Received& first = consumer.unacknowledged[consumer.announced];
    const Received& last = consumer.unacknowledged.back();
    consumer.announced = consumer.unacknowledged.size();
    put_ack(key, consumer, Oracle::Ack::delivered, &first, last, count,
            session.transaction != nullptr ? &session : nullptr);
}

void Client::acknowledge_oldest(Key key, ConsumerState& consumer, std::size_t count,
                                Oracle::Ack type) {
    auto& list = consumer.unacknowledged;
    // A range from the oldest on has those that a commit under way is about to take, too.
    const bool from_oldest = type == Oracle::Ack::standard && dice_.chance(20) &&
                             sessions_.at(key.first).mode != Mode::transacted;
    put_ack(key, consumer, type, from_oldest ? nullptr : &list.front(), list[count - 1], count,
            nullptr);
    list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count));
    consumer.announced -= std::min(consumer.announced, count);
}

void Client::acknowledge_individually(Key key, ConsumerState& consumer) {
    auto& list = consumer.unacknowledged;
    const std::size_t which = dice_.below(list.size());
    put_ack(key, consumer, Oracle::Ack::individual, nullptr, list[which], 1, nullptr);
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(which));
    if (which < consumer.announced) --consumer.announced;
}

void Client::acknowledge_in_transaction(Key key, ConsumerState& consumer, SessionState& session) {
    if (session.transaction == nullptr) begin(key.first, session);
    auto& list = consumer.unacknowledged;
    if (dice_.chance(30)) {
        put_ack(key, consumer, Oracle::Ack::individual, nullptr, list.front(), 1, &session);
        consumer.staged.push_back(std::move(list.front()));
        list.pop_front();
        consumer.announced -= std::min<std::size_t>(consumer.announced, 1);
        return;
    }
    const std::size_t count = 1 + dice_.below(list.size());
    put_ack(key, consumer, Oracle::Ack::standard, &list.front(), list[count - 1], count, &session);
    const auto end = list.begin() + static_cast<std::ptrdiff_t>(count);
    std::move(list.begin(), end, std::back_inserter(consumer.staged));
    list.erase(list.begin(), end);
    consumer.announced -= std::min(consumer.announced, count);
}

void Client::put_ack(Key key, const ConsumerState& consumer, Oracle::Ack type,
                     const Received* first, const Received& last, std::size_t count,
                     const SessionState* transacted) {
    static constexpr openwire::AckType kTypes[] = {
        openwire::AckType::delivered, openwire::AckType::standard, openwire::AckType::individual,
        openwire::AckType::poison, openwire::AckType::expired};
    openwire::MessageAck ack;
    ack.destination = wire_destination(consumer.from);
    ack.consumer_id = openwire::ConsumerId{
        .connection_id = connection_name_, .session_id = key.first, .value = key.second};
    ack.ack_type = kTypes[static_cast<int>(type)];
    if (first != nullptr) ack.first_message_id = first->id();
    ack.last_message_id = last.id();
    ack.message_count = static_cast<std::int32_t>(count);
    if (transacted != nullptr) ack.transaction_id = transaction_id(*transacted);
    if (type == Oracle::Ack::poison) {
        ack.poison_cause = openwire::Throwable{.class_name = "java.lang.Throwable",
                                               .message = "too many redeliveries"};
    }
    static constexpr const char* kWords[] = {"has seen", "acknowledges", "acknowledges (one)",
                                             "poisons", "expires"};
    trace_.note("client {}: consumer {} {} {} to {}{}", options_.number, consumer.id,
                kWords[static_cast<int>(type)], first == nullptr ? 0 : first->number, last.number,
                transacted != nullptr
                    ? fmt::format(" in transaction {}", transacted->transaction->id)
                    : "");
    const Oracle::Acking acking{
        .consumer = consumer.id,
        .type = type,
        .first = first == nullptr ? 0 : first->number,
        .last = last.number,
        .count = count,
        .transaction = transacted != nullptr ? transacted->transaction : nullptr};
    conversation_->send(
        ack,
        [this, acking, connection = conversation_->connection()] {
            oracle_.took_ack(connection, acking);
        },
        {.given = consumer.browser ? Socket::Given::alone : Socket::Given::with_others});
}

void Client::acknowledge_all() {
    if (!ready()) return;
    for (auto& [key, consumer] : consumers_) {
        while (!consumer.unacknowledged.empty()) {
            acknowledge_oldest(key, consumer, 1, Oracle::Ack::standard);
        }
    }
}

void Client::pull() {
    if (conversation_->version() < 2) return;
    for (auto& [key, consumer] : consumers_) {
        if (consumer.prefetch != 0 || consumer.pulling) continue;
        consumer.pulling = true;
        openwire::MessagePull pull;
        pull.consumer_id = openwire::ConsumerId{
            .connection_id = connection_name_, .session_id = key.first, .value = key.second};
        pull.destination = wire_destination(consumer.from);
        static constexpr std::int64_t kTimeouts[] = {-1, 0, 20, 500};
        pull.timeout = kTimeouts[dice_.below(std::size(kTimeouts))];
        trace_.note("client {}: consumer {} pulls, timeout {}", options_.number, consumer.id,
                    pull.timeout);
        conversation_->send(pull, [this, id = consumer.id] { oracle_.took_pull(id); },
                            {.given = Socket::Given::alone});
    }
}

// ---- closing: 9.4 and 11.6

std::int64_t Client::choose_last_delivered(std::optional<std::int64_t> session) {
    if (conversation_->version() < 5) return openwire::RemoveInfo::kUnknownDelivered;
    std::vector<std::int64_t> seen;
    for (const auto& [key, consumer] : consumers_) {
        if (session && key.first != *session) continue;
        for (const Received& one : consumer.unacknowledged) seen.push_back(one.broker_sequence);
    }
    const std::size_t what = dice_.below(3);
    if (what == 0) return openwire::RemoveInfo::kUnknownDelivered;
    if (what == 1 || seen.empty()) return openwire::RemoveInfo::kNoneDelivered;
    return dice_.pick(seen);
}

void Client::close_consumer() {
    if (!consumers_.empty()) close_consumer(choose(consumers_)->first);
}

void Client::close_consumer(Key key) {
    const std::int64_t last = choose_last_delivered(key.first);
    const Oracle::Consumer id = consumers_.at(key).id;
    openwire::RemoveInfo info;
    info.object_id = openwire::ConsumerId{
        .connection_id = connection_name_, .session_id = key.first, .value = key.second};
    info.last_delivered_sequence_id = last;
    trace_.note("client {} closes consumer {}, last delivered {}", options_.number, id, last);
    consumers_.erase(key);
    conversation_->send(info, [this, id, last] { oracle_.took_close(id, last); });
}

/// Gives up the durable subscription, if nobody consumes from it.
void Client::unsubscribe() {
    if (is_subscribed()) return;
    const Place place = *options_.subscription;
    const std::string client_id = place.client_id();
    openwire::RemoveSubscriptionInfo info;
    info.connection_id = connection_id();
    info.client_id = client_id;
    info.subscription_name = kSubscriptionName;
    trace_.note("client {} gives up {}", options_.number, place.text());
    conversation_->send(
        info, [this, place] { oracle_.took_unsubscribe(place); },
        {.said = [this, place](bool refused) { oracle_.said_unsubscribed(place, refused); }});
}

void Client::close_session() {
    if (sessions_.empty()) return;
    const std::int64_t id = choose(sessions_)->first;
    SessionState& session = sessions_.at(id);
    if (session.waiting) return;
    if (session.transaction != nullptr) rollback(id, session);
    const std::int64_t last = choose_last_delivered(id);
    std::vector<Oracle::Consumer> closing;
    for (const auto& [key, consumer] : consumers_) {
        if (key.first == id) closing.push_back(consumer.id);
    }
    openwire::RemoveInfo info;
    info.object_id = openwire::SessionId{.connection_id = connection_name_, .value = id};
    info.last_delivered_sequence_id = last;
    trace_.note("client {} closes session {}, last delivered {}", options_.number, id, last);
    std::erase_if(consumers_, [&](const auto& entry) { return entry.first.first == id; });
    std::erase_if(producers_, [&](const auto& entry) { return entry.first.first == id; });
    std::erase_if(unconfirmed_, [&](const Unconfirmed& one) { return one.producer.first == id; });
    sessions_.erase(id);
    conversation_->send(info, [this, closing, last] {
        for (const Oracle::Consumer one : closing) oracle_.took_close(one, last);
    });
}

void Client::close_connection() {
    // Who has a durable subscription comes back.
    if (!ready() || options_.subscription) return;
    const std::int64_t last = choose_last_delivered({});
    std::vector<Oracle::Consumer> closing{watcher_};
    for (const auto& [key, consumer] : consumers_) closing.push_back(consumer.id);
    std::vector<TransactionPtr> open;
    for (const auto& [id, session] : sessions_) {
        if (session.transaction != nullptr) open.push_back(session.transaction);
    }
    openwire::RemoveInfo info;
    info.object_id = connection_id();
    info.last_delivered_sequence_id = last;
    trace_.note("client {} closes its connection, last delivered {}", options_.number, last);
    ready_ = false;
    finished_ = true;
    conversation_->send(
        info,
        [this, closing, open, last, gone = temporaries_, connection = conversation_->connection()] {
            for (const TransactionPtr& transaction : open) oracle_.took_rollback(transaction);
            for (const Oracle::Consumer one : closing) oracle_.took_close(one, last);
            for (const Place& place : gone) oracle_.took_remove(connection, place);
        },
        {.heard = [this, to = conversation_.get()](bool) {
            if (to != conversation_.get()) return;
            conversation_->send(openwire::ShutdownInfo{}, [] {});
            conversation_->socket().close();
        }});
}

void Client::remove_destination() {
    const bool temporary = !temporaries_.empty() && dice_.chance(80);
    const Place place = temporary ? dice_.pick(temporaries_) : dice_.pick(places_.queues);
    if (temporary) {
        std::erase_if(temporaries_, [&](const Place& one) { return one.text() == place.text(); });
        std::vector<Key> closing;
        for (const auto& [key, consumer] : consumers_) {
            if (consumer.from.text() == place.text()) closing.push_back(key);
        }
        for (const Key& key : closing) close_consumer(key);
    }
    openwire::DestinationInfo info;
    info.connection_id = connection_id();
    info.destination = wire_destination(place);
    info.operation = openwire::DestinationOperation::remove;
    trace_.note("client {} removes {}", options_.number, place.text());
    conversation_->send(
        info,
        [this, place, connection = conversation_->connection()] {
            oracle_.took_remove(connection, place);
        },
        {.said = [this, place](bool refused) { oracle_.said_removed(place, refused); }});
}

}  // namespace tern::simulation
