#pragma once

#include "protocol/openwire/codec/identifiers.h"

#include <array>

namespace tern::openwire {

// Connection set-up and tear-down. OpenWire reference, 4.2.

constexpr std::array<std::uint8_t, 8> kMagic{'A', 'c', 't', 'i', 'v', 'e', 'M', 'Q'};

struct WireFormatInfo {
    static constexpr DataType kType = DataType::wire_format_info;
    static constexpr bool kMarshalAware = true;
    std::array<std::uint8_t, 8> magic = kMagic;
    std::int32_t version = kVersionMax;
    /// A primitive map; see negotiation.h.
    ByteArray properties{};

    bool operator==(const WireFormatInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.magic);
        visit.field(self.version);
        visit.field(self.properties);
    }
};

struct BrokerInfo {
    static constexpr DataType kType = DataType::broker_info;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<BrokerId> broker_id{};
    Text broker_url{};
    Array<Box<BrokerInfo>> peer_broker_infos{};
    Text broker_name{};
    bool slave_broker = false;
    bool master_broker = false;
    bool fault_tolerant_configuration = false;
    bool duplex_connection = false;
    bool network_connection = false;
    std::int64_t connection_id = 0;
    Text broker_upload_url{};
    Text network_properties{};

    bool operator==(const BrokerInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.broker_id);
        visit.field(self.broker_url);
        visit.field(self.peer_broker_infos);
        visit.field(self.broker_name);
        visit.field(self.slave_broker);
        visit.field(self.master_broker);
        visit.field(self.fault_tolerant_configuration);
        visit.field(self.duplex_connection, since(2));
        visit.field(self.network_connection, since(2));
        visit.field(self.connection_id, since(2));
        visit.field(self.broker_upload_url, since(3));
        visit.field(self.network_properties, since(3));
    }
};

struct ConnectionInfo {
    static constexpr DataType kType = DataType::connection_info;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ConnectionId> connection_id{};
    Text client_id{};
    Text password{};
    Text user_name{};
    BrokerPath broker_path{};
    bool broker_master_connector = false;
    bool manageable = false;
    bool client_master = true;
    bool fault_tolerant = false;
    bool failover_reconnect = false;
    Text client_ip{};

    bool operator==(const ConnectionInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.connection_id);
        visit.field(self.client_id);
        visit.field(self.password);
        visit.field(self.user_name);
        visit.field(self.broker_path);
        visit.field(self.broker_master_connector);
        visit.field(self.manageable);
        visit.field(self.client_master, since(2));
        visit.field(self.fault_tolerant, since(6));
        visit.field(self.failover_reconnect, since(6));
        visit.field(self.client_ip, since(8));
    }
};

struct SessionInfo {
    static constexpr DataType kType = DataType::session_info;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<SessionId> session_id{};

    bool operator==(const SessionInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.session_id);
    }
};

struct RemoveInfo {
    static constexpr DataType kType = DataType::remove_info;
    static constexpr std::int64_t kNoneDelivered = -1;
    static constexpr std::int64_t kUnknownDelivered = -2;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<ObjectId> object_id{};
    std::int64_t last_delivered_sequence_id = kUnknownDelivered;

    bool operator==(const RemoveInfo&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.cached(self.object_id);
        visit.field(self.last_delivered_sequence_id, since(5));
    }
};

}  // namespace tern::openwire
