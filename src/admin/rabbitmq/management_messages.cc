#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"
#include "admin/rabbitmq/views.h"
#include "bytes/base64.h"
#include "protocol/amqp091/json_table.h"

#include <array>

namespace tern::admin::rabbitmq {
namespace {

using amqp091::Errand;
using amqp091::GetMode;

constexpr std::uint16_t kAccessRefused = 403;
constexpr std::uint16_t kNotFound = 404;
constexpr std::uint16_t kNotAllowed = 530;

/// Without the name of the reply code.
std::string_view explanation(std::string_view text) {
    constexpr std::string_view kDash = " - ";
    const std::size_t dash = text.find(kDash);
    return dash == std::string_view::npos ? text : text.substr(dash + kDash.size());
}

std::optional<GetMode> mode_of(const json::object& body) {
    struct Mode {
        std::string_view name;
        GetMode mode;
    };
    constexpr std::array<Mode, 4> kModes{{{"ack_requeue_true", GetMode::requeue},
                                          {"ack_requeue_false", GetMode::acknowledge},
                                          {"reject_requeue_true", GetMode::reject_requeue},
                                          {"reject_requeue_false", GetMode::reject}}};
    // What was asked for before there were four ways.
    if (!body.contains("ackmode") && body.contains("requeue")) {
        return flag_of(body, "requeue", true) ? GetMode::requeue : GetMode::acknowledge;
    }
    const std::string wanted = text_of(body, "ackmode").value_or("");
    for (const auto& [name, mode] : kModes) {
        if (name == wanted) return mode;
    }
    return std::nullopt;
}

json::object message_json(const Errand::Got& message, bool as_base64,
                          std::optional<std::int64_t> most) {
    std::string_view body = message.body;
    if (most && *most >= 0) body = body.substr(0, static_cast<std::size_t>(*most));
    const bool is_text = !as_base64 && clean_utf8(body) == body;
    json::object properties = amqp091::properties_json(as_bytes(message.properties));
    json::object view{{"payload_bytes", message.body.size()},
                      {"redelivered", message.redelivered},
                      {"exchange", json_text(message.exchange)},
                      {"routing_key", json_text(message.key)},
                      {"message_count", message.left}};
    // None at all are an empty list, as RabbitMQ has it.
    if (properties.empty()) {
        view["properties"] = json::array();
    } else {
        view["properties"] = std::move(properties);
    }
    view["payload"] = is_text ? json::string(body) : json::string(base64(body));
    view["payload_encoding"] = is_text ? "string" : "base64";
    return view;
}

}  // namespace

void Management::answer(const CallPtr& call, const Errand::Refusal& refusal) {
    if (refusal.code == kAccessRefused) return call->refuse("Access refused.");
    const std::string_view text = explanation(refusal.text);
    if (refusal.code == kNotAllowed || refusal.code == 0) return call->refuse(text);
    if (refusal.code == kNotFound) return call->fail(404, "not_found", text);
    call->bad(text);
}

void Management::run(const CallPtr& call, const std::string& vhost, const Prepare& prepare,
                     Finish finish, Refused refused) {
    const Caller& caller = call->caller;
    auto errand = std::make_unique<Errand>(
        Errand::Login{.user = caller.user, .password = caller.password, .vhost = vhost},
        [this, call, finish = std::move(finish),
         refused = std::move(refused)](Errand::Outcome outcome) mutable {
            surroundings_.post([call, finish = std::move(finish), refused = std::move(refused),
                                outcome = std::move(outcome)]() mutable {
                if (outcome.refusal) return refused(call, *outcome.refusal);
                finish(std::move(outcome));
            });
        });
    prepare(*errand);
    surroundings_.run(std::move(errand), caller.peer);
}

void Management::publish(const CallPtr& call) {
    const auto body = call->body_with({"properties", "routing_key", "payload", "payload_encoding"});
    if (!body) return;
    const auto key = text_of(*body, "routing_key");
    const auto payload = text_of(*body, "payload");
    const auto encoding = text_of(*body, "payload_encoding");
    if (!key || !payload || !encoding) return call->bad("payload and routing_key have to be texts");
    std::string content = *payload;
    if (*encoding == "base64") {
        content.clear();
        if (!decode_base64(*payload, content)) return call->bad("payload is no base64");
    } else if (*encoding != "string") {
        return call->bad("Unsupported encoding: " + *encoding);
    }
    const json::value& given = body->at("properties");
    const json::object none;
    const json::object* const object = given.is_object() ? &given.get_object() : &none;
    auto properties = amqp091::properties_from(*object);
    if (!properties) return call->bad("property " + properties.error() + " is no such value");
    run(
        call, call->at(0),
        [&](Errand& errand) {
            errand.publish(std::string(exchange_of(call->at(1))), *key, std::move(*properties),
                           std::move(content));
        },
        [call](const Errand::Outcome& outcome) {
            call->reply(json::object{{"routed", outcome.routed}});
        },
        [](const CallPtr& refused, const Errand::Refusal& refusal) {
            if (refusal.code == kAccessRefused || refusal.code == 0) {
                return answer(refused, refusal);
            }
            refused->bad(std::to_string(refusal.code) + " " + refusal.text);
        });
}

void Management::get_messages(const CallPtr& call) {
    auto body = call->body();
    if (!body) return;
    if (body->contains("requeue")) body->emplace("ackmode", nullptr);
    std::string missing;
    for (const char* const name : {"ackmode", "count", "encoding"}) {
        if (body->contains(name)) continue;
        missing.append(missing.empty() ? "" : ",").append("{key_missing,").append(name).append("}");
    }
    if (!missing.empty()) return call->bad("[" + missing + "]");
    if (body->at("ackmode").is_null()) body->erase("ackmode");
    constexpr std::int64_t kMost = 1'000'000;
    const auto count = number_of(body->at("count"));
    const auto mode = mode_of(*body);
    const std::string encoding = text_of(*body, "encoding").value_or("");
    if (!count || *count < 0 || *count > kMost) return call->bad("count is no number of messages");
    if (!mode) return call->bad("ackmode is none");
    if (encoding != "auto" && encoding != "base64") return call->bad("Unsupported encoding");
    const json::value* const truncate = body->if_contains("truncate");
    const auto most = truncate == nullptr ? std::nullopt : number_of(*truncate);
    run(
        call, call->at(0),
        [&](Errand& errand) { errand.get(call->at(1), static_cast<std::uint64_t>(*count), *mode); },
        [call, as_base64 = encoding == "base64", most](const Errand::Outcome& outcome) {
            json::array all;
            for (const Errand::Got& one : outcome.messages) {
                all.push_back(message_json(one, as_base64, most));
            }
            call->reply(all);
        },
        [](const CallPtr& refused, const Errand::Refusal& refusal) {
            if (refusal.code == kNotFound) return refused->fail(404, "not_found", refusal.text);
            answer(refused, refusal);
        });
}

}  // namespace tern::admin::rabbitmq
