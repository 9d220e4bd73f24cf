#pragma once

#include "protocol/openwire/codec/message.h"
#include "protocol/openwire/codec/throwable.h"

namespace tern::openwire {

// Message traffic. OpenWire reference, 4.4.

struct MessageDispatch {
    static constexpr DataType kType = DataType::message_dispatch;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ConsumerId> consumer_id{};
    std::optional<Destination> destination{};
    /// Null says: nothing more (end of a browse, a pull that found nothing).
    std::optional<Message> message{};
    std::int32_t redelivery_counter = 0;

    bool operator==(const MessageDispatch&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.consumer_id);
        visit.cached(self.destination);
        visit.field(self.message);
        visit.field(self.redelivery_counter);
    }
};

enum class AckType : std::int8_t {
    delivered = 0,
    poison = 1,
    standard = 2,
    redelivered = 3,
    individual = 4,
    unmatched = 5,
    expired = 6,
};

struct MessageAck {
    static constexpr DataType kType = DataType::message_ack;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<Destination> destination{};
    std::optional<TransactionId> transaction_id{};
    std::optional<ConsumerId> consumer_id{};
    AckType ack_type = AckType::delivered;
    /// Null: from the oldest dispatched message on.
    std::optional<MessageId> first_message_id{};
    std::optional<MessageId> last_message_id{};
    std::int32_t message_count = 0;
    Box<Throwable> poison_cause{};

    bool operator==(const MessageAck&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.destination);
        visit.cached(self.transaction_id);
        visit.cached(self.consumer_id);
        visit.field(self.ack_type);
        visit.field(self.first_message_id);
        visit.field(self.last_message_id);
        visit.field(self.message_count);
        visit.field(self.poison_cause, since(7));
    }
};

struct MessagePull {
    static constexpr DataType kType = DataType::message_pull;
    static constexpr Versions kVersions = since(2);
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ConsumerId> consumer_id{};
    std::optional<Destination> destination{};
    /// Milliseconds; -1 does not wait, 0 waits for ever.
    std::int64_t timeout = 0;
    Text correlation_id{};
    std::optional<MessageId> message_id{};

    bool operator==(const MessagePull&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.consumer_id);
        visit.cached(self.destination);
        visit.field(self.timeout);
        visit.field(self.correlation_id, since(3));
        visit.field(self.message_id, since(3));
    }
};

struct ProducerAck {
    static constexpr DataType kType = DataType::producer_ack;
    static constexpr Versions kVersions = since(3);
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ProducerId> producer_id{};
    /// Bytes given back to the producer's window.
    std::int32_t size = 0;

    bool operator==(const ProducerAck&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.field(self.producer_id);
        visit.field(self.size);
    }
};

struct MessageDispatchNotification {
    static constexpr DataType kType = DataType::message_dispatch_notification;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ConsumerId> consumer_id{};
    std::optional<Destination> destination{};
    std::int64_t delivery_sequence_id = 0;
    std::optional<MessageId> message_id{};

    bool operator==(const MessageDispatchNotification&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.consumer_id);
        visit.cached(self.destination);
        visit.field(self.delivery_sequence_id);
        visit.field(self.message_id);
    }
};

}  // namespace tern::openwire
