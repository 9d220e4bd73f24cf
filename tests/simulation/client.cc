#include "client.h"

#include "payload.h"

#include <algorithm>

namespace tern::simulation {
namespace {

constexpr std::int64_t kImplicitSession = -1;
constexpr const char* kWatched = "ActiveMQ.Advisory.TempQueue,ActiveMQ.Advisory.TempTopic";
constexpr std::size_t kAdvisoriesPerAck = 10;

}  // namespace

Client::Client(Options options, Dice& dice, Oracle& oracle, Trace& trace, Places& places)
    : options_(options),
      dice_(dice),
      oracle_(oracle),
      trace_(trace),
      places_(places),
      connection_name_(fmt::format("ID:sim-{}:1", options.number)),
      last_producer_index_(options.number * 1000) {}

Client::~Client() = default;

void Client::connect(Machine& machine, ShardId shard, std::function<void()> before_taking) {
    ready_ = false;
    for (auto& [key, producer] : producers_) producer.unacknowledged_bytes = 0;
    conversation_ = std::make_unique<Conversation>(machine, shard, *this, oracle_, trace_,
                                                   options_.wire, std::move(before_taking));
    trace_.note("client {} opens connection {} on shard {}", options_.number,
                conversation_->connection(), shard.value);
}

std::unique_ptr<Conversation> Client::leave() {
    ready_ = false;
    if (conversation_ != nullptr) conversation_->socket().forsake();
    return std::move(conversation_);
}

// ---- what arrives

void Client::received(Conversation& by, Key key, Received message) {
    if (&by != conversation_.get()) return;
    const auto found = consumers_.find(key);
    if (found == consumers_.end()) return;
    found->second.last_seen = message.broker_sequence;
    found->second.pulling = false;
    found->second.unacknowledged.push_back(std::move(message));
}

void Client::received_nothing(Conversation& by, Key key) {
    if (&by != conversation_.get()) return;
    const auto found = consumers_.find(key);
    if (found == consumers_.end()) return;
    found->second.pulling = false;
    found->second.ended = found->second.browser;
}

void Client::received_advisory(Conversation& by, Key) {
    if (&by != conversation_.get() || ++watched_ < kAdvisoriesPerAck) return;
    openwire::MessageAck ack;
    ack.destination =
        openwire::Destination{.type = openwire::DataType::topic, .physical_name = kWatched};
    ack.consumer_id = openwire::ConsumerId{
        .connection_id = connection_name_, .session_id = kImplicitSession, .value = 1};
    ack.ack_type = openwire::AckType::standard;
    ack.message_count = static_cast<std::int32_t>(std::exchange(watched_, 0));
    conversation_->send(ack, [] {});
}

// ---- registering

void Client::negotiated(Conversation& by) {
    if (&by == conversation_.get()) introduce();
}

void Client::introduce() {
    const std::string client_id = options_.subscription ? options_.subscription->client_id()
                                                        : fmt::format("client-{}", options_.number);
    openwire::ConnectionInfo info;
    info.connection_id = connection_id();
    info.client_id = client_id;
    info.manageable = dice_.chance(50);
    info.fault_tolerant = options_.fails_over;
    info.failover_reconnect = options_.fails_over && connected_before_;
    conversation_->send(info, [] {}, {.heard = [this, to = conversation_.get()](bool refused) {
                            if (to != conversation_.get()) return;
                            if (refused)
                                return trace_.violation("client {} is refused", options_.number);
                            connected_before_ = true;
                            ready_ = true;
                            register_all();
                        }});
}

void Client::register_all() {
    watched_ = 0;
    watcher_ = 0;
    if (dice_.chance(60)) watch_temporaries();
    for (auto& [id, session] : sessions_) {
        session.transaction.reset();
        session.waiting = false;
        register_session(id);
    }
    for (const Place& place : temporaries_) register_temporary(place);
    for (auto& [key, producer] : producers_) register_producer(key);
    std::erase_if(consumers_, [](const auto& entry) { return entry.second.browser; });
    for (auto& [key, consumer] : consumers_) {
        consumer.unacknowledged.clear();
        consumer.staged.clear();
        consumer.announced = 0;
        consumer.pulling = false;
        consumer.last_seen = -1;
        register_consumer(key);
    }
    send_again();
}

void Client::watch_temporaries() {
    const Key key{kImplicitSession, 1};
    const Oracle::Consumer id = oracle_.next_consumer();
    watcher_ = id;
    openwire::ConsumerInfo info;
    info.consumer_id = openwire::ConsumerId{
        .connection_id = connection_name_, .session_id = key.first, .value = key.second};
    info.destination =
        openwire::Destination{.type = openwire::DataType::topic, .physical_name = kWatched};
    info.prefetch_size = 1000;
    info.no_local = true;
    info.dispatch_async = true;
    conversation_->subscribed(key, {.id = id, .watches_temporaries = true});
    const Oracle::Subscribing what{.client = options_.number,
                                   .from = {Place::Kind::topic, kWatched},
                                   .prefetch = 1000,
                                   .watches_temporaries = true};
    conversation_->send(info,
                        [this, id, what, connection = conversation_->connection()] {
                            oracle_.took_subscribe(connection, id, what);
                        },
                        {.said = [this, id](bool) { oracle_.said_subscribed(id); }});
}

void Client::open_session() {
    SessionState session;
    session.mode = static_cast<Mode>(dice_.below(4));
    sessions_[++last_session_] = session;
    register_session(last_session_);
}

void Client::register_session(std::int64_t session) {
    openwire::SessionInfo info;
    info.session_id = openwire::SessionId{.connection_id = connection_name_, .value = session};
    conversation_->send(info, [] {});
}

void Client::open_producer() {
    if (sessions_.empty()) return open_session();
    auto& [id, session] = *choose(sessions_);
    ProducerState producer;
    producer.index = ++last_producer_index_;
    if (dice_.chance(70)) {
        producer.to = dice_.pick(dice_.chance(80) ? places_.queues : places_.topics);
    }
    if (dice_.chance(20)) producer.window = 1'000'000;
    const Key key{id, ++session.last_producer};
    producers_[key] = producer;
    register_producer(key);
}

void Client::register_producer(Key key) {
    const ProducerState& producer = producers_.at(key);
    openwire::ProducerInfo info;
    info.producer_id = openwire::ProducerId{
        .connection_id = connection_name_, .value = key.second, .session_id = key.first};
    if (producer.to) info.destination = wire_destination(*producer.to);
    info.window_size = producer.window;
    conversation_->send(info, [] {}, {.heard = [this](bool refused) {
                            if (refused)
                                trace_.violation("a producer of client {} is refused",
                                                 options_.number);
                        }});
}

void Client::open_consumer() {
    if (sessions_.empty()) return open_session();
    auto& [id, session] = *choose(sessions_);
    ConsumerState consumer;
    if (!temporaries_.empty() && dice_.chance(30)) {
        consumer.from = dice_.pick(temporaries_);
    } else {
        consumer.from = dice_.pick(dice_.chance(80) ? places_.queues : places_.topics);
    }
    const bool topic = consumer.from.is_topic();
    static constexpr std::uint32_t kPrefetches[] = {1, 2, 3, 5, 10, 100, 1000};
    consumer.prefetch = kPrefetches[dice_.below(std::size(kPrefetches))];
    consumer.no_local = topic && dice_.chance(20);
    consumer.browser = !topic && !consumer.from.is_temporary() && dice_.chance(10);
    if (!topic && !consumer.browser && dice_.chance(10)) consumer.prefetch = 0;
    if (options_.subscription && !is_subscribed() && dice_.chance(60)) {
        consumer = {};
        consumer.from = *options_.subscription;
        consumer.prefetch = static_cast<std::uint32_t>(dice_.between(1, 20));
    }
    const Key key{id, ++session.last_consumer};
    consumers_[key] = consumer;
    register_consumer(key);
}

void Client::consume(const Place& from) {
    passive_ = true;
    if (sessions_.empty()) open_session();
    auto& [id, session] = *sessions_.begin();
    session.mode = Mode::automatic;
    const Key key{id, ++session.last_consumer};
    consumers_[key].from = from;
    consumers_[key].prefetch = static_cast<std::uint32_t>(1 + dice_.below(100));
    register_consumer(key);
}

void Client::register_consumer(Key key) {
    ConsumerState& consumer = consumers_.at(key);
    consumer.id = oracle_.next_consumer();
    openwire::ConsumerInfo info;
    info.consumer_id = openwire::ConsumerId{
        .connection_id = connection_name_, .session_id = key.first, .value = key.second};
    info.destination = wire_destination(consumer.from);
    if (consumer.from.is_subscription()) info.subscription_name = kSubscriptionName;
    info.prefetch_size = static_cast<std::int32_t>(consumer.prefetch);
    info.browser = consumer.browser;
    info.no_local = consumer.no_local;
    const Oracle::Subscribing what{.client = options_.number,
                                   .from = consumer.from,
                                   .prefetch = consumer.prefetch,
                                   .browser = consumer.browser,
                                   .no_local = consumer.no_local};
    conversation_->subscribed(
        key, {.id = consumer.id, .dead_letters = consumer.from.name == "ActiveMQ.DLQ"});
    trace_.note("client {}: consumer {} ({}:{}) of {}, prefetch {}{}", options_.number, consumer.id,
                key.first, key.second, consumer.from.text(), consumer.prefetch,
                consumer.browser ? ", browses" : "");
    conversation_->send(
        info,
        [this, id = consumer.id, what, connection = conversation_->connection()] {
            oracle_.took_subscribe(connection, id, what);
        },
        {.said = [this, id = consumer.id, stored = what.from.is_subscription()](bool refused) {
            if (refused && stored && oracle_.disk_failed()) return;
            if (refused) return trace_.violation("consumer {} is refused", id);
            oracle_.said_subscribed(id);
        }});
}

bool Client::is_subscribed() const {
    return std::ranges::any_of(
        consumers_, [](const auto& entry) { return entry.second.from.is_subscription(); });
}

void Client::declare_temporary() {
    const std::string name = fmt::format("{}:{}", connection_name_, ++last_temporary_);
    const Place place{dice_.chance(70) ? Place::Kind::temp_queue : Place::Kind::temp_topic, name};
    temporaries_.push_back(place);
    register_temporary(place);
}

void Client::register_temporary(const Place& place) {
    openwire::DestinationInfo info;
    info.connection_id = connection_id();
    info.destination = wire_destination(place);
    info.operation = openwire::DestinationOperation::add;
    trace_.note("client {} declares {}", options_.number, place.text());
    conversation_->send(info,
                        [this, place, connection = conversation_->connection()] {
                            oracle_.took_declare(connection, place);
                        },
                        {.heard = [this, place](bool refused) {
                            if (refused) return trace_.violation("{} is refused", place.text());
                            oracle_.heard_declared(place);
                            places_.temporaries.push_back(place);
                        }});
}

// ---- sending

std::optional<Place> Client::choose_target() {
    if (!places_.temporaries.empty() && dice_.chance(25)) return dice_.pick(places_.temporaries);
    return dice_.pick(dice_.chance(80) ? places_.queues : places_.topics);
}

void Client::send() {
    if (producers_.empty()) return open_producer();
    auto& [key, producer] = *choose(producers_);
    SessionState& session = sessions_.at(key.first);
    if (session.waiting) return;
    const Place to = producer.to ? *producer.to : *choose_target();
    const bool durable = dice_.chance(75);
    for (std::size_t left = dice_.chance(30) ? 1 + dice_.below(6) : 1; left > 0; --left) {
        if (session.waiting) return;
        send(key, to, durable);
    }
}

void Client::send(Key key, const Place& to, bool durable) {
    ProducerState& producer = producers_.at(key);
    SessionState& session = sessions_.at(key.first);
    if (session.mode == Mode::transacted && session.transaction == nullptr) {
        begin(key.first, session);
    }
    const Oracle::Sending sending{.number = oracle_.next_number(),
                                  .client = options_.number,
                                  .to = to,
                                  .durable = durable,
                                  .producer = producer.index,
                                  .sequence = ++producer.sequence,
                                  .transaction = session.transaction};
    const std::size_t bytes = dice_.chance(95)
                                  ? dice_.below(options_.body_bytes_max)
                                  : dice_.below(options_.body_bytes_max * dice_.between(10, 300));
    put(sending, key, bytes);
}

void Client::put(const Oracle::Sending& sending, Key key, std::size_t bytes) {
    ProducerState& producer = producers_.at(key);
    SessionState& session = sessions_.at(key.first);
    const Payload payload(sending.number, bytes);
    openwire::Message message;
    payload.put_into(message);
    message.producer_id = openwire::ProducerId{
        .connection_id = connection_name_, .value = key.second, .session_id = key.first};
    message.message_id = openwire::MessageId{.producer_id = message.producer_id,
                                             .producer_sequence_id = sending.sequence};
    message.destination = wire_destination(sending.to);
    message.persistent = sending.durable;
    message.priority = 4;
    const std::string group = fmt::format("group {}", group_of(sending.number));
    if (options_.groups && group_of(sending.number) != 0) message.group_id = group;
    message.timestamp = 1'700'000'000'000;
    if (sending.transaction != nullptr) message.transaction_id = transaction_id(session);

    const bool outside = sending.transaction == nullptr;
    // A send within a transaction that finds its temporary destination gone, and is not told so,
    // fails the commit.
    const bool has_to_ask = !outside && sending.to.is_temporary();
    const bool may_ask = outside && (sending.repeated || dice_.chance(sending.durable ? 90 : 15));
    const bool asks = has_to_ask || may_ask;
    trace_.note("client {} sends message {} to {}{}{}{}", options_.number, sending.number,
                sending.to.text(), sending.durable ? "" : ", transient",
                outside ? "" : fmt::format(", in transaction {}", sending.transaction->id),
                sending.repeated ? ", again" : "");
    const bool counted = producer.window > 0 && !asks;
    const auto weight =
        static_cast<std::int64_t>(1024 + payload.content.size() + payload.properties.size());
    auto taken = [this, sending, key, counted, weight, by = conversation_.get()] {
        oracle_.took_send(by->connection(), sending);
        const auto found = producers_.find(key);
        if (counted && found != producers_.end() && by == conversation_.get()) {
            found->second.unacknowledged_bytes += weight;
        }
    };
    if (!asks) return conversation_->send(message, std::move(taken));

    if (!sending.repeated && sending.durable && sending.to.kind == Place::Kind::queue) {
        unconfirmed_.push_back({sending, key, bytes});
    }
    session.waiting = !options_.hasty && !sending.repeated;
    conversation_->send(
        message, std::move(taken),
        {.said = [this, sending](bool refused) { oracle_.said_sent(sending, refused); },
         .heard =
             [this, sending, id = key.first](bool) {
                 std::erase_if(unconfirmed_, [&](const Unconfirmed& one) {
                     return one.sending.number == sending.number;
                 });
                 const auto found = sessions_.find(id);
                 if (found != sessions_.end()) found->second.waiting = false;
             }});
}

void Client::send_again() {
    // Nobody would recognise them.
    if (conversation_->version() < 6 || !options_.sends_again) unconfirmed_.clear();
    for (const Unconfirmed& one : unconfirmed_) {
        if (!producers_.contains(one.producer)) continue;
        Oracle::Sending again = one.sending;
        again.repeated = true;
        put(again, one.producer, one.bytes);
    }
}

void Client::check_producer_windows() {
    if (conversation_ == nullptr) return;
    if (conversation_->socket().lost()) return;
    // What is said then may wait behind a body that lies in a file.
    if (oracle_.slow(conversation_->connection())) return;
    for (const auto& [key, producer] : producers_) {
        if (conversation_->version() < 3 || producer.window == 0) continue;
        const std::int64_t got = conversation_->acknowledged_bytes(key);
        if (got == producer.unacknowledged_bytes) continue;
        trace_.violation("producer {}:{} of client {} was given back {} bytes instead of {}",
                         key.first, key.second, options_.number, got,
                         producer.unacknowledged_bytes);
    }
}

// ---- transactions

openwire::TransactionId Client::transaction_id(const SessionState& session) const {
    // Some are the only branch of a distributed one.
    if (session.transaction_value % 3 == 0) {
        return openwire::XaTransactionId{
            .format_id = static_cast<std::int32_t>(session.transaction_value),
            .global_transaction_id = as_bytes(connection_name_)};
    }
    return openwire::LocalTransactionId{.value = session.transaction_value,
                                        .connection_id = connection_id()};
}

void Client::begin(std::int64_t, SessionState& session) {
    session.transaction = oracle_.new_transaction();
    session.transaction_value = ++last_transaction_;
    openwire::TransactionInfo info;
    info.connection_id = connection_id();
    info.transaction_id = transaction_id(session);
    info.operation = openwire::TransactionOperation::begin;
    trace_.note("client {} begins transaction {}", options_.number, session.transaction->id);
    conversation_->send(
        info, [this, transaction = session.transaction, connection = conversation_->connection()] {
            oracle_.took_begin(connection, transaction);
        });
}

void Client::end_transaction() {
    std::vector<std::int64_t> open;
    for (const auto& [id, session] : sessions_) {
        if (session.transaction != nullptr && !session.waiting) open.push_back(id);
    }
    if (open.empty()) return;
    const std::int64_t id = dice_.pick(open);
    if (dice_.chance(75)) {
        commit(id, sessions_.at(id));
    } else {
        rollback(id, sessions_.at(id));
    }
}

void Client::commit(std::int64_t id, SessionState& session) {
    openwire::TransactionInfo info;
    info.connection_id = connection_id();
    info.transaction_id = transaction_id(session);
    info.operation = openwire::TransactionOperation::commit_one_phase;
    const TransactionPtr transaction = std::exchange(session.transaction, nullptr);
    session.waiting = !options_.hasty;
    trace_.note("client {} commits transaction {}", options_.number, transaction->id);
    for (auto& [key, consumer] : consumers_) {
        if (key.first == id) consumer.staged.clear();
    }
    conversation_->send(
        info,
        [this, transaction, connection = conversation_->connection()] {
            oracle_.took_commit(connection, transaction);
        },
        {.said = [this,
                  transaction](bool refused) { oracle_.said_committed(transaction, refused); },
         .heard =
             [this, id](bool) {
                 const auto found = sessions_.find(id);
                 if (found != sessions_.end()) found->second.waiting = false;
             }});
}

void Client::rollback(std::int64_t id, SessionState& session) {
    openwire::TransactionInfo info;
    info.connection_id = connection_id();
    info.transaction_id = transaction_id(session);
    info.operation = openwire::TransactionOperation::rollback;
    const TransactionPtr transaction = std::exchange(session.transaction, nullptr);
    session.waiting = !options_.hasty;
    trace_.note("client {} rolls transaction {} back", options_.number, transaction->id);
    // The client delivers them once more from its memory.
    for (auto& [key, consumer] : consumers_) {
        if (key.first != id) continue;
        for (Received& one : consumer.staged) consumer.unacknowledged.push_back(std::move(one));
        consumer.staged.clear();
        std::ranges::sort(consumer.unacknowledged, {}, &Received::broker_sequence);
        consumer.announced = consumer.unacknowledged.size();
    }
    conversation_->send(info, [this, transaction] { oracle_.took_rollback(transaction); },
                        {.said =
                             [this, transaction](bool refused) {
                                 if (!refused) return;
                                 trace_.violation("rollback of transaction {} failed",
                                                  transaction->id);
                             },
                         .heard =
                             [this, id](bool) {
                                 const auto found = sessions_.find(id);
                                 if (found != sessions_.end()) found->second.waiting = false;
                             }});
}

// ---- acting

void Client::act() {
    if (!ready()) return;
    if (passive_) return acknowledge_all();
    const std::size_t what = dice_.below(100);
    if (what < 30) return send();
    if (what < 66) return acknowledge();
    if (what < 74) return end_transaction();
    if (what < 80) return consumers_.size() < 5 ? open_consumer() : close_consumer();
    if (what < 83) return producers_.size() < 4 ? open_producer() : send();
    if (what < 85) return sessions_.size() < 4 ? open_session() : close_session();
    if (what < 90) return pull();
    if (what < 93) return close_consumer();
    if (what < 94) return close_session();
    if (what < 97) return temporaries_.size() < 3 ? declare_temporary() : remove_destination();
    if (what < 98) return options_.subscription ? unsubscribe() : remove_destination();
    if (what < 99 && dice_.chance(30)) return close_connection();
}

}  // namespace tern::simulation
