#pragma once

#include "protocol/openwire/codec/connection_commands.h"
#include "protocol/openwire/codec/control_commands.h"
#include "protocol/openwire/codec/delivery_commands.h"
#include "protocol/openwire/codec/endpoint_commands.h"
#include "protocol/openwire/codec/identifiers.h"
#include "protocol/openwire/codec/message.h"
#include "protocol/openwire/codec/rare_structures.h"
#include "protocol/openwire/codec/response_commands.h"

#include <variant>

namespace tern::openwire {

/// Whatever a frame may carry. Messages of all kinds (types 23 to 29) are one alternative. Texts
/// and bytes inside are views; decoder.h says how long they hold.
using Command =
    std::variant<KeepAliveInfo, Message, MessageAck, MessageDispatch, ProducerAck, Response,
                 TransactionInfo, MessagePull, WireFormatInfo, BrokerInfo, ConnectionInfo,
                 SessionInfo, ConsumerInfo, ProducerInfo, DestinationInfo, RemoveInfo,
                 RemoveSubscriptionInfo, ShutdownInfo, FlushCommand, ControlCommand,
                 ConnectionError, ConnectionControl, ConsumerControl, ExceptionResponse,
                 DataResponse, DataArrayResponse, IntegerResponse, MessageDispatchNotification,
                 BrokerSubscriptionInfo, PartialCommand, LastPartialCommand, ReplayCommand>;

/// Structures that only stand inside others.
using Structure = std::variant<BrokerId, ConnectionId, SessionId, ConsumerId, ProducerId, MessageId,
                               LocalTransactionId, XaTransactionId, Destination,
                               NetworkBridgeFilter, SubscriptionInfo, DiscoveryEvent,
                               JournalTopicAck, JournalQueueAck, JournalTrace, JournalTransaction>;

/// Any structure at all: the payload of advisories and of data responses.
struct Object {
    std::variant<Structure, Command> value;

    bool operator==(const Object&) const = default;
};

/// The type byte of a structure.
template <class T>
[[nodiscard]] constexpr DataType type_of(const T& structure) {
    if constexpr (requires { T::kType; }) {
        return T::kType;
    } else {
        return structure.type;
    }
}

}  // namespace tern::openwire
