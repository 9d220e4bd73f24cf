#pragma once

#include "protocol/openwire/codec/identifiers.h"

namespace tern::openwire {

// Consumers, producers, destinations, transactions. OpenWire reference, 4.2 and 4.9.

/// Filter of a network bridge, for its consumers.
struct NetworkBridgeFilter {
    static constexpr DataType kType = DataType::network_bridge_filter;
    std::int32_t network_ttl = 0;
    std::optional<BrokerId> network_broker_id{};
    std::int32_t message_ttl = 0;
    std::int32_t consumer_ttl = 0;

    bool operator==(const NetworkBridgeFilter&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.network_ttl, until(9));
        visit.cached(self.network_broker_id);
        visit.field(self.message_ttl, since(10));
        visit.field(self.consumer_ttl, since(10));
    }
};

struct ConsumerInfo {
    static constexpr DataType kType = DataType::consumer_info;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ConsumerId> consumer_id{};
    bool browser = false;
    std::optional<Destination> destination{};
    /// Messages; 0 is pull mode.
    std::int32_t prefetch_size = 0;
    std::int32_t maximum_pending_message_limit = 0;
    bool dispatch_async = false;
    Text selector{};
    Text client_id{};
    Text subscription_name{};
    bool no_local = false;
    bool exclusive = false;
    bool retroactive = false;
    std::int8_t priority = 0;
    BrokerPath broker_path{};
    Box<NetworkBridgeFilter> additional_predicate{};
    bool network_subscription = false;
    bool optimized_acknowledge = false;
    bool no_range_acks = false;
    Array<std::optional<ConsumerId>> network_consumer_path{};

    bool operator==(const ConsumerInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.consumer_id);
        visit.field(self.browser);
        visit.cached(self.destination);
        visit.field(self.prefetch_size);
        visit.field(self.maximum_pending_message_limit);
        visit.field(self.dispatch_async);
        visit.field(self.selector);
        visit.field(self.client_id, since(10));
        visit.field(self.subscription_name);
        visit.field(self.no_local);
        visit.field(self.exclusive);
        visit.field(self.retroactive);
        visit.field(self.priority);
        visit.field(self.broker_path);
        visit.field(self.additional_predicate);
        visit.field(self.network_subscription);
        visit.field(self.optimized_acknowledge);
        visit.field(self.no_range_acks);
        visit.field(self.network_consumer_path, since(4));
    }
};

struct ProducerInfo {
    static constexpr DataType kType = DataType::producer_info;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ProducerId> producer_id{};
    /// Null for a producer that names the destination with each message.
    std::optional<Destination> destination{};
    BrokerPath broker_path{};
    bool dispatch_async = false;
    /// Bytes; above 0 the broker sends ProducerAck.
    std::int32_t window_size = 0;

    bool operator==(const ProducerInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.producer_id);
        visit.cached(self.destination);
        visit.field(self.broker_path);
        visit.field(self.dispatch_async, since(2));
        visit.field(self.window_size, since(3));
    }
};

enum class DestinationOperation : std::int8_t { add = 0, remove = 1 };

struct DestinationInfo {
    static constexpr DataType kType = DataType::destination_info;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ConnectionId> connection_id{};
    std::optional<Destination> destination{};
    DestinationOperation operation = DestinationOperation::add;
    std::int64_t timeout = 0;
    BrokerPath broker_path{};

    bool operator==(const DestinationInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.connection_id);
        visit.cached(self.destination);
        visit.field(self.operation);
        visit.field(self.timeout);
        visit.field(self.broker_path);
    }
};

struct RemoveSubscriptionInfo {
    static constexpr DataType kType = DataType::remove_subscription_info;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ConnectionId> connection_id{};
    Text subscription_name{};
    Text client_id{};

    bool operator==(const RemoveSubscriptionInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.connection_id);
        visit.field(self.subscription_name);
        visit.field(self.client_id);
    }
};

enum class TransactionOperation : std::int8_t {
    begin = 0,
    prepare = 1,
    commit_one_phase = 2,
    commit_two_phase = 3,
    rollback = 4,
    recover = 5,
    forget = 6,
    end = 7,
};

struct TransactionInfo {
    static constexpr DataType kType = DataType::transaction_info;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ConnectionId> connection_id{};
    /// Null for `recover`.
    std::optional<TransactionId> transaction_id{};
    TransactionOperation operation = TransactionOperation::begin;

    bool operator==(const TransactionInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.connection_id);
        visit.cached(self.transaction_id);
        visit.field(self.operation);
    }
};

}  // namespace tern::openwire
