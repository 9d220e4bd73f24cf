#include "protocol/openwire/described.h"

#include "protocol/openwire/codec/modified_utf8.h"
#include "protocol/openwire/codec/structure_traits.h"

#include <span>
#include <string>
#include <utility>

namespace tern::openwire {
namespace {

using message::HubBytes;
using message::HubMap;
using message::HubValue;
using FieldNames = std::span<const std::string_view>;

struct Described {
    std::string_view name;
    FieldNames fields;  ///< in the order of the structure's `fields`
};

// Java's names, "" for what it does not show.
constexpr std::string_view kConnectionInfo[] = {
    "commandId",  "responseRequired", "connectionId",  "clientId",
    "password",   "userName",         "brokerPath",    "brokerMasterConnector",
    "manageable", "clientMaster",     "faultTolerant", "failoverReconnect",
    "clientIp"};
constexpr std::string_view kRemoveInfo[] = {"commandId", "responseRequired", "objectId",
                                            "lastDeliveredSequenceId"};
constexpr std::string_view kConsumerInfo[] = {"commandId",
                                              "responseRequired",
                                              "consumerId",
                                              "browser",
                                              "destination",
                                              "prefetchSize",
                                              "maximumPendingMessageLimit",
                                              "dispatchAsync",
                                              "selector",
                                              "clientId",
                                              "subscriptionName",
                                              "noLocal",
                                              "exclusive",
                                              "retroactive",
                                              "priority",
                                              "brokerPath",
                                              "",
                                              "",
                                              "optimizedAcknowledge",
                                              "noRangeAcks",
                                              "networkConsumerPath"};
constexpr std::string_view kProducerInfo[] = {"commandId",   "responseRequired", "producerId",
                                              "destination", "brokerPath",       "dispatchAsync",
                                              "windowSize"};
constexpr std::string_view kDestinationInfo[] = {"commandId",   "responseRequired", "connectionId",
                                                 "destination", "operationType",    "timeout",
                                                 "brokerPath"};
constexpr std::string_view kRemoveSubscriptionInfo[] = {
    "commandId", "responseRequired", "connectionId", "subscriptionName", "clientId"};
constexpr std::string_view kBrokerInfo[] = {
    "commandId",        "responseRequired",  "brokerId",
    "brokerURL",        "peerBrokerInfos",   "brokerName",
    "slaveBroker",      "masterBroker",      "faultTolerantConfiguration",
    "duplexConnection", "networkConnection", "connectionId",
    "brokerUploadUrl",  "networkProperties"};
constexpr std::string_view kMessage[] = {"commandId",
                                         "responseRequired",
                                         "producerId",
                                         "destination",
                                         "transactionId",
                                         "originalDestination",
                                         "messageId",
                                         "originalTransactionId",
                                         "groupID",
                                         "groupSequence",
                                         "correlationId",
                                         "persistent",
                                         "expiration",
                                         "priority",
                                         "replyTo",
                                         "timestamp",
                                         "type",
                                         "content",
                                         "marshalledProperties",
                                         "",
                                         "targetConsumerId",
                                         "compressed",
                                         "redeliveryCounter",
                                         "brokerPath",
                                         "arrival",
                                         "userID",
                                         "recievedByDFBridge",
                                         "droppable",
                                         "cluster",
                                         "brokerInTime",
                                         "brokerOutTime",
                                         "jmsXGroupFirstForConsumer",
                                         "remoteBlobUrl",
                                         "mimeType",
                                         "deletedByBroker"};
constexpr std::string_view kOneValue[] = {"value"};
constexpr std::string_view kSessionId[] = {"connectionId", "value"};
constexpr std::string_view kConsumerId[] = {"connectionId", "sessionId", "value"};
constexpr std::string_view kProducerId[] = {"connectionId", "value", "sessionId"};
constexpr std::string_view kMessageId[] = {"textView", "producerId", "producerSequenceId",
                                           "brokerSequenceId"};
constexpr std::string_view kLocalTransactionId[] = {"value", "connectionId"};
constexpr std::string_view kXaTransactionId[] = {"formatId", "globalTransactionId",
                                                 "branchQualifier"};
constexpr std::string_view kDestination[] = {"physicalName"};

/// Without a name: it is not described.
Described described(DataType type) {
    switch (type) {
        case DataType::connection_info:
            return {"ConnectionInfo", kConnectionInfo};
        case DataType::remove_info:
            return {"RemoveInfo", kRemoveInfo};
        case DataType::consumer_info:
            return {"ConsumerInfo", kConsumerInfo};
        case DataType::producer_info:
            return {"ProducerInfo", kProducerInfo};
        case DataType::destination_info:
            return {"DestinationInfo", kDestinationInfo};
        case DataType::remove_subscription_info:
            return {"RemoveSubscriptionInfo", kRemoveSubscriptionInfo};
        case DataType::broker_info:
            return {"BrokerInfo", kBrokerInfo};
        case DataType::message:
            return {"ActiveMQMessage", kMessage};
        case DataType::bytes_message:
            return {"ActiveMQBytesMessage", kMessage};
        case DataType::map_message:
            return {"ActiveMQMapMessage", kMessage};
        case DataType::object_message:
            return {"ActiveMQObjectMessage", kMessage};
        case DataType::stream_message:
            return {"ActiveMQStreamMessage", kMessage};
        case DataType::text_message:
            return {"ActiveMQTextMessage", kMessage};
        case DataType::blob_message:
            return {"ActiveMQBlobMessage", kMessage};
        case DataType::queue:
            return {"ActiveMQQueue", kDestination};
        case DataType::topic:
            return {"ActiveMQTopic", kDestination};
        case DataType::temp_queue:
            return {"ActiveMQTempQueue", kDestination};
        case DataType::temp_topic:
            return {"ActiveMQTempTopic", kDestination};
        case DataType::message_id:
            return {"MessageId", kMessageId};
        case DataType::local_transaction_id:
            return {"LocalTransactionId", kLocalTransactionId};
        case DataType::xa_transaction_id:
            return {"XATransactionId", kXaTransactionId};
        case DataType::connection_id:
            return {"ConnectionId", kOneValue};
        case DataType::session_id:
            return {"SessionId", kSessionId};
        case DataType::consumer_id:
            return {"ConsumerId", kConsumerId};
        case DataType::producer_id:
            return {"ProducerId", kProducerId};
        case DataType::broker_id:
            return {"BrokerId", kOneValue};
        default:
            return {};
    }
}

std::string utf8(std::string_view text) {
    return is_one_byte(text) ? std::string(text) : to_utf8(text);
}

template <class T>
HubMap fields_of(const T& structure, FieldNames names);

/// Visits a structure's fields and puts them into a map.
class Describer {
public:
    Describer(HubMap& map, FieldNames names) : map_(map), names_(names) {}

