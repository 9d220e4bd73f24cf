#include "protocol/amqp10/address.h"
#include "protocol/amqp10/codec/descriptors.h"
#include "protocol/amqp10/hub.h"
#include "protocol/amqp10/hub_values.h"
#include "protocol/amqp10/ids.h"
#include "protocol/amqp10/jms.h"
#include "protocol/amqp10/stored.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tern::amqp10 {
namespace {

using message::HubDestination;
using message::HubMessage;
using message::ScalarView;

HubDestination hub_destination(const broker::DestinationView& view) {
    return {.topic = view.domain == broker::Domain::topic,
            .temporary = view.temporary,
            .name = std::string(view.name)};
}

/// What an address within a message means; without a hint, `otherwise`.
broker::DestinationView address_in(std::string_view address, const Item& annotation,
                                   DestinationKind otherwise) {
    if (const auto prefixed = parse_prefix(address)) return *prefixed;
    const auto kind = annotation.integer();
    if (kind && *kind >= 0 && *kind <= 3) {
        return destination_of(static_cast<DestinationKind>(*kind), address);
    }
    return destination_of(otherwise, address);
}

/// All data sections of a body, put together.
Buffer joined_data(Bytes body) {
    ByteWriter all;
    ItemReader in(body);
    while (!in.at_end()) {
        const auto section = describe(in.next());
        const bool data = section && section->code == static_cast<std::uint64_t>(Descriptor::data);
        if (!data) break;
        all.append(section->value.bytes);
    }
    return all.freeze();
}

message::HubList joined_sequences(Bytes body) {
    message::HubList all;
    ItemReader in(body);
    while (!in.at_end()) {
        const auto section = describe(in.next());
        const bool sequence =
            section && section->code == static_cast<std::uint64_t>(Descriptor::amqp_sequence);
        if (!sequence) break;
        auto part = hub_list(section->value);
        std::ranges::move(part.values, std::back_inserter(all.values));
    }
    return all;
}

void read_data(Bytes body, std::string_view content_type, std::optional<std::int64_t> type,
               HubMessage& hub) {
    Buffer data = joined_data(body);
    const bool object =
        type == static_cast<int>(JmsType::object) || content_type == kSerializedObject;
    if (object) {
        hub.body = message::HubObject{std::move(data)};
    } else if (type ? *type == static_cast<int>(JmsType::text) : is_text_type(content_type)) {
        hub.body = std::string(as_text(data.bytes()));
    } else {
        hub.body = std::move(data);
    }
}

void read_value(const Item& value, HubMessage& hub) {
    switch (value.kind) {
        case Kind::null:
            hub.body = std::monostate();
            break;
        case Kind::string:
        case Kind::symbol:
            hub.body = std::string(value.text());
            break;
        case Kind::binary:
            hub.body = Buffer::copy_of(value.bytes);
            break;
        case Kind::list:
        case Kind::array:
            hub.body = hub_list(value);
            break;
        case Kind::map:
            hub.body = hub_map(value);
            break;
        default: {
            message::HubList one;
            one.values.push_back(hub_value(value));
            hub.body = std::move(one);
        }
    }
}

void read_body(Bytes body, std::string_view content_type, std::optional<std::int64_t> type,
               HubMessage& hub) {
    ItemReader in(body);
    const auto first = describe(in.next());
    if (!first || in.failed()) return;
    switch (static_cast<Descriptor>(first->code)) {
        case Descriptor::data:
            return read_data(body, content_type, type, hub);
        case Descriptor::amqp_sequence:
            hub.body = joined_sequences(body);
            return;
        case Descriptor::amqp_value:
            read_value(first->value, hub);
            // A text message without text is not one without a body.
            if (first->value.is_null() && type == static_cast<int>(JmsType::text)) {
                hub.body = std::string();
            }
            return;
        default:
            return;
    }
}

/// All of a map but what `is_mapped` already, as properties of such names.
template <class IsMapped>
void read_map(const Item& map, std::string_view prefix, HubMessage& hub, IsMapped&& is_mapped) {
    std::ignore = for_each_entry(map, [&](const Item& key, const Item& value) {
        if (!key.is_text() || is_mapped(key.text())) return true;
        hub.properties.put(std::string(prefix).append(key.text()), hub_value(value));
        return true;
    });
}

/// The section behind all that a body is made of; empty: there is none.
Bytes footer_of(Bytes body) {
    ItemReader in(body);
    while (!in.at_end() && !in.failed()) {
        const Bytes encoded = in.next_encoded();
        const auto section = in.failed() ? std::nullopt : describe(single(encoded));
        if (section && section->code == static_cast<std::uint64_t>(Descriptor::footer)) {
            return encoded;
        }
    }
    return {};
}

Encoding encoding_of_body(Bytes body) {
    ItemReader in(body);
    const auto first = describe(in.next());
    if (!first || in.failed()) return Encoding::no_body;
    switch (static_cast<Descriptor>(first->code)) {
        case Descriptor::data:
            return Encoding::data;
        case Descriptor::amqp_sequence:
            return Encoding::sequence;
        case Descriptor::amqp_value:
            break;
        default:
            return Encoding::no_body;
    }
    switch (first->value.kind) {
        case Kind::null:
            return Encoding::value_null;
        case Kind::string:
            return Encoding::value_string;
        case Kind::binary:
            return Encoding::value_binary;
        case Kind::map:
            return Encoding::value_map;
        case Kind::list:
            return Encoding::value_list;
        default:
            return Encoding::unknown;
    }
}

void read_annotations(const Item& annotations, HubMessage& hub) {
    constexpr std::array<std::string_view, 8> kMapped{
        kJmsMessageType, kJmsDestination, kJmsReplyTo,     kDeliveryDelay,
        kDeliveryTime,   kDeliveryRepeat, kDeliveryPeriod, kDeliveryCron};
    read_map(annotations, kAnnotationProperty, hub, [&](std::string_view key) {
        return std::ranges::find(kMapped, key) != kMapped.end();
    });
}

/// What JMS has no place for.
void read_rest(const Stored& parts, const Properties& properties, Bytes body, HubMessage& hub) {
    const auto put = [&hub](std::string_view name, std::string_view text) {
        if (!text.empty()) hub.properties.put(name, {std::string(text)});
    };
    if (parts.had_header) hub.properties.put(kHeaderProperty, {true});
    if (parts.first_acquirer) hub.properties.put(kFirstAcquirerProperty, {true});
    put(kContentTypeProperty, properties.content_type);
    put(kContentEncodingProperty, properties.content_encoding);
    put(kReplyToGroupProperty, properties.reply_to_group_id);
    const auto none = [](std::string_view) { return false; };
    read_map(map_of(parts.delivery_annotations), kDeliveryAnnotationProperty, hub, none);
    read_annotations(map_of(parts.message_annotations), hub);
    read_map(map_of(footer_of(body)), kFooterProperty, hub, none);
}

/// The annotation by which AMQP asks for what JMS clients ask for by a property; empty: there is
/// none.
std::string_view scheduling_annotation(std::string_view property) {
    using Pair = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Pair, 5> kPairs{{{"AMQ_SCHEDULED_DELAY", kDeliveryDelay},
                                                 {"AMQ_SCHEDULED_REPEAT", kDeliveryRepeat},
                                                 {"AMQ_SCHEDULED_PERIOD", kDeliveryPeriod},
                                                 {"AMQ_SCHEDULED_CRON", kDeliveryCron},
                                                 {"_AMQ_SCHED_DELIVERY", kDeliveryTime}}};
    const auto* const found = std::ranges::find(kPairs, property, &Pair::first);
    return found == kPairs.end() ? std::string_view() : found->second;
}

/// How a message is to be scheduled, by annotations before properties.
ScalarView find_scheduling(const Message& stored, std::string_view name, std::string& scratch) {
    const auto parts = open_stored(stored);
    if (!parts) return {};
    const Item asked = find_entry(map_of(parts->message_annotations), scheduling_annotation(name));
    // Of a delay that is none nobody has to know.
    const bool none = asked.is_null() ||
                      (name != "AMQ_SCHEDULED_REPEAT" && asked.integer() && *asked.integer() <= 0);
    if (!none) return scalar_of(asked, scratch);
    return scalar_of(find_entry(map_of(stored.properties()), name), scratch);
}

/// The message as an AMQP client would be sent it.
Buffer encoding_of(const Message& stored, const Stored& parts) {
    ByteWriter out;
    encode(Header{.durable = stored.header().durable == Durable::yes,
                  .priority = stored.header().priority,
                  .first_acquirer = parts.first_acquirer},
           out);
    out.append(parts.annotated);
    out.append(stored.properties());
    out.append(stored.body().bytes());
    return out.freeze();
}

HubMessage raw_message(const Message& stored, const Stored& parts) {
    HubMessage hub;
    hub.durable = Durable::yes;
    hub.to = hub_destination(parts.sent_to);
    hub.properties.put(kNativeProperty, {true});
    hub.body = encoding_of(stored, parts);
    return hub;
}

}  // namespace

