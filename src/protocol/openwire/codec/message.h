#pragma once

#include "protocol/openwire/codec/identifiers.h"

namespace tern::openwire {

/// A message of any kind: `type` tells what `content` means. OpenWire reference, 4.5 and 5.
// The order of the wire, which is the reader's order, is worth 48 bytes of padding.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct Message {
    [[nodiscard]] static constexpr bool is_type(DataType type) {
        return type >= DataType::message && type <= DataType::blob_message;
    }
    static constexpr bool kMarshalAware = true;
    DataType type = DataType::message;

    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ProducerId> producer_id{};
    std::optional<Destination> destination{};
    std::optional<TransactionId> transaction_id{};
    std::optional<Destination> original_destination{};
    std::optional<MessageId> message_id{};
    std::optional<TransactionId> original_transaction_id{};
    Text group_id{};
    std::int32_t group_sequence = 0;
    Text correlation_id{};
    bool persistent = false;
    /// Milliseconds since the epoch; 0 is never.
    std::int64_t expiration = 0;
    std::int8_t priority = 0;
    std::optional<Destination> reply_to{};
    std::int64_t timestamp = 0;
    Text jms_type{};
    ByteArray content{};
    /// A primitive map (5.1); null and an empty map mean the same.
    ByteArray properties{};
    Box<Object> data_structure{};
    std::optional<ConsumerId> target_consumer_id{};
    bool compressed = false;
    std::int32_t redelivery_counter = 0;
    BrokerPath broker_path{};
    std::int64_t arrival = 0;
    Text user_id{};
    bool received_by_df_bridge = false;
    bool droppable = false;
    BrokerPath cluster{};
    std::int64_t broker_in_time = 0;
    std::int64_t broker_out_time = 0;
    bool group_first_for_consumer = false;

    // Blob messages only.
    Text remote_blob_url{};
    Text mime_type{};
    bool deleted_by_broker = false;

    bool operator==(const Message&) const = default;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.producer_id);
        visit.cached(self.destination);
        visit.cached(self.transaction_id);
        visit.cached(self.original_destination);
        visit.field(self.message_id);
        visit.cached(self.original_transaction_id);
        visit.field(self.group_id);
        visit.field(self.group_sequence);
        visit.field(self.correlation_id);
        visit.field(self.persistent);
        visit.field(self.expiration);
        visit.field(self.priority);
        visit.field(self.reply_to);
        visit.field(self.timestamp);
        visit.field(self.jms_type);
        visit.content(self.content);
        visit.field(self.properties);
        visit.field(self.data_structure);
        visit.cached(self.target_consumer_id);
        visit.field(self.compressed);
        visit.field(self.redelivery_counter);
        visit.field(self.broker_path);
        visit.field(self.arrival);
        visit.field(self.user_id);
        visit.field(self.received_by_df_bridge);
        visit.field(self.droppable, since(2));
        visit.field(self.cluster, since(3));
        visit.field(self.broker_in_time, since(3));
        visit.field(self.broker_out_time, since(3));
        visit.field(self.group_first_for_consumer, since(10));
        if (self.type == DataType::blob_message) {
            visit.field(self.remote_blob_url, since(3));
            visit.field(self.mime_type, since(3));
            visit.field(self.deleted_by_broker, since(3));
        }
    }

    /// The versions that know this type at all.
    [[nodiscard]] static constexpr Versions versions_of(DataType type) {
        return type == DataType::blob_message ? since(3) : Versions{};
    }
};

}  // namespace tern::openwire
