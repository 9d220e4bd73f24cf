#include "protocol/openwire/notices.h"

#include "protocol/openwire/advisories.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/own.h"

#include <algorithm>
#include <utility>

namespace tern::openwire {
namespace {

using What = broker::Notice::What;

constexpr const char* kConsumerCount = "consumerCount";
constexpr const char* kProducerCount = "producerCount";
constexpr const char* kConnectionTopic = "ActiveMQ.Advisory.Connection";
constexpr const char* kAnonymousTopic = "ActiveMQ.Advisory.Producer.Anonymous";

KeptCommandPtr keep(Command command) {
    return std::make_shared<const KeptCommand>(std::move(command));
}

bool is_private(const broker::DestinationView& destination) {
    return destination.name.starts_with(kAdvisoryPrefix);
}

ConnectionInfo connection_info(const broker::Party& party, const ConnectionId& id) {
    ConnectionInfo info;
    info.connection_id = id;
    info.client_id = party.client_id;
    if (!party.user.empty()) info.user_name = party.user;
    info.client_ip = party.peer;
    return info;
}

}  // namespace

ConsumerId consumer_id(const broker::Party& party) {
    if (auto id = parse_consumer_id(party.name)) return *id;
    return {
        .connection_id = party.connection, .session_id = kForeignSession, .value = party.number};
}

ConsumerInfo consumer_info(const broker::Party& party) {
    ConsumerInfo info;
    info.consumer_id = consumer_id(party);
    info.destination = from_broker(party.destination.view());
    info.browser = party.browses;
    info.prefetch_size =
        static_cast<std::int32_t>(std::min<std::uint32_t>(party.credit, INT32_MAX));
    info.maximum_pending_message_limit = party.pending_max;
    if (!party.selector.empty()) info.selector = party.selector;
    if (!party.subscription.empty()) info.subscription_name = party.subscription;
    info.exclusive = party.exclusive;
    info.retroactive = party.retroactive;
    info.priority = static_cast<std::int8_t>(std::clamp<std::int16_t>(party.priority, -128, 127));
    return info;
}

KeptCommand::KeptCommand(Command command) : command_(std::move(command)), texts_(own(command_)) {}

namespace {

MessagePtr write_counted(const Options& options, std::string_view topic, const Command& payload,
                         const char* count, std::size_t lasting) {
    PrimitiveMap properties;
    if (count != nullptr) properties.put(count, {static_cast<std::int32_t>(lasting)});
    return AdvisoryWriter(options).write(topic, payload, properties);
}

/// Of a consumer that is told of where its messages are sent.
broker::NoticeSubjectPtr make_demand(const Options& options, ConsumerInfo info,
                                     const broker::Destination& source);

class ForeignProducer final : public broker::NoticeSubject {
public:
    ForeignProducer(const Options& options, const broker::Party& party)
        : options_(options),
          connection_(party.connection),
          destination_(party.destination),
          number_(party.number) {}

    [[nodiscard]] std::string topic() const override {
        return endpoint_advisory_topic("Producer", destination_.view());
    }
    [[nodiscard]] std::string key() const override { return to_text(id()); }
    [[nodiscard]] MessagePtr message(What what, std::size_t lasting) const override {
        Command payload = RemoveInfo{.object_id = id()};
        if (what == What::begins) {
            payload =
                ProducerInfo{.producer_id = id(), .destination = from_broker(destination_.view())};
        }
        return write_counted(options_, topic(), payload, kProducerCount, lasting);
    }

private:
    [[nodiscard]] ProducerId id() const {
        return {.connection_id = connection_, .value = number_, .session_id = kForeignSession};
    }

    const Options& options_;
    std::string connection_;
    broker::Destination destination_;
    std::uint32_t number_;
};

class ForeignConsumer final : public broker::NoticeSubject {
public:
    ForeignConsumer(const Options& options, broker::PartyPtr party)
        : options_(options), party_(std::move(party)) {}