bool is_text_type(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    std::ranges::transform(type, type.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::array<std::string_view, 5> kTextual{"application/xml", "application/xml-dtd",
                                                       "application/json", "application/javascript",
                                                       "application/ecmascript"};
    return type.starts_with("text/") || type.ends_with("+xml") || type.ends_with("+json") ||
           std::ranges::find(kTextual, type) != kTextual.end();
}

Result<HubMessage> Reader::read(const Message& stored) const {
    const auto parts = open_stored(stored);
    if (!parts) return failure(parts.error());
    if (parts->transformer == Transformer::raw) return raw_message(stored, *parts);
    const auto properties = decode_properties(parts->properties);
    if (!properties) return failure(properties.error());
    const Item annotations = map_of(parts->message_annotations);
    const MessageHeader& header = stored.header();

    HubMessage hub;
    hub.durable = header.durable;
    hub.priority = header.priority;
    hub.timestamp_ms = header.timestamp_ms;
    hub.expires_at_ms = header.expires_at_ms;
    hub.group_id = header.group_id;
    hub.group_sequence = header.group_sequence;
    hub.message_id = id_text(properties->message_id, IdUse::message);
    hub.correlation_id = id_text(properties->correlation_id, IdUse::correlation);
    hub.to = hub_destination(parts->sent_to);
    if (properties->reply_to.is_text()) {
        hub.reply_to = hub_destination(address_in(properties->reply_to.text(),
                                                  find_entry(annotations, kJmsReplyTo),
                                                  DestinationKind::queue));
    }
    hub.type = properties->subject;
    hub.user_id = as_text(properties->user_id.value_or(Bytes()));
    hub.content_type = properties->content_type;
    hub.properties = hub_map(map_of(stored.properties()));
    const Bytes body = stored.body().bytes();
    read_rest(*parts, *properties, body, hub);
    if (parts->transformer == Transformer::native) {
        hub.properties.put(kNativeProperty, {true});
        hub.body = encoding_of(stored, *parts);
        return hub;
    }
    hub.properties.put(kEncodingProperty, {static_cast<std::int16_t>(encoding_of_body(body))});
    read_body(body, properties->content_type, find_entry(annotations, kJmsMessageType).integer(),
              hub);
    return hub;
}

ScalarView Reader::find(const Message& stored, std::string_view name, std::string& scratch) const {
    // Most selectors ask for application properties: these come first and need nothing else.
    const bool header = name.starts_with("JMS");
    if (!scheduling_annotation(name).empty()) return find_scheduling(stored, name, scratch);
    if (!header && !name.starts_with("m.")) {
        return scalar_of(find_entry(map_of(stored.properties()), name), scratch);
    }
    const auto parts = open_stored(stored);
    if (!parts) return {};
    if (!header) {
        return scalar_of(find_entry(map_of(parts->message_annotations), name.substr(2)), scratch);
    }
    const auto properties = decode_properties(parts->properties);
    if (!properties) return {};
    const auto text = [&](std::string value) -> ScalarView {
        if (value.empty()) return {};
        scratch = std::move(value);
        return std::string_view(scratch);
    };
    if (name == "JMSMessageID") return text(id_text(properties->message_id, IdUse::message));
    if (name == "JMSCorrelationID") {
        return text(id_text(properties->correlation_id, IdUse::correlation));
    }
    if (name == "JMSType") return text(std::string(properties->subject));
    if (name == "JMSXUserID") {
        return text(std::string(as_text(properties->user_id.value_or(Bytes()))));
    }
    if (name == "JMSXGroupID") return text(std::string(properties->group_id));
    if (name == "JMSXGroupSeq") return static_cast<std::int32_t>(properties->group_sequence);
    if (name == "JMSDestination") return text(broker::to_text(parts->sent_to));
    if (name == "JMSReplyTo") {
        if (!properties->reply_to.is_text()) return {};
        const Item kind = find_entry(map_of(parts->message_annotations), kJmsReplyTo);
        return text(
            broker::to_text(address_in(properties->reply_to.text(), kind, DestinationKind::queue)));
    }
    const auto in_map = [&](std::string_view prefix, Bytes section) {
        return scalar_of(find_entry(map_of(section), name.substr(prefix.size())), scratch);
    };
    if (name.starts_with(kAnnotationProperty)) {
        return in_map(kAnnotationProperty, parts->message_annotations);
    }
    if (name.starts_with(kDeliveryAnnotationProperty)) {
        return in_map(kDeliveryAnnotationProperty, parts->delivery_annotations);
    }
    if (name.starts_with(kFooterProperty)) {
        return in_map(kFooterProperty, footer_of(stored.body().bytes()));
    }
    return scalar_of(find_entry(map_of(stored.properties()), name), scratch);
}

}  // namespace tern::amqp10
