#include "admin/rest.h"

#include "admin/message_json.h"
#include "broker/api/errors.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tern::admin {
namespace {

using broker::Destination;
using broker::Domain;
using broker::Errc;
using message::HubMessage;
using message::HubValue;

constexpr std::size_t kPathSegments = 2;  // api, message
constexpr std::size_t kHeaderBytesMax = 1024;
/// Of all properties of an answer.
constexpr std::size_t kHeadersMax = 100;

bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// What steers the servlet; any other parameter is a header of JMS or a property.
bool steers(std::string_view name) {
    constexpr std::array<std::string_view, 9> kNames{"body",     "destination", "type",
                                                     "clientId", "readTimeout", "oneShot",
                                                     "action",   "selector",    "json"};
    return std::ranges::find(kNames, name) != kNames.end();
}

/// `/api/message/A/B` is A.B; `?destination=queue://A` says which kind, too.
std::optional<Destination> destination_of(const Target& target) {
    std::string name(target.parameter("destination"));
    if (!name.empty() && name.find("://") != std::string::npos) return parse_destination(name);
    if (name.empty()) {
        for (std::size_t i = kPathSegments; i < target.path.size(); ++i) {
            if (target.path[i].empty()) return std::nullopt;
            if (!name.empty()) name += '.';
            name += target.path[i];
        }
    }
    const std::string_view type = target.parameter("type");
    if (name.empty() || (!type.empty() && type != "queue" && type != "topic")) return std::nullopt;
    return Destination(type == "queue" ? Domain::queue : Domain::topic, false, name);
}

json::value number_or_text(std::string_view text) {
    const auto number = parse_number(text);
    if (number && *number <= INT64_MAX) return static_cast<std::int64_t>(*number);
    return json_text(text);
}

/// As `parse_message` takes it.
json::object wanted_message(const Target& target, std::string_view body) {
    json::object wanted{{"body", json_text(body)}};
    json::object properties;
    for (const auto& [name, value] : target.query) {
        if (steers(name)) continue;
        if (name == "JMSCorrelationID") {
            wanted["correlation_id"] = json_text(value);
        } else if (name == "JMSReplyTo") {
            wanted["reply_to"] = json_text(value);
        } else if (name == "JMSType") {
            wanted["type"] = json_text(value);
        } else if (name == "JMSPriority") {
            wanted["priority"] = number_or_text(value);
        } else if (name == "JMSTimeToLive") {
            wanted["ttl_ms"] = number_or_text(value);
        } else if (name == "JMSXGroupID") {
            wanted["group"] = json_text(value);
        } else if (name == "JMSXGroupSeq") {
            wanted["group_sequence"] = number_or_text(value);
        } else if (name == "JMSDeliveryMode") {
            wanted["durable"] = value == "2" || same(value, "persistent");
        } else {
            properties[name] = json_text(value);
        }
    }
    wanted["properties"] = std::move(properties);
    return wanted;
}

std::string plain_text(const HubValue& value) {
    const json::value view = value_json(value);
    return view.is_string() ? std::string(view.get_string()) : json::serialize(view);
}

/// The body, and of which type it is unless the message says so: as Classic guesses.
std::pair<std::string, std::string_view> body_of(const HubMessage& message) {
    constexpr std::string_view kText = "text/plain;charset=utf-8";
    if (const auto* const text = std::get_if<std::string>(&message.body)) {
        return {*text, text->starts_with('<') ? "application/xml;charset=utf-8" : kText};
    }
    if (const auto* const bytes = std::get_if<Buffer>(&message.body)) {
        return {std::string(as_text(bytes->bytes())), "application/octet-stream"};
    }
    if (const auto* const list = std::get_if<message::HubList>(&message.body)) {
        return {json::serialize(value_json({*list})), "application/json"};
    }
    if (const auto* const map = std::get_if<message::HubMap>(&message.body)) {
        return {json::serialize(value_json({*map})), "application/json"};
    }
    return {"", kText};
}

/// As a header may have it.
std::string header_text(std::string_view text) {
    std::string clean(text.substr(0, kHeaderBytesMax));
    for (char& c : clean) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return clean;
}

Response plain(int status, std::string_view text) {
    return {.status = status, .content_type = "text/plain", .body = std::string(text)};
}

int status_of(std::error_code error) {
    if (error == Errc::invalid_selector) return 400;
    if (error == Errc::no_such_destination) return 404;
    if (error == Errc::subscription_in_use) return 409;
    if (error == Errc::no_space || error == Errc::stopping || error == Errc::storage_failed) {
        return 503;
    }
    return 500;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> header_of(std::string_view name,
                                                             const HubValue& value) {
    // Names of properties are such; no header with a hyphen, as most that matter have, can be
    // forged by one. Those without are few.
    constexpr std::array<std::string_view, 12> kTaken{
        "connection", "destination", "id",      "link",    "location", "messageid",
        "refresh",    "server",      "trailer", "upgrade", "vary",     "via"};
    const bool plain = std::ranges::all_of(name, [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '$');
    });
    const bool taken =
        std::ranges::any_of(kTaken, [name](std::string_view one) { return same(name, one); });
    if (name.empty() || !plain || taken || name.size() > kHeaderBytesMax) return std::nullopt;
    return std::pair(std::string(name), header_text(plain_text(value)));
}

struct Rest::Call {
    Target target;
    Destination destination;
    std::string selector;
    std::string body;
    Respond respond;

