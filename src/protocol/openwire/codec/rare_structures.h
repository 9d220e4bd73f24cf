#pragma once

#include "protocol/openwire/codec/delivery_commands.h"
#include "protocol/openwire/codec/endpoint_commands.h"

namespace tern::openwire {

// Bridges, stores, UDP and old tools. OpenWire reference, 4.9 and 4.10.

struct BrokerSubscriptionInfo {
    static constexpr DataType kType = DataType::broker_subscription_info;
    static constexpr Versions kVersions = since(12);
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<BrokerId> broker_id{};
    Text broker_name{};
    Array<Box<ConsumerInfo>> subscription_infos{};

    bool operator==(const BrokerSubscriptionInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.field(self.broker_id);
        visit.field(self.broker_name);
        visit.field(self.subscription_infos);
    }
};

struct SubscriptionInfo {
    static constexpr DataType kType = DataType::subscription_info;
    Text client_id{};
    std::optional<Destination> destination{};
    Text selector{};
    Text subscription_name{};
    std::optional<Destination> subscribed_destination{};
    bool no_local = false;

    bool operator==(const SubscriptionInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.client_id);
        visit.cached(self.destination);
        visit.field(self.selector);
        visit.field(self.subscription_name);
        visit.field(self.subscribed_destination, since(3));
        visit.field(self.no_local, since(11));
    }
};

struct DiscoveryEvent {
    static constexpr DataType kType = DataType::discovery_event;
    Text service_name{};
    Text broker_name{};

    bool operator==(const DiscoveryEvent&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.service_name);
        visit.field(self.broker_name);
    }
};

struct JournalTopicAck {
    static constexpr DataType kType = DataType::journal_topic_ack;
    std::optional<Destination> destination{};
    std::optional<MessageId> message_id{};
    std::int64_t message_sequence_id = 0;
    Text subscription_name{};
    Text client_id{};
    std::optional<TransactionId> transaction_id{};

    bool operator==(const JournalTopicAck&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.destination);
        visit.field(self.message_id);
        visit.field(self.message_sequence_id);
        visit.field(self.subscription_name);
        visit.field(self.client_id);
        visit.field(self.transaction_id);
    }
};

struct JournalQueueAck {
    static constexpr DataType kType = DataType::journal_queue_ack;
    std::optional<Destination> destination{};
    Box<MessageAck> message_ack{};

    bool operator==(const JournalQueueAck&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.destination);
        visit.field(self.message_ack);
    }
};

struct JournalTrace {
    static constexpr DataType kType = DataType::journal_trace;
    Text message{};

    bool operator==(const JournalTrace&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.message);
    }
};

struct JournalTransaction {
    static constexpr DataType kType = DataType::journal_transaction;
    std::optional<TransactionId> transaction_id{};
    std::int8_t operation = 0;
    bool was_prepared = false;

    bool operator==(const JournalTransaction&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.transaction_id);
        visit.field(self.operation);
        visit.field(self.was_prepared);
    }
};

/// A piece of a frame on datagram transports.
template <DataType kTypeOfCommand>
struct PartOfCommand {
    static constexpr DataType kType = kTypeOfCommand;
    std::int32_t command_id = 0;
    ByteArray data{};

    bool operator==(const PartOfCommand&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.command_id);
        visit.field(self.data);
    }
};

using PartialCommand = PartOfCommand<DataType::partial_command>;
using LastPartialCommand = PartOfCommand<DataType::last_partial_command>;

struct ReplayCommand {
    static constexpr DataType kType = DataType::replay_command;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::int32_t first_nak_number = 0;
    std::int32_t last_nak_number = 0;

    bool operator==(const ReplayCommand&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.field(self.first_nak_number);
        visit.field(self.last_nak_number);
    }
};

}  // namespace tern::openwire
