#pragma once

#include "protocol/openwire/codec/identifiers.h"
#include "protocol/openwire/codec/throwable.h"

namespace tern::openwire {

// OpenWire reference, 4.3.

/// A command that says nothing but its type.
template <DataType kTypeOfCommand>
struct PlainCommand {
    static constexpr DataType kType = kTypeOfCommand;
    std::int32_t command_id = 0;
    bool response_required = false;

    bool operator==(const PlainCommand&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
    }
};

using KeepAliveInfo = PlainCommand<DataType::keep_alive_info>;
using ShutdownInfo = PlainCommand<DataType::shutdown_info>;
using FlushCommand = PlainCommand<DataType::flush_command>;

struct ControlCommand {
    static constexpr DataType kType = DataType::control_command;
    std::int32_t command_id = 0;
    bool response_required = false;
    Text command{};

    bool operator==(const ControlCommand&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.field(self.command);
    }
};

/// An error that belongs to no request.
struct ConnectionError {
    static constexpr DataType kType = DataType::connection_error;
    std::int32_t command_id = 0;
    bool response_required = false;
    Box<Throwable> exception{};
    std::optional<ConnectionId> connection_id{};

    bool operator==(const ConnectionError&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.field(self.exception);
        visit.field(self.connection_id);
    }
};

struct ConnectionControl {
    static constexpr DataType kType = DataType::connection_control;
    std::int32_t command_id = 0;
    bool response_required = false;
    bool close = false;
    bool exit = false;
    bool fault_tolerant = false;
    bool resume = false;
    bool suspend = false;
    Text connected_brokers{};
    Text reconnect_to{};
    bool rebalance_connection = false;
    ByteArray token{};

    bool operator==(const ConnectionControl&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.field(self.close);
        visit.field(self.exit);
        visit.field(self.fault_tolerant);
        visit.field(self.resume);
        visit.field(self.suspend);
        visit.field(self.connected_brokers, since(6));
        visit.field(self.reconnect_to, since(6));
        visit.field(self.rebalance_connection, since(6));
        visit.field(self.token, since(8));
    }
};

struct ConsumerControl {
    static constexpr DataType kType = DataType::consumer_control;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::optional<Destination> destination{};
    bool close = false;
    std::optional<ConsumerId> consumer_id{};
    std::int32_t prefetch = 0;
    bool flush = false;
    bool start = false;
    bool stop = false;

    bool operator==(const ConsumerControl&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.field(self.destination, since(6));
        visit.field(self.close);
        visit.field(self.consumer_id);
        visit.field(self.prefetch);
        visit.field(self.flush, since(2));
        visit.field(self.start, since(2));
        visit.field(self.stop, since(2));
    }
};

}  // namespace tern::openwire