    [[nodiscard]] std::string_view parameter(std::string_view name) const {
        return target.parameter(name);
    }
};

bool Rest::knows(std::string_view path) {
    if (!path.starts_with(kPath)) return false;
    path.remove_prefix(kPath.size());
    return path.empty() || path.starts_with('/');
}

void Rest::handle(Request request, Respond respond) {
    if (!surroundings_.rest) {
        return respond(plain(404, "The REST servlet is off: start the broker with http.rest=true"));
    }
    if (request.from_other_site) {
        return respond(plain(403, "Requests of other sites' pages are refused"));
    }
    if (request.body.size() > kBodyBytesMax) {
        return respond(plain(413, "A message has at most 100000 bytes"));
    }
    const auto call = std::make_shared<Call>();
    call->respond = std::move(respond);
    auto target = parse_target(request.target);
    if (target && request.content_type.starts_with("application/x-www-form-urlencoded")) {
        auto form = parse_target("/?" + request.body);
        if (!form) return call->respond(plain(400, "The form cannot be read"));
        // The path's parameters come first, as a servlet sees them.
        target->query.merge(form->query);
        request.body = target->parameter("body");
    } else if (target && !target->parameter("body").empty()) {
        request.body = target->parameter("body");
    }
    if (!target) return call->respond(plain(400, "The path cannot be read"));
    call->target = std::move(*target);
    call->body = std::move(request.body);
    call->selector =
        request.selector.empty() ? call->parameter("selector") : std::string_view(request.selector);
    if (call->parameter("action") == "unsubscribe") return dismiss(call);
    auto destination = destination_of(call->target);
    if (!destination) {
        return call->respond(
            plain(400, "No destination: name one as /api/message/NAME?type=queue"));
    }
    call->destination = std::move(*destination);
    if (request.method == "POST") return send(call);
    if (request.method == "GET" || request.method == "DELETE") return receive(call);
    call->respond(
        {.status = 405, .content_type = "text/plain", .headers = {{"Allow", "DELETE, GET, POST"}}});
}

void Rest::send(const CallPtr& call) {
    auto wanted = parse_message(wanted_message(call->target, call->body), surroundings_.wall_ms());
    if (!wanted) return call->respond(plain(400, wanted.error()));
    const Destination& to = call->destination;
    wanted->to = message::HubDestination{
        .topic = to.domain == Domain::topic, .temporary = false, .name = to.name};
    auto message = surroundings_.make_message(*wanted);
    if (!message) return call->respond(plain(400, message.error().message()));
    std::string id = message_id(**message, formats_);
    broker_.send(to, std::move(*message), [call, id = std::move(id)](std::error_code error) {
        if (error) return call->respond(plain(status_of(error), error.message()));
        Response done = plain(200, "Message sent");
        done.headers.emplace_back("messageID", id);
        call->respond(std::move(done));
    });
}

void Rest::receive(const CallPtr& call) {
    std::size_t wait_ms = kWaitMsMax;
    if (const std::string_view given = call->parameter("readTimeout"); !given.empty()) {
        const auto number = parse_number(given);
        if (!number) return call->respond(plain(400, "readTimeout has to be a number"));
        wait_ms = std::min<std::size_t>(*number, kWaitMsMax);
    }
    // One that is used once needs nobody to come back.
    const bool once = call->parameter("oneShot") == "true";
    broker::Reception what{.caller = std::string(once ? "" : call->parameter("clientId")),
                           .from = call->destination,
                           .selector = call->selector,
                           .wait_ms = static_cast<std::int64_t>(wait_ms)};
    surroundings_.callers->receive(std::move(what), [this, call](const Result<MessagePtr>& got) {
        if (!got) return call->respond(plain(status_of(got.error()), got.error().message()));
        if (*got == nullptr) return call->respond({.status = 204, .content_type = "text/plain"});
        const auto read = formats_.read(**got);
        if (!read) return call->respond(plain(500, read.error().message()));
        auto [body, type] = body_of(*read);
        Response answer{.content_type = header_text(read->content_type), .body = std::move(body)};
        if (answer.content_type.empty()) answer.content_type = type;
        answer.headers.emplace_back("destination",
                                    header_text(broker::to_text(call->destination.view())));
        answer.headers.emplace_back("id", header_text(read->message_id));
        for (const auto& [key, value] : read->properties.entries) {
            if (answer.headers.size() == kHeadersMax) break;
            if (auto header = header_of(key, value)) answer.headers.push_back(std::move(*header));
        }
        call->respond(std::move(answer));
    });
}

void Rest::dismiss(const CallPtr& call) {
    surroundings_.callers->dismiss(std::string(call->parameter("clientId")), [call](bool any) {
        call->respond(plain(any ? 200 : 404, any ? "Unsubscribed" : "There is no such client"));
    });
}

}  // namespace tern::admin
