#include "admin/jobs.h"
#include "admin/jolokia_execution.h"
#include "admin/message_json.h"

#include <algorithm>
#include <array>

// Messages as rows of ActiveMQ's tables, and what it tells of a queue's cursor.

namespace tern::admin {
namespace {

using message::HubDestination;
using message::HubMessage;
using message::HubValue;

/// As many as Classic shows by its own limit of a browse.
constexpr std::size_t kBrowseMax = 400;
/// Of a body of bytes, as Classic shows them.
constexpr std::size_t kPreviewBytes = 255;
constexpr std::size_t kTextBytes = std::size_t{1024} * 1024;

/// Where Classic has properties of that type.
const char* table_of(const HubValue& value) {
    return std::visit(
        []<class T>(const T&) -> const char* {
            if constexpr (std::is_same_v<T, bool>) return "BooleanProperties";
            if constexpr (std::is_same_v<T, std::int8_t>) return "ByteProperties";
            if constexpr (std::is_same_v<T, std::int16_t>) return "ShortProperties";
            if constexpr (std::is_same_v<T, std::int32_t>) return "IntProperties";
            if constexpr (std::is_same_v<T, std::int64_t>) return "LongProperties";
            if constexpr (std::is_same_v<T, float>) return "FloatProperties";
            if constexpr (std::is_same_v<T, double>) return "DoubleProperties";
            return "StringProperties";
        },
        value.value);
}

std::string plain_text(const HubValue& value) {
    const json::value view = value_json(value);
    return view.is_string() ? std::string(view.get_string()) : json::serialize(view);
}

/// `{a=1, b=2}`, as Java writes a map.
std::string map_text(const message::HubMap& map) {
    std::string text = "{";
    for (const auto& [key, value] : map.entries) {
        text += (text.size() > 1 ? ", " : "") + key + "=" + plain_text(value);
    }
    return text + "}";
}

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : json::value(json_text(text));
}

json::value name_or_null(const std::optional<HubDestination>& destination) {
    if (!destination) return nullptr;
    const std::string kind = destination->topic ? "topic://" : "queue://";
    return json_text((destination->temporary ? "temp-" : "") + kind + destination->name);
}

/// `2026-11-30T08:31:03Z`
std::string date(std::int64_t at_ms) {
    std::string text = job_time(at_ms);
    std::ranges::replace(text, ' ', 'T');
    return text + "Z";
}

void put_body(json::object& row, const HubMessage& message) {
    if (const auto* const text = std::get_if<std::string>(&message.body)) {
        row["Text"] = json_text(std::string_view(*text).substr(0, kTextBytes));
    } else if (const auto* const bytes = std::get_if<Buffer>(&message.body)) {
        json::array preview;
        for (const auto byte : bytes->bytes().first(std::min(bytes->size(), kPreviewBytes))) {
            preview.push_back(static_cast<std::int8_t>(byte));
        }
        row["BodyLength"] = bytes->size();
        row["BodyPreview"] = std::move(preview);
    } else if (const auto* const map = std::get_if<message::HubMap>(&message.body)) {
        row["ContentMap"] = json_text(map_text(*map));
    }
}

json::object browse_row(const broker::Sight& sight, const message::Formats& formats) {
    const MessageHeader& header = sight.delivery.message->header();
    const auto read = formats.read(*sight.delivery.message);
    const HubMessage message = read ? *read : HubMessage();
    json::object row{
        {"JMSMessageID", text_or_null(message.message_id)},
        {"JMSDestination", name_or_null(message.to)},
        {"JMSCorrelationID", text_or_null(message.correlation_id)},
        {"JMSReplyTo", name_or_null(message.reply_to)},
        {"JMSType", text_or_null(message.type)},
        {"JMSDeliveryMode", header.durable == Durable::yes ? "PERSISTENT" : "NON-PERSISTENT"},
        {"JMSExpiration", header.expires_at_ms},
        {"JMSPriority", header.priority},
        {"JMSRedelivered", sight.delivery.failures > 0},
        {"JMSTimestamp", json_text(date(header.timestamp_ms))},
        {"JMSXGroupID", text_or_null(header.group_id)},
        {"JMSXGroupSeq", header.group_sequence},
        {"JMSXUserID", text_or_null(message.user_id)},
        {"BrokerPath", "null"},  // as Classic writes it where no other broker was on the way
        {"OriginalDestination", nullptr},
        {"PropertiesText", json_text(map_text(message.properties))}};
    for (const char* const type :
         {"String", "Boolean", "Byte", "Short", "Int", "Long", "Float", "Double"}) {
        row[std::string(type) + "Properties"] = json::object();
    }
    for (const auto& [name, value] : message.properties.entries) {
        row[table_of(value)].as_object()[json_text(name)] = value_json(value);
    }
    put_body(row, message);
    return row;
}

}  // namespace

void Jolokia::browse(const ExecutionPtr& call) {
    if (call->operation != "browseQueue" && call->is_no_queue()) return;
    broker::BrowseQuery query{.queue = call->queue, .limit = kBrowseMax};
    if (call->operation == "browseQueue") {
        query.queue = broker::Destination(broker::Domain::queue, false, call->text(0));
    } else {
        query.selector = call->text(0);
    }
    broker_.browse(std::move(query), [this, call](const Result<broker::BrowsePage>& page) {
        if (!page) return call->fail(kFailed, page.error().message());
        json::array rows;
        json::object table;
        const bool as_table = call->operation == "browseAsTable";
        for (const broker::Sight& one : page->rows) {
            json::object row = browse_row(one, formats_);
            if (!as_table) {
                rows.push_back(std::move(row));
            } else if (const json::value id = row.at("JMSMessageID"); id.is_string()) {
                table[id.get_string()] = std::move(row);
            }
        }
        call->succeed(as_table ? json::value(std::move(table)) : json::value(std::move(rows)));
    });
}

void Jolokia::browse_one(const ExecutionPtr& call) {
    broker::BrowseQuery query{
        .queue = call->queue, .limit = 1, .selector = id_selector(call->text(0))};
    broker_.browse(std::move(query), [this, call](const Result<broker::BrowsePage>& page) {
        if (!page) return call->fail(kFailed, page.error().message());
        if (page->rows.empty()) return call->succeed();
        call->succeed(browse_row(page->rows.front(), formats_));
    });
}

void Jolokia::look_at_cursor(const ExecutionPtr& call) {
    if (call->is_no_queue()) return;
    broker_.find_queue(call->queue, [call](const Result<broker::QueueStatus>& queue) {
        if (!queue) return call->fail(kFailed, queue.error().message());
        if (call->operation == "cursorSize") return call->succeed(queue->counts.ready);
        if (call->operation == "doesCursorHaveSpace") return call->succeed(!queue->full);
        call->succeed(queue->counts.ready > 0);
    });
}

}  // namespace tern::admin
