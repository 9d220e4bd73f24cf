#include "cli/fields.h"

#include "cli/json.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace tern::cli {
namespace {

using client::Message;

/// Texts as they are, all else as JSON has it.
std::string text_of(const client::Value& value) {
    if (const auto* const text = value.as<std::string>()) return *text;
    return to_json(value);
}

std::string since_1970_ms(client::Timestamp time) {
    return fmt::to_string(time.time_since_epoch().count());
}

class Fields {
public:
    void add(std::string_view group, std::string_view name, std::string_view value) {
        text_ += fmt::format("{}:{} = {}\n", group, name, value);
    }
    /// One that Java has as null is not there.
    void add_text(std::string_view group, std::string_view name, std::string_view value) {
        if (!value.empty()) add(group, name, value);
    }
    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    std::string text_;
};

void add_header(Fields& fields, const Message& message) {
    constexpr std::string_view kGroup = "JMS_HEADER_FIELD";
    fields.add_text(kGroup, "JMSCorrelationID", message.correlation_id);
    fields.add(kGroup, "JMSDeliveryMode", message.persistent ? "persistent" : "non-persistent");
    fields.add(kGroup, "JMSDestination", message.destination.name);
    fields.add(kGroup, "JMSExpiration", since_1970_ms(message.expiration));
    fields.add(kGroup, "JMSMessageID", message.id);
    fields.add(kGroup, "JMSPriority", fmt::to_string(message.priority));
    fields.add(kGroup, "JMSRedelivered", message.redelivered() ? "true" : "false");
    if (message.reply_to) fields.add(kGroup, "JMSReplyTo", message.reply_to->name);
    fields.add(kGroup, "JMSTimestamp", since_1970_ms(message.timestamp));
    fields.add_text(kGroup, "JMSType", message.type);
}

void add_custom(Fields& fields, const Message& message) {
    constexpr std::string_view kGroup = "JMS_CUSTOM_FIELD";
    for (const auto& [name, value] : message.properties) fields.add(kGroup, name, text_of(value));
    if (message.original_destination) {
        fields.add(kGroup, "OriginalDestination", message.original_destination->name);
    }
}

void add_body(Fields& fields, const Message& message) {
    constexpr std::string_view kGroup = "JMS_BODY_FIELD";
    if (const auto* const text = message.text()) fields.add(kGroup, "JMSText", *text);
    if (const auto* const bytes = message.bytes()) {
        fields.add(kGroup, "JMSBytes:1", std::string(bytes->begin(), bytes->end()));
    }
    if (const auto* const map = message.map()) {
        for (const auto& [name, value] : *map) fields.add(kGroup, name, text_of(value));
    }
}

}  // namespace

std::string fields_of(const Message& message, const FieldGroups& groups) {
    Fields fields;
    if (groups.header) add_header(fields, message);
    if (groups.custom) add_custom(fields, message);
    if (groups.body) add_body(fields, message);
    return std::move(fields).text();
}

}  // namespace tern::cli