    [[nodiscard]] std::string topic() const override {
        return endpoint_advisory_topic("Consumer", party_->destination.view());
    }
    [[nodiscard]] std::string key() const override { return to_text(consumer_id(*party_)); }
    [[nodiscard]] MessagePtr message(What what, std::size_t lasting) const override {
        Command payload = RemoveInfo{.object_id = consumer_id(*party_)};
        if (what == What::begins) payload = consumer_info(*party_);
        return write_counted(options_, topic(), payload, kConsumerCount, lasting);
    }
    [[nodiscard]] std::vector<broker::Destination> consumes() const override {
        return {party_->destination};
    }
    [[nodiscard]] broker::NoticeSubjectPtr demand(
        const broker::Destination& source) const override {
        return make_demand(options_, consumer_info(*party_), source);
    }

private:
    const Options& options_;
    broker::PartyPtr party_;
};

class ForeignConnection final : public broker::NoticeSubject {
public:
    ForeignConnection(const Options& options, broker::PartyPtr party)
        : options_(options), party_(std::move(party)) {}

    [[nodiscard]] std::string topic() const override { return kConnectionTopic; }
    [[nodiscard]] std::string key() const override { return party_->connection; }
    [[nodiscard]] MessagePtr message(What what, std::size_t) const override {
        const ConnectionId id{party_->connection};
        Command payload = RemoveInfo{.object_id = id};
        if (what == What::begins) payload = connection_info(*party_, id);
        return AdvisoryWriter(options_).write(kConnectionTopic, payload);
    }

private:
    const Options& options_;
    broker::PartyPtr party_;
};

/// Of this protocol, or a subscription that one of its clients has removed.
class Native final : public broker::NoticeSubject {
public:
    Native(const Options& options, std::string topic, KeptCommandPtr info)
        : options_(options), topic_(std::move(topic)), info_(std::move(info)) {}

    [[nodiscard]] std::string topic() const override { return topic_; }
    [[nodiscard]] std::string key() const override {
        if (const auto* one = std::get_if<ConsumerInfo>(&info_->command())) {
            return to_text(*one->consumer_id);
        }
        if (const auto* one = std::get_if<ProducerInfo>(&info_->command())) {
            return to_text(*one->producer_id);
        }
        if (const auto* one = std::get_if<ConnectionInfo>(&info_->command())) {
            return std::string(one->connection_id->value.view());
        }
        return {};
    }
    [[nodiscard]] MessagePtr message(What what, std::size_t lasting) const override {
        const Command& payload = info_->command();
        return write_counted(options_, topic_, what == What::ends ? removal() : payload, count(),
                             lasting);
    }
    [[nodiscard]] std::vector<broker::Destination> consumes() const override {
        const auto* const one = std::get_if<ConsumerInfo>(&info_->command());
        return one == nullptr ? std::vector<broker::Destination>{}
                              : broker::elements(to_broker(*one->destination));
    }
    [[nodiscard]] broker::NoticeSubjectPtr demand(
        const broker::Destination& source) const override {
        const auto* const one = std::get_if<ConsumerInfo>(&info_->command());
        return one == nullptr ? nullptr : make_demand(options_, *one, source);
    }

private:
    /// The property that says how many there are in the topic; null: none does.
    [[nodiscard]] const char* count() const {
        if (std::holds_alternative<ConnectionInfo>(info_->command())) return nullptr;
        return std::holds_alternative<ProducerInfo>(info_->command()) ? kProducerCount
                                                                      : kConsumerCount;
    }
    [[nodiscard]] Command removal() const {
        RemoveInfo gone;
        const Command& came = info_->command();
        if (const auto* consumer = std::get_if<ConsumerInfo>(&came)) {
            gone.object_id = *consumer->consumer_id;
        }
        if (const auto* producer = std::get_if<ProducerInfo>(&came)) {
            gone.object_id = *producer->producer_id;
        }
        if (const auto* connection = std::get_if<ConnectionInfo>(&came)) {
            gone.object_id = *connection->connection_id;
        }
        return gone;
    }

