#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"
#include "admin/rabbitmq/policies.h"

namespace tern::admin::rabbitmq {
namespace {

constexpr const char* kOperatorPolicy = "operator_policy";
constexpr std::string_view kFixed = "Broker settings disallow changing operator policies.";

/// Of what a request says, what is kept of a policy. Nothing: a member is missing.
json::object policy_of(const json::object& body) {
    json::object policy;
    policy["pattern"] = body.at("pattern");
    policy["definition"] = body.at("definition");
    const json::value* const priority = body.if_contains("priority");
    policy["priority"] = priority == nullptr || priority->is_null() ? json::value(0) : *priority;
    // Tools send numbers as texts.
    if (const auto number = number_of(policy["priority"])) policy["priority"] = *number;
    policy["apply-to"] = text_of(body, "apply-to").value_or("all");
    return policy;
}

/// An operators' policy as it is shown, from the parameter that it is kept as.
json::object operator_policy_json(const Book::Key& key, const json::object& parameter) {
    json::object view{{"vhost", key[1]}, {"name", key[2]}};
    const json::value* const value = parameter.if_contains("value");
    if (value == nullptr || !value->is_object()) return view;
    for (const auto& member : value->get_object()) view[member.key()] = member.value();
    return view;
}

}  // namespace

// ---- Policies

void Management::list_policies(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, policy] : now->all(Section::policies)) {
        if (!call->arguments.empty() && key[0] != call->at(0)) continue;
        if (sees(*call, key[0])) rows.push_back(policy);
    }
    call->reply_list(std::move(rows));
}

void Management::show_policy(const CallPtr& call) {
    const auto now = book();
    const json::object* const found = now->find(Section::policies, {call->at(0), call->at(1)});
    if (found == nullptr) return call->missing();
    call->reply_object(*found);
}

void Management::put_policy(const CallPtr& call) {
    const auto body = call->body_with({"pattern", "definition"});
    if (!body) return;
    json::object policy = policy_of(*body);
    if (const std::string problem = problem_of(policy, false); !problem.empty()) {
        return call->bad(problem);
    }
    policy["vhost"] = call->at(0);
    policy["name"] = call->at(1);
    const bool known = book()->has(Section::policies, {call->at(0), call->at(1)});
    change(call, known ? 204 : 201,
           [&policy](Book& to) { to.put(Section::policies, std::move(policy)); });
}

void Management::delete_policy(const CallPtr& call) {
    const Book::Key key{call->at(0), call->at(1)};
    if (!book()->has(Section::policies, key)) return call->missing();
    change(call, 204, [&key](Book& to) { to.remove(Section::policies, key); });
}

// ---- Operators' policies

void Management::list_operator_policies(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, parameter] : now->all(Section::parameters)) {
        if (key[0] != kOperatorPolicy || !sees(*call, key[1])) continue;
        if (!call->arguments.empty() && key[1] != call->at(0)) continue;
        rows.push_back(operator_policy_json(key, parameter));
    }
    call->reply_list(std::move(rows));
}

void Management::show_operator_policy(const CallPtr& call) {
    const Book::Key key{kOperatorPolicy, call->at(0), call->at(1)};
    const auto now = book();
    const json::object* const found = now->find(Section::parameters, key);
    if (found == nullptr) return call->missing();
    call->reply_object(operator_policy_json(key, *found));
}

void Management::put_operator_policy(const CallPtr& call) {
    if (!surroundings_.operator_policy_changes) return call->disallow(kFixed);
    const auto body = call->body_with({"pattern", "definition"});
    if (!body) return;
    json::object policy = policy_of(*body);
    if (const std::string problem = problem_of(policy, true); !problem.empty()) {
        return call->bad(problem);
    }
    const bool known =
        book()->has(Section::parameters, {kOperatorPolicy, call->at(0), call->at(1)});
    change(call, known ? 204 : 201, [&](Book& to) {
        to.put(Section::parameters, {{"component", kOperatorPolicy},
                                     {"vhost", call->at(0)},
                                     {"name", call->at(1)},
                                     {"value", std::move(policy)}});
    });
}

void Management::delete_operator_policy(const CallPtr& call) {
    if (!surroundings_.operator_policy_changes) return call->disallow(kFixed);
    const Book::Key key{kOperatorPolicy, call->at(0), call->at(1)};
    if (!book()->has(Section::parameters, key)) return call->missing();
    change(call, 204, [&key](Book& to) { to.remove(Section::parameters, key); });
}

// ---- Parameters

void Management::list_parameters(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, parameter] : now->all(Section::parameters)) {
        if (!call->arguments.empty() && key[0] != call->at(0)) continue;
        if (call->arguments.size() > 1 && key[1] != call->at(1)) continue;
        if (sees(*call, key[1])) rows.push_back(parameter);
    }
    call->reply_list(std::move(rows));
}

void Management::show_parameter(const CallPtr& call) {
    const auto now = book();
    const json::object* const found = now->find(Section::parameters, call->arguments);
    if (found == nullptr) return call->missing();
    call->reply_object(*found);
}

void Management::put_parameter(const CallPtr& call) {
    const bool operators = call->at(0) == kOperatorPolicy;
    if (operators && !surroundings_.operator_policy_changes) return call->disallow(kFixed);
    const auto body = call->body_with({"value"});
    if (!body) return;
    const std::string& component = call->at(0);
    // Those of plugins that are not here would do nothing.
    if (component != "vhost-limits" && component != kOperatorPolicy) {
        return call->bad("Validation failed\n\ncomponent " + component + " not found\n");
    }
    if (component == kOperatorPolicy) {
        const json::value& value = body->at("value");
        const std::string problem =
            value.is_object() ? problem_of(value.get_object(), true) : "the value is no object";
        if (!problem.empty()) return call->bad(problem);
    }
    const bool known = book()->has(Section::parameters, call->arguments);
    change(call, known ? 204 : 201, [&](Book& to) {
        to.put(Section::parameters, {{"component", component},
                                     {"vhost", call->at(1)},
                                     {"name", call->at(2)},
                                     {"value", body->at("value")}});
    });
}

void Management::delete_parameter(const CallPtr& call) {
    const bool operators = call->at(0) == kOperatorPolicy;
    if (operators && !surroundings_.operator_policy_changes) return call->disallow(kFixed);
    if (!book()->has(Section::parameters, call->arguments)) return call->missing();
    change(call, 204, [&call](Book& to) { to.remove(Section::parameters, call->arguments); });
}

void Management::list_global_parameters(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, parameter] : now->all(Section::global_parameters)) {
        rows.push_back(parameter);
    }
    call->reply_list(std::move(rows));
}

void Management::show_global_parameter(const CallPtr& call) {
    const auto now = book();
    const json::object* const found = now->find(Section::global_parameters, call->arguments);
    if (found == nullptr) return call->missing();
    call->reply_object(*found);
}

void Management::put_global_parameter(const CallPtr& call) {
    const auto body = call->body_with({"value"});
    if (!body) return;
    const bool known = book()->has(Section::global_parameters, call->arguments);
    change(call, known ? 204 : 201, [&](Book& to) {
        to.put(Section::global_parameters, {{"name", call->at(0)}, {"value", body->at("value")}});
    });
}

void Management::delete_global_parameter(const CallPtr& call) {
    if (!book()->has(Section::global_parameters, call->arguments)) return call->missing();
    change(call, 204,
           [&call](Book& to) { to.remove(Section::global_parameters, call->arguments); });
}

}  // namespace tern::admin::rabbitmq