    template <class T>
    void field(const T& value, const Versions& = {}) {
        TERN_ASSERT(next_ < names_.size());
        const std::string_view name = names_[next_++];
        if (!name.empty()) put(name, value);
    }
    template <class T>
    void cached(const T& value) {
        field(value);
    }
    void content(const ByteArray& value) { field(value); }

private:
    template <class T>
    void put(std::string_view name, const T& value) {
        if constexpr (std::is_enum_v<T>) {
            map_.put(name, {std::to_underlying(value)});
        } else if constexpr (std::is_arithmetic_v<T>) {
            map_.put(name, {value});
        } else if constexpr (requires { value.fields(value, *this); }) {
            put_structure(name, value);
        }
    }
    void put(std::string_view name, const Text& text) {
        if (!text.is_null()) map_.put(name, {utf8(text.view())});
    }
    /// As a sequence of bytes of Java's client.
    void put(std::string_view name, const ByteArray& bytes) {
        if (bytes.is_null()) return;
        HubMap sequence;
        sequence.put("data", {HubBytes{std::string(as_text(bytes.view()))}});
        sequence.put("offset", {std::int32_t{0}});
        sequence.put("length", {static_cast<std::int32_t>(bytes.view().size())});
        map_.put(name, {std::move(sequence)});
    }
    template <class T>
    void put(std::string_view name, const std::optional<T>& value) {
        if (value) put(name, *value);
    }
    /// Of several classes.
    void put(std::string_view name, const Destination& value) { put_of_class(name, value); }
    template <class... T>
    void put(std::string_view name, const std::variant<T...>& value) {
        std::visit([&](const auto& one) { put_of_class(name, one); }, value);
    }
    /// Lists and what else may be of any kind.
    template <class T>
    void put(std::string_view, const Box<T>&) {}

    template <class T>
    void put_structure(std::string_view name, const T& value) {
        map_.put(name, {fields_of(value, described(type_of(value)).fields)});
    }
    template <class T>
    void put_of_class(std::string_view name, const T& value) {
        const Described kind = described(type_of(value));
        HubMap map;
        map.put("@class", {std::string(kind.name)});
        for (message::HubEntry& one : fields_of(value, kind.fields).entries) {
            map.entries.push_back(std::move(one));
        }
        map_.put(name, {std::move(map)});
    }

    HubMap& map_;
    FieldNames names_;
    std::size_t next_ = 0;
};

template <class T>
HubMap fields_of(const T& structure, FieldNames names) {
    HubMap map;
    Describer describer(map, names);
    T::fields(structure, describer);
    return map;
}

/// What advisories are about.
template <class T>
constexpr bool kIsTold =
    std::is_same_v<T, ConnectionInfo> || std::is_same_v<T, RemoveInfo> ||
    std::is_same_v<T, ConsumerInfo> || std::is_same_v<T, ProducerInfo> ||
    std::is_same_v<T, DestinationInfo> || std::is_same_v<T, RemoveSubscriptionInfo> ||
    std::is_same_v<T, BrokerInfo> || std::is_same_v<T, Message>;

}  // namespace

HubMap describe(const Object& object) {
    const auto* const command = std::get_if<Command>(&object.value);
    if (command == nullptr) return {};
    return std::visit(
        []<class T>(const T& structure) {
            HubMap map;
            if constexpr (kIsTold<T>) {
                const Described kind = described(type_of(structure));
                map.put(kind.name, {fields_of(structure, kind.fields)});
            }
            return map;
        },
        *command);
}

}  // namespace tern::openwire