    const Options& options_;
    std::string topic_;
    KeptCommandPtr info_;
};

broker::NoticeSubjectPtr make_demand(const Options& options, ConsumerInfo info,
                                     const broker::Destination& source) {
    info.destination = from_broker(source.view());
    return std::make_shared<const Native>(
        options, endpoint_advisory_topic("VirtualDestination.Consumer", source.view()),
        keep(Command(std::move(info))));
}

}  // namespace

broker::NoticeSubjectPtr make_subject(const Options& options, const broker::PartyPtr& party) {
    switch (party->what) {
        case broker::Party::What::connection:
            return std::make_shared<const ForeignConnection>(options, party);
        case broker::Party::What::consumer:
            return std::make_shared<const ForeignConsumer>(options, party);
        case broker::Party::What::producer:
            break;
    }
    return std::make_shared<const ForeignProducer>(options, *party);
}

broker::NoticeSubjectPtr Notices::subject(std::string topic, KeptCommandPtr info) const {
    return std::make_shared<const Native>(options_, std::move(topic), std::move(info));
}

void Notices::begin(broker::NoticeSubjectPtr subject, broker::Token token) {
    broker_.announce({.what = What::begins, .about = std::move(subject), .token = token});
}

void Notices::end(broker::NoticeSubjectPtr subject) {
    broker_.announce({.what = What::ends, .about = std::move(subject)});
}

void Notices::end(Subjects& known, EndpointKey key) {
    auto gone = known.extract(key);
    if (!gone.empty()) end(std::move(gone.mapped()));
}

void Notices::end_all(Subjects& known) {
    for (auto& [key, subject] : std::exchange(known, {})) end(std::move(subject));
}

bool Notices::connected(const ConnectionInfo& info, broker::Token token) {
    if (!options_.advisories) return false;
    ConnectionInfo shown = info;
    shown.password = info.password.is_null() ? Text() : Text("");
    connection_ = subject(kConnectionTopic, keep(Command(shown)));
    begin(connection_, token);
    return true;
}

bool Notices::opened_consumer(EndpointKey key, KeptCommandPtr kept, broker::Token token) {
    const ConsumerInfo& info = std::get<ConsumerInfo>(kept->command());
    const broker::DestinationView destination = to_broker(*info.destination);
    if (!options_.advisories || is_private(destination)) return false;
    auto opened = subject(endpoint_advisory_topic("Consumer", destination), std::move(kept));
    consumers_.emplace(key, opened);
    begin(std::move(opened), token);
    return true;
}

bool Notices::opened_producer(EndpointKey key, const ProducerInfo& info, broker::Token token) {
    if (!options_.advisories) return false;
    std::string topic = kAnonymousTopic;
    if (info.destination) {
        const broker::DestinationView destination = to_broker(*info.destination);
        if (is_private(destination)) return false;
        topic = endpoint_advisory_topic("Producer", destination);
    } else if (!options_.anonymous_producers) {
        return false;
    }
    auto opened = subject(std::move(topic), keep(Command(info)));
    producers_.emplace(key, opened);
    begin(std::move(opened), token);
    return true;
}

void Notices::closed_consumer(EndpointKey key) {
    end(consumers_, key);
}

void Notices::closed_producer(EndpointKey key) {
    end(producers_, key);
}

void Notices::disconnected() {
    if (connection_ == nullptr) return;
    end_all(consumers_);
    end_all(producers_);
    end(std::exchange(connection_, nullptr));
}

void Notices::forgot_subscription(const RemoveSubscriptionInfo& info,
                                  const broker::DestinationView& topic) {
    if (!options_.advisories) return;
    broker_.announce(
        {.what = What::happens,
         .about = subject(endpoint_advisory_topic("Consumer", topic), keep(Command(info)))});
}

}  // namespace tern::openwire
