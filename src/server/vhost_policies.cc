#include "server/vhost_policies.h"

#include "admin/rabbitmq/policies.h"
#include "base/log.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tern::server {
namespace {

namespace json = boost::json;
using admin::rabbitmq::policy_fits;
using broker::Overflow;
using broker::QueueTerms;
using broker::VhostPolicy;

/// What is wrong with a policy; empty: nothing.
using Problem = std::string;

constexpr std::string_view kAlternate = "alternate-exchange";

/// A member of a policy's definition that a queue acts on.
struct Term {
    std::string_view key;
    std::function<bool(const json::value&, QueueTerms&)> take;  ///< false: it is not such a value
};

auto number(std::optional<std::int64_t> QueueTerms::* field, std::int64_t min) {
    return [=](const json::value& value, QueueTerms& terms) {
        if (!value.is_int64() || value.get_int64() < min) return false;
        terms.*field = value.get_int64();
        return true;
    };
}

auto text(std::optional<std::string> QueueTerms::* field) {
    return [=](const json::value& value, QueueTerms& terms) {
        if (!value.is_string()) return false;
        terms.*field = std::string(value.get_string());
        return true;
    };
}

bool take_overflow(const json::value& value, QueueTerms& terms) {
    if (value == "drop-head") {
        terms.overflow = Overflow::drop_head;
    } else if (value == "reject-publish") {
        terms.overflow = Overflow::reject;
    } else if (value == "reject-publish-dlx") {
        terms.overflow = Overflow::reject_dead_letter;
    } else {
        return false;
    }
    return true;
}

bool take_strategy(const json::value& value, QueueTerms& terms) {
    terms.dead_letter_at_least_once = value == "at-least-once";
    return *terms.dead_letter_at_least_once || value == "at-most-once";
}

const std::array<Term, 10>& known_terms() {
    static const std::array<Term, 10> all{{
        {"message-ttl", number(&QueueTerms::message_ttl_ms, 0)},
        {"expires", number(&QueueTerms::expires_ms, 1)},
        {"max-length", number(&QueueTerms::messages_max, 0)},
        {"max-length-bytes", number(&QueueTerms::bytes_max, 0)},
        {"delivery-limit", number(&QueueTerms::deliveries_max, -1)},
        {"overflow", take_overflow},
        {"dead-letter-exchange", text(&QueueTerms::dead_letter_exchange)},
        {"dead-letter-routing-key", text(&QueueTerms::dead_letter_key)},
        {"dead-letter-strategy", take_strategy},
        {"consumer-timeout", number(&QueueTerms::consumer_timeout_ms, 0)},
    }};
    return all;
}

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value == nullptr || !value->is_string() ? std::string()
                                                   : std::string(value->get_string());
}

Problem read_terms(const json::object& definition, VhostPolicy& policy) {
    for (const auto& member : definition) {
        const std::string_view key = member.key();
        if (key == kAlternate && member.value().is_string()) {
            policy.alternate_exchange = member.value().get_string();
            continue;
        }
        if (key == kAlternate) return std::string(key) + " is no such value";
        const auto known = std::ranges::find(known_terms(), key, &Term::key);
        if (known == known_terms().end()) {
            log::warning("server", "policy {}: nothing is done about its {}", policy.name, key);
        } else if (!known->take(member.value(), policy.terms)) {
            return std::string(key) + " is no such value";
        }
    }
    return {};
}

/// `outer` says what it is called and where it holds, `inner` what it is; mostly both are one.
Problem read_policy(const json::object& outer, const json::object& inner,
                    std::vector<VhostPolicy>& policies) {
    VhostPolicy policy{.vhost = text_of(outer, "vhost"),
                       .name = text_of(outer, "name"),
                       .matches = {},
                       .terms = {}};
    const auto pattern = std::make_shared<const RE2>(text_of(inner, "pattern"), RE2::Quiet);
    if (!pattern->ok()) return policy.name + ": its pattern is no expression: " + pattern->error();
    policy.matches = [pattern](std::string_view name) {
        return RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), *pattern);
    };
    if (const json::value* const priority = inner.if_contains("priority")) {
        if (!priority->is_int64()) return policy.name + ": its priority is no number";
        policy.priority = priority->get_int64();
    }
    const std::string apply_to = text_of(inner, "apply-to");
    if (apply_to == "streams") {
        log::warning("server", "policy {}: nothing is done about {}", policy.name, apply_to);
        return {};
    }
    const bool for_all = apply_to.empty() || apply_to == "all";
    policy.for_exchanges = for_all || apply_to == "exchanges";
    policy.for_classic = for_all || apply_to == "queues" || apply_to == "classic_queues";
    policy.for_quorum = for_all || apply_to == "queues" || apply_to == "quorum_queues";
    const json::value* const definition = inner.if_contains("definition");
    if (definition == nullptr || !definition->is_object()) {
        return policy.name + ": there is no definition";
    }
    // What a queue of that type does not know keeps all of the policy from it.
    policy.for_classic = policy.for_classic && policy_fits(definition->get_object(), false);
    policy.for_quorum = policy.for_quorum && policy_fits(definition->get_object(), true);
    Problem problem = read_terms(definition->get_object(), policy);
    if (!problem.empty()) return policy.name + ": " + problem;
    policies.push_back(std::move(policy));
    return {};
}

/// Calls `read` with each object of the list of that name, until one has a problem.
template <class Read>
Problem for_each(const json::object& whole, std::string_view name, Read read) {
    const json::value* const list = whole.if_contains(name);
    if (list == nullptr || !list->is_array()) return {};
    for (const json::value& one : list->get_array()) {
        if (!one.is_object()) return std::string(name) + " has what is no object";
        if (Problem problem = read(one.get_object()); !problem.empty()) {
            return std::string(name) + ": " + problem;
        }
    }
    return {};
}

}  // namespace

std::expected<broker::VhostPoliciesPtr, std::string> read_vhost_policies(
    std::string_view definitions) {
    boost::system::error_code error;
    const json::value value = json::parse(definitions, error);
    if (error) return std::unexpected("it is no JSON: " + error.message());
    if (!value.is_object()) return std::unexpected("it is no object");
    std::vector<VhostPolicy> policies;
    std::vector<VhostPolicy> of_operators;
    Problem problem = for_each(value.get_object(), "policies", [&](const json::object& one) {
        return read_policy(one, one, policies);
    });
    if (!problem.empty()) return std::unexpected(std::move(problem));
    problem = for_each(value.get_object(), "parameters", [&](const json::object& one) {
        const std::string component = text_of(one, "component");
        if (component == "vhost-limits") return Problem();  // others read these
        if (component != "operator_policy") {
            log::warning("server", "nothing is done about the {} {} of definitions", component,
                         text_of(one, "name"));
            return Problem();
        }
        const json::value* const inner = one.if_contains("value");
        if (inner == nullptr || !inner->is_object()) return Problem("there is no value");
        return read_policy(one, inner->get_object(), of_operators);
    });
    if (!problem.empty()) return std::unexpected(std::move(problem));
    if (policies.empty() && of_operators.empty()) return broker::VhostPoliciesPtr();
    return std::make_shared<const broker::VhostPolicies>(std::move(policies),
                                                         std::move(of_operators));
}

}  // namespace tern::server
