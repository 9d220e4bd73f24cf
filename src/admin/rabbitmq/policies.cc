#include "admin/rabbitmq/policies.h"

#include "admin/rabbitmq/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tern::admin::rabbitmq {
namespace {

enum class Kind : std::uint8_t { number, text, overflow, strategy, anything };

struct Setting {
    std::string_view key;
    Kind kind = Kind::anything;
    bool operators = false;  ///< theirs may have it, too
    bool classic = true;     ///< queues of that type know it
    bool quorum = true;
};

constexpr std::array<Setting, 25> kSettings{{
    {"message-ttl", Kind::number, true},
    {"expires", Kind::number, true},
    {"max-length", Kind::number, true},
    {"max-length-bytes", Kind::number, true},
    {"max-in-memory-length", Kind::number, true},
    {"max-in-memory-bytes", Kind::number, true},
    {"delivery-limit", Kind::number, true, false, true},
    {"overflow", Kind::overflow, true},
    {"dead-letter-exchange", Kind::text, false},
    {"dead-letter-routing-key", Kind::text, false},
    {"dead-letter-strategy", Kind::strategy, false, false, true},
    {"alternate-exchange", Kind::text, false},
    {"queue-mode", Kind::text, false, true, false},
    {"queue-version", Kind::number, true},
    {"queue-master-locator", Kind::text, false, true, false},
    {"queue-leader-locator", Kind::text, false},
    {"initial-cluster-size", Kind::number, false, false, false},
    {"max-age", Kind::text, false, false, false},
    {"stream-max-segment-size-bytes", Kind::number, false, false, false},
    {"target-group-size", Kind::number, true},
    {"consumer-timeout", Kind::number, false},
    {"ha-mode", Kind::text, false, true, false},
    {"ha-params", Kind::anything, false, true, false},
    {"ha-sync-mode", Kind::text, false, true, false},
    {"federation-upstream-set", Kind::text, false},
}};

bool fits(Kind kind, const json::value& value) {
    switch (kind) {
        case Kind::number:
            return value.is_int64();
        case Kind::text:
            return value.is_string();
        case Kind::overflow:
            return value == "drop-head" || value == "reject-publish" ||
                   value == "reject-publish-dlx";
        case Kind::strategy:
            return value == "at-most-once" || value == "at-least-once";
        case Kind::anything:
            break;
    }
    return true;
}

/// As RabbitMQ shows a value, whose texts are Erlang's binaries.
std::string as_term(const json::value& value) {
    const std::string text = json::serialize(value);
    return value.is_string() ? "<<" + text + ">>" : text;
}

constexpr std::array<std::string_view, 6> kApplyTo{"all",           "queues",  "classic_queues",
                                                   "quorum_queues", "streams", "exchanges"};

}  // namespace

std::string problem_of(const json::object& policy, bool of_operators) {
    const auto invalid = [](const std::string& why) {
        return "Validation failed\n\n" + why + "\n";
    };
    const RE2 pattern(text_of(policy, "pattern").value_or(""), RE2::Quiet);
    if (!pattern.ok()) {
        return invalid("pattern should be regular expression but is invalid: " + pattern.error());
    }
    if (const auto apply_to = text_of(policy, "apply-to")) {
        if (std::ranges::find(kApplyTo, *apply_to) == kApplyTo.end()) {
            return invalid("apply-to '" + *apply_to + "' unrecognised");
        }
    }
    const json::value* const priority = policy.if_contains("priority");
    if (priority != nullptr && !priority->is_int64()) return invalid("priority should be a number");
    const json::value* const definition = policy.if_contains("definition");
    if (definition == nullptr || !definition->is_object() || definition->get_object().empty()) {
        return invalid("no policy provided");
    }
    for (const auto& member : definition->get_object()) {
        const std::string_view key = member.key();
        const auto known = std::ranges::find(kSettings, key, &Setting::key);
        const std::string value = as_term(member.value());
        if (known == kSettings.end() || (of_operators && !known->operators)) {
            return invalid(
                fmt::format("[{{<<\"{}\">>,{}}}] are not recognised policy settings", key, value));
        }
        if (!fits(known->kind, member.value())) {
            return invalid(fmt::format("{} is not a valid {}", value, key));
        }
    }
    return {};
}

bool policy_fits(const json::object& definition, bool quorum) {
    return std::ranges::all_of(definition, [quorum](const auto& member) {
        const auto known =
            std::ranges::find(kSettings, std::string_view(member.key()), &Setting::key);
        return known == kSettings.end() || (quorum ? known->quorum : known->classic);
    });
}

Policies::Policies(const Book& book) {
    for (const auto& [key, policy] : book.all(Section::policies)) {
        add(policies_, key[0], key[1], policy);
    }
    for (const auto& [key, parameter] : book.all(Section::parameters)) {
        const json::value* const value = parameter.if_contains("value");
        if (key[0] != "operator_policy" || value == nullptr || !value->is_object()) continue;
        add(of_operators_, key[1], key[2], value->get_object());
    }
    for (Ordered* const ordered : {&policies_, &of_operators_}) {
        std::ranges::stable_sort(*ordered, std::ranges::greater(), &One::priority);
    }
}

void Policies::add(Ordered& to, std::string vhost, std::string name, const json::object& policy) {
    One& one = to.emplace_back();
    one.vhost = std::move(vhost);
    one.name = std::move(name);
    one.apply_to = text_of(policy, "apply-to").value_or("all");
    one.pattern = std::make_unique<const RE2>(text_of(policy, "pattern").value_or(""), RE2::Quiet);
    if (const json::value* const priority = policy.if_contains("priority")) {
        one.priority = number_of(*priority).value_or(0);
    }
    if (const json::value* const definition = policy.if_contains("definition")) {
        if (definition->is_object()) one.definition = definition->get_object();
    }
}

const Policies::One* Policies::find(const Ordered& policies, std::string_view kind,
                                    std::string_view vhost, std::string_view name) {
    const auto found = std::ranges::find_if(policies, [&](const One& one) {
        const bool of_queues = kind != "exchanges";
        const bool for_kind = one.apply_to == "all" || one.apply_to == kind ||
                              (one.apply_to == "queues" && of_queues);
        if (of_queues && !policy_fits(one.definition, kind == "quorum_queues")) return false;
        return for_kind && one.vhost == vhost &&
               RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), *one.pattern);
    });
    return found == policies.end() ? nullptr : &*found;
}

void Policies::add_to(json::object& view, std::string_view kind, std::string_view vhost,
                      std::string_view name) const {
    const One* const policy = find(policies_, kind, vhost, name);
    view["policy"] = policy == nullptr ? json::value(nullptr) : json::value(policy->name);
    if (kind == "exchanges") return;
    const One* const of_operator = find(of_operators_, kind, vhost, name);
    view["operator_policy"] =
        of_operator == nullptr ? json::value(nullptr) : json::value(of_operator->name);
    json::object effective = policy == nullptr ? json::object() : policy->definition;
    if (of_operator != nullptr) {
        for (const auto& member : of_operator->definition) {
            json::value& there = effective[member.key()];
            const bool smaller = there.is_int64() && member.value().is_int64() &&
                                 there.get_int64() < member.value().get_int64();
            if (!smaller) there = member.value();
        }
    }
    view["effective_policy_definition"] = std::move(effective);
}

}  // namespace tern::admin::rabbitmq
