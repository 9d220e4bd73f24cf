#include "protocol/amqp091/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <tuple>

namespace tern::amqp091 {

using broker::Exchange;
using broker::ExchangeType;
using broker::QueueOptions;

namespace {

constexpr std::int64_t kTenYearsMs = 315'360'000'000;

std::unexpected<Failure> refuse(std::string text) {
    return std::unexpected(Failure{ReplyCode::precondition_failed, std::move(text)});
}

FieldTable table_of(Bytes entries) {
    return decode_table(entries).value_or(FieldTable());  // checked when it came in
}

std::string raw(Bytes entries) {
    return std::string(as_text(entries));
}

std::string_view type_name(const FieldValue& value) {
    constexpr std::array<std::string_view, 17> kNames{
        "void",      "bool",        "byte",      "unsignedbyte", "short",  "unsignedshort",
        "signedint", "unsignedint", "long",      "float",        "double", "decimal",
        "longstr",   "binary",      "timestamp", "array",        "table"};
    return kNames[value.value.index()];
}

std::string value_text(const FieldValue& value) {
    if (const auto number = value.integer()) return std::to_string(*number);
    if (const std::string* const text = value.text()) return *text;
    if (const bool* const flag = std::get_if<bool>(&value.value)) return *flag ? "true" : "false";
    return "...";
}

std::string described(const FieldValue* value) {
    if (value == nullptr) return "none";
    return fmt::format("the value '{}' of type '{}'", value_text(*value), type_name(*value));
}

bool same_value(const FieldValue* a, const FieldValue* b) {
    if (a == nullptr || b == nullptr) return a == b;
    const auto left = a->integer();
    const auto right = b->integer();
    return left && right ? *left == *right : *a == *b;
}

std::string inequivalent(std::string_view argument, std::string_view what,
                         std::string_view received, std::string_view current) {
    return fmt::format("inequivalent arg '{}' for {}: received {} but current is {}", argument,
                       what, received, current);
}

std::string flag_text(bool flag) {
    return flag ? "'true'" : "'false'";
}

/// What is wrong with an argument's value; empty: nothing.
using Problem = std::string;
using Read = std::function<Problem(const FieldValue&, QueueOptions&)>;

Read integer(std::int64_t QueueOptions::* field, std::int64_t min, std::int64_t max) {
    return [=](const FieldValue& value, QueueOptions& options) -> Problem {
        const auto number = value.integer();
        if (!number) return fmt::format("{{unacceptable_type,{}}}", type_name(value));
        if (*number == 0 && min > 0) return "{value_zero,0}";
        if (*number < min) return fmt::format("{{value_negative,{}}}", *number);
        if (*number > max) return fmt::format("{{value_too_large,{}}}", *number);
        options.*field = *number;
        return {};
    };
}

Read text(std::function<Problem(const std::string&, QueueOptions&)> take) {
    return [take = std::move(take)](const FieldValue& value, QueueOptions& options) -> Problem {
        const std::string* const found = value.text();
        if (found == nullptr) return fmt::format("{{unacceptable_type,{}}}", type_name(value));
        return take(*found, options);
    };
}

Read one_of(std::vector<std::string> choices) {
    return text([choices = std::move(choices)](const std::string& value, QueueOptions&) -> Problem {
        const bool known = std::ranges::find(choices, value) != choices.end();
        return known ? Problem() : fmt::format("invalid value '{}'", value);
    });
}

constexpr std::string_view kDeadLetterExchange = "x-dead-letter-exchange";
constexpr std::string_view kConsumerTimeout = "x-consumer-timeout";

struct Argument {
    std::string_view name;
    bool classic;
    bool quorum;
    Read read;
    bool compared = true;  ///< a queue is another one with another value
};

Problem read_overflow(const std::string& value, QueueOptions& options) {
    constexpr std::array<std::string_view, 3> kModes{"drop-head", "reject-publish",
                                                     "reject-publish-dlx"};
    const auto mode = std::ranges::find(kModes, value);
    if (mode == kModes.end()) return "invalid_overflow";
    options.overflow = static_cast<broker::Overflow>(mode - kModes.begin());
    return {};
}

Problem read_priorities(const FieldValue& value, QueueOptions& options) {
    const auto number = value.integer();
    if (!number) return fmt::format("{{unacceptable_type,{}}}", type_name(value));
    if (*number < 0) return fmt::format("{{value_negative,{}}}", *number);
    if (*number > 255) return fmt::format("{{max_value_exceeded,{}}}", *number);
    options.priorities = static_cast<std::uint8_t>(*number);
    return {};
}

Problem read_single_active(const FieldValue& value, QueueOptions& options) {
    const bool* const flag = std::get_if<bool>(&value.value);
    if (flag == nullptr) return fmt::format("{{unacceptable_type,{}}}", type_name(value));
    options.single_active_consumer = *flag;
    return {};
}

Problem read_delivery_limit(const FieldValue& value, QueueOptions& options) {
    const auto number = value.integer();
    if (!number) return fmt::format("{{unacceptable_type,{}}}", type_name(value));
    options.deliveries_max = std::max(*number, QueueOptions::kUnlimited);
    return {};
}

/// What nothing is done about; it has to be such a number all the same.
Problem read_natural(const FieldValue& value, QueueOptions&) {
    const auto number = value.integer();
    if (!number) return fmt::format("{{unacceptable_type,{}}}", type_name(value));
    return *number < 0 ? fmt::format("{{value_negative,{}}}", *number) : Problem();
}

/// Of streams only.
Argument of_streams(std::string_view name) {
    return {name, false, false, [](const FieldValue&, QueueOptions&) { return Problem(); }};
}

const std::vector<Argument>& known_arguments() {
    constexpr std::int64_t kAny = INT64_MAX;
    static const std::vector<Argument> all{
        {"x-message-ttl", true, true, integer(&QueueOptions::message_ttl_ms, 0, kTenYearsMs)},
        {"x-expires", true, true, integer(&QueueOptions::expires_ms, 1, kTenYearsMs)},
        {"x-max-length", true, true, integer(&QueueOptions::messages_max, 0, kAny)},
        {"x-max-length-bytes", true, true, integer(&QueueOptions::bytes_max, 0, kAny)},
        {"x-delivery-limit", false, true, read_delivery_limit},
        {"x-max-priority", true, false, read_priorities},
        {"x-single-active-consumer", true, true, read_single_active},
        {"x-overflow", true, true, text(read_overflow)},
        {kDeadLetterExchange, true, true,
         text([](const std::string& value, QueueOptions& options) -> Problem {
             options.dead_letter_exchange = value;
             return {};
         })},
        {"x-dead-letter-routing-key", true, true,
         text([](const std::string& value, QueueOptions& options) -> Problem {
             options.dead_letter_key = value;
             return {};
         })},
        {"x-dead-letter-strategy", false, true,
         text([](const std::string& value, QueueOptions& options) -> Problem {
             options.dead_letter_at_least_once = value == "at-least-once";
             const bool known = options.dead_letter_at_least_once || value == "at-most-once";
             return known ? Problem() : fmt::format("invalid strategy '{}'", value);
         })},
        {"x-queue-mode", true, false, one_of({"default", "lazy"})},
        {"x-queue-version", true, false,
         [](const FieldValue& value, QueueOptions&) -> Problem {
             const auto version = value.integer();
             return version == 1 || version == 2 ? Problem() : Problem("invalid version");
         }},
        {"x-queue-leader-locator", true, true,
         one_of({"client-local", "balanced", "random", "least-leaders", "min-masters"})},
        {"x-queue-master-locator", true, false,
         one_of({"client-local", "balanced", "random", "min-masters"})},
        {"x-quorum-initial-group-size", false, true,
         [](const FieldValue& value, QueueOptions&) -> Problem {
             const auto size = value.integer();
             return size && *size > 0 ? Problem() : Problem("invalid group size");
         }},
        {kConsumerTimeout, true, true, read_natural, false},
        {"x-quorum-target-group-size", false, true, read_natural, false},
        {"x-max-in-memory-length", false, true, read_natural},
        {"x-max-in-memory-bytes", false, true, read_natural},
        of_streams("x-max-age"),
        of_streams("x-stream-max-segment-size-bytes"),
        of_streams("x-initial-cluster-size"),
    };
    return all;
}

constexpr std::string_view kQueueType = "x-queue-type";
constexpr std::int64_t kDeliveriesMax = 20;  // as of 4.0

/// The type must be one there is, and the properties must fit it.
Checked<void> read_type(const FieldTable& arguments, QueueOptions& options,
                        std::string_view queue) {
    const FieldValue* const given = arguments.find(kQueueType);
    if (options.quorum) options.deliveries_max = kDeliveriesMax;
    if (given == nullptr) return {};
    const std::string* const type = given->text();
    if (type == nullptr || (*type != "classic" && *type != "quorum")) {
        return refuse(
            fmt::format("invalid arg 'x-queue-type' for {}: \"unsupported queue type '{}'\"", queue,
                        value_text(*given)));
    }
    if (!options.quorum) return {};
    const auto bad = [&](std::string_view property) {
        return refuse(fmt::format("invalid property '{}' for {}", property, queue));
    };
    if (options.auto_delete) return bad("auto-delete");
    if (options.exclusive) return bad("exclusive-owner");
    if (!options.durable) return bad("non-durable");
    return {};
}

}  // namespace

std::string in_vhost(std::string_view kind, std::string_view name, std::string_view vhost) {
    return fmt::format("{} '{}' in vhost '{}'", kind, name, vhost);
}

QueueOptions outline_of(const QueueDeclare& declare, std::string_view vhost,
                        std::string_view default_type) {
    QueueOptions options{.durable = declare.durable,
                         .exclusive = declare.exclusive,
                         .auto_delete = declare.auto_delete,
                         .vhost = std::string(vhost),
                         .arguments = raw(declare.arguments.entries)};
    const FieldTable arguments = table_of(declare.arguments.entries);
    if (const FieldValue* const given = arguments.find(kQueueType)) {
        options.quorum = given->text() != nullptr && *given->text() == "quorum";
    } else {
        // Only where that fits: otherwise a classic one is meant.
        options.quorum = default_type == "quorum" && options.durable && !options.exclusive &&
                         !options.auto_delete;
    }
    const FieldValue* const letters = arguments.find(kDeadLetterExchange);
    if (letters != nullptr && letters->text() != nullptr) {
        options.dead_letter_exchange = *letters->text();
    }
    return options;
}

Checked<QueueOptions> read_queue(const QueueDeclare& declare, std::string_view name,
                                 std::string_view vhost, std::string_view default_type) {
    QueueOptions options = outline_of(declare, vhost, default_type);
    const std::string queue = in_vhost("queue", name, vhost);
    const FieldTable arguments = table_of(declare.arguments.entries);
    if (auto typed = read_type(arguments, options, queue); !typed) {
        return std::unexpected(typed.error());
    }
    const FieldValue* const letters = arguments.find(kDeadLetterExchange);
    if (letters != nullptr && letters->text() == nullptr) {
        return refuse(fmt::format("invalid type '{}' for arg '{}' in {}", type_name(*letters),
                                  kDeadLetterExchange, queue));
    }
    for (const Argument& known : known_arguments()) {
        const FieldValue* const value = arguments.find(known.name);
        if (value == nullptr) continue;
        if (options.quorum ? !known.quorum : !known.classic) {
            return refuse(fmt::format("invalid arg '{}' for {} of queue type rabbit_{}_queue",
                                      known.name, queue, options.quorum ? "quorum" : "classic"));
        }
        if (const Problem problem = known.read(*value, options); !problem.empty()) {
            return refuse(fmt::format("invalid arg '{}' for {}: {}", known.name, queue, problem));
        }
    }
    if (options.dead_letter_key && !options.dead_letter_exchange) {
        return refuse(
            fmt::format("invalid arg 'x-dead-letter-routing-key' for {}: "
                        "routing_key_but_no_dlx_defined",
                        queue));
    }
    return options;
}

std::optional<std::int64_t> consumer_timeout_of(const QueueOptions& options) {
    const FieldTable arguments = table_of(as_bytes(options.arguments));
    const FieldValue* const given = arguments.find(kConsumerTimeout);
    return given == nullptr ? std::nullopt : given->integer();
}

Checked<std::int16_t> read_priority(Bytes consumer_arguments, std::string_view queue) {
    const FieldTable arguments = table_of(consumer_arguments);
    const FieldValue* const given = arguments.find("x-priority");
    if (given == nullptr) return 0;
    const auto number = given->integer();
    if (!number) {
        return refuse(fmt::format("invalid arg 'x-priority' for {}: {{unacceptable_type,{}}}",
                                  queue, type_name(*given)));
    }
    return static_cast<std::int16_t>(std::clamp<std::int64_t>(*number, INT16_MIN, INT16_MAX));
}

Checked<void> check_same(const QueueOptions& wanted, const broker::QueueInfo& current,
                         std::string_view name) {
    const QueueOptions plain;  // what came up by itself: durable, without arguments
    const QueueOptions& has = current.options == nullptr ? plain : *current.options;
    const std::string queue = in_vhost("queue", name, wanted.vhost);
    const auto differs = [&](std::string_view argument, bool received, bool now) {
        return refuse(inequivalent(argument, queue, flag_text(received), flag_text(now)));
    };
    if (wanted.durable != has.durable) return differs("durable", wanted.durable, has.durable);
    if (wanted.auto_delete != has.auto_delete) {
        return differs("auto_delete", wanted.auto_delete, has.auto_delete);
    }
    const FieldTable received = table_of(as_bytes(wanted.arguments));
    const FieldTable now = table_of(as_bytes(has.arguments));
    const FieldValue* const type = received.find(kQueueType);
    const bool known_type =
        type == nullptr || wanted.quorum || (type->text() != nullptr && *type->text() == "classic");
    if (wanted.quorum != has.quorum || !known_type) {
        return refuse(inequivalent(kQueueType, queue, described(received.find(kQueueType)),
                                   described(now.find(kQueueType))));
    }
    for (const Argument& known : known_arguments()) {
        if (!known.compared) continue;
        const FieldValue* const a = received.find(known.name);
        const FieldValue* const b = now.find(known.name);
        if (same_value(a, b)) continue;
        return refuse(inequivalent(known.name, queue, described(a), described(b)));
    }
    return {};
}

std::string_view name_of(ExchangeType type) {
    switch (type) {
        case ExchangeType::direct:
            return "direct";
        case ExchangeType::fanout:
            return "fanout";
        case ExchangeType::topic:
            return "topic";
        case ExchangeType::headers:
            return "headers";
        case ExchangeType::consistent_hash:
            return "x-consistent-hash";
    }
    return "";
}

std::optional<ExchangeType> exchange_type(std::string_view name) {
    for (auto type = ExchangeType::direct; type <= ExchangeType::consistent_hash;
         type = static_cast<ExchangeType>(static_cast<std::uint8_t>(type) + 1)) {
        if (name_of(type) == name) return type;
    }
    return std::nullopt;
}

Failure unknown_type(std::string_view name) {
    return {ReplyCode::precondition_failed, fmt::format("unknown exchange type '{}'", name)};
}

Checked<Exchange> read_exchange(const ExchangeDeclare& declare, std::string_view vhost) {
    Exchange exchange{.vhost = std::string(vhost),
                      .name = std::string(declare.exchange.text),
                      .durable = declare.durable,
                      .auto_delete = declare.auto_delete,
                      .internal = declare.internal,
                      .arguments = raw(declare.arguments.entries)};
    const auto type = exchange_type(declare.type.text);
    if (!type) return std::unexpected(unknown_type(declare.type.text));
    exchange.type = *type;
    const FieldTable arguments = table_of(declare.arguments.entries);
    const auto take = [&](std::string_view name, std::string& into) -> Checked<void> {
        const FieldValue* const value = arguments.find(name);
        if (value == nullptr) return {};
        if (value->text() == nullptr) {
            return refuse(fmt::format("invalid type '{}' for arg '{}' in {}", type_name(*value),
                                      name, in_vhost("exchange", exchange.name, vhost)));
        }
        into = *value->text();
        return {};
    };
    if (auto taken = take("alternate-exchange", exchange.alternate); !taken) {
        return std::unexpected(taken.error());
    }
    if (exchange.type != ExchangeType::consistent_hash) return exchange;
    if (auto taken = take("hash-header", exchange.hash_header); !taken) {
        return std::unexpected(taken.error());
    }
    if (auto taken = take("hash-property", exchange.hash_property); !taken) {
        return std::unexpected(taken.error());
    }
    if (!exchange.hash_header.empty() && !exchange.hash_property.empty()) {
        return refuse("hash-header and hash-property are mutually exclusive");
    }
    constexpr std::array<std::string_view, 3> kProperties{"message_id", "correlation_id",
                                                          "timestamp"};
    if (!exchange.hash_property.empty() &&
        std::ranges::find(kProperties, exchange.hash_property) == kProperties.end()) {
        return refuse(fmt::format("unsupported hash-property '{}'", exchange.hash_property));
    }
    return exchange;
}

Checked<void> check_same(const Exchange& wanted, const Exchange& current) {
    const std::string exchange = in_vhost("exchange", wanted.name, wanted.vhost);
    const auto quoted = [](std::string_view text) { return fmt::format("'{}'", text); };
    if (wanted.type != current.type) {
        return refuse(inequivalent("type", exchange, quoted(name_of(wanted.type)),
                                   quoted(name_of(current.type))));
    }
    const std::array<std::tuple<std::string_view, bool, bool>, 3> flags{{
        {"durable", wanted.durable, current.durable},
        {"auto_delete", wanted.auto_delete, current.auto_delete},
        {"internal", wanted.internal, current.internal},
    }};
    for (const auto& [name, received, now] : flags) {
        if (received == now) continue;
        return refuse(inequivalent(name, exchange, flag_text(received), flag_text(now)));
    }
    if (wanted.alternate != current.alternate) {
        const FieldTable received = table_of(as_bytes(wanted.arguments));
        const FieldTable now = table_of(as_bytes(current.arguments));
        return refuse(inequivalent("alternate-exchange", exchange,
                                   described(received.find("alternate-exchange")),
                                   described(now.find("alternate-exchange"))));
    }
    return {};
}

Checked<broker::HeaderMatch> read_match(Bytes arguments) {
    broker::HeaderMatch match;
    const FieldTable table = table_of(arguments);
    bool with_x = false;
    if (const FieldValue* const mode = table.find("x-match")) {
        const std::string* const text = mode->text();
        if (text == nullptr) {
            return refuse(fmt::format("Invalid x-match field type {} (value {}); expected longstr",
                                      type_name(*mode), value_text(*mode)));
        }
        match.any = text->starts_with("any");
        with_x = text->ends_with("-with-x");
        const bool known =
            *text == "all" || *text == "any" || *text == "all-with-x" || *text == "any-with-x";
        if (!known) {
            return refuse(
                fmt::format("Invalid x-match field value <<\"{}\">>; expected all or any", *text));
        }
    }
    for (const auto& [name, value] : table.entries) {
        if (with_x ? name == "x-match" : name.starts_with("x-")) continue;
        broker::HeaderValue wanted;
        if (const auto number = value.integer()) {
            wanted = *number;
        } else if (const std::string* const text = value.text()) {
            wanted = *text;
        } else if (const auto* time = std::get_if<Timestamp>(&value.value)) {
            wanted = static_cast<std::int64_t>(time->seconds);
        } else if (const bool* const flag = std::get_if<bool>(&value.value)) {
            wanted = *flag;
        } else if (const double* const fraction = std::get_if<double>(&value.value)) {
            wanted = *fraction;
        } else if (const float* const small = std::get_if<float>(&value.value)) {
            wanted = double{*small};
        }
        match.headers.emplace_back(name, std::move(wanted));
    }
    return match;
}

}  // namespace tern::amqp091
