#pragma once

#include "protocol/openwire/codec/data_type.h"
#include "protocol/openwire/codec/nullable.h"
#include "protocol/openwire/codec/versions.h"

#include <optional>
#include <variant>

namespace tern::openwire {

// OpenWire reference, 4.7 and 4.8. Comparison is by all fields; whoever identifies messages must
// compare a MessageId's producer_id and producer_sequence_id only (9.1).

struct BrokerId {
    static constexpr DataType kType = DataType::broker_id;
    Text value{};

    bool operator==(const BrokerId&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.value);
    }
};

struct ConnectionId {
    static constexpr DataType kType = DataType::connection_id;
    Text value{};

    bool operator==(const ConnectionId&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.value);
    }
};

struct SessionId {
    static constexpr DataType kType = DataType::session_id;
    Text connection_id{};
    std::int64_t value = 0;

    bool operator==(const SessionId&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.connection_id);
        visit.field(self.value);
    }
};

struct ConsumerId {
    static constexpr DataType kType = DataType::consumer_id;
    Text connection_id{};
    std::int64_t session_id = 0;
    std::int64_t value = 0;

    bool operator==(const ConsumerId&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.connection_id);
        visit.field(self.session_id);
        visit.field(self.value);
    }
};

struct ProducerId {
    static constexpr DataType kType = DataType::producer_id;
    Text connection_id{};
    std::int64_t value = 0;
    std::int64_t session_id = 0;

    bool operator==(const ProducerId&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.connection_id);
        visit.field(self.value);
        visit.field(self.session_id);
    }
};

struct MessageId {
    static constexpr DataType kType = DataType::message_id;
    Text text_view{};
    std::optional<ProducerId> producer_id{};
    std::int64_t producer_sequence_id = 0;
    std::int64_t broker_sequence_id = 0;

    bool operator==(const MessageId&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.text_view, since(10));
        visit.cached(self.producer_id);
        visit.field(self.producer_sequence_id);
        visit.field(self.broker_sequence_id);
    }
};

struct LocalTransactionId {
    static constexpr DataType kType = DataType::local_transaction_id;
    std::int64_t value = 0;
    std::optional<ConnectionId> connection_id{};

    bool operator==(const LocalTransactionId&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.value);
        visit.cached(self.connection_id);
    }
};

struct XaTransactionId {
    static constexpr DataType kType = DataType::xa_transaction_id;
    std::int32_t format_id = 0;
    ByteArray global_transaction_id{};
    ByteArray branch_qualifier{};

    bool operator==(const XaTransactionId&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.format_id);
        visit.field(self.global_transaction_id);
        visit.field(self.branch_qualifier);
    }
};

/// A queue or topic, temporary or not; `type` is one of these four.
struct Destination {
    [[nodiscard]] static constexpr bool is_type(DataType type) {
        return type >= DataType::queue && type <= DataType::temp_topic;
    }
    DataType type = DataType::queue;
    Text physical_name{};

    [[nodiscard]] constexpr bool is_topic() const {
        return type == DataType::topic || type == DataType::temp_topic;
    }
    [[nodiscard]] constexpr bool is_temporary() const { return type >= DataType::temp_queue; }

    bool operator==(const Destination&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.physical_name);
    }
};

using TransactionId = std::variant<LocalTransactionId, XaTransactionId>;

/// What RemoveInfo removes.
using ObjectId = std::variant<ConnectionId, SessionId, ConsumerId, ProducerId>;

using BrokerPath = Array<std::optional<BrokerId>>;

}  // namespace tern::openwire
