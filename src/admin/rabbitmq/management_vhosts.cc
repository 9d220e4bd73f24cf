#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"
#include "broker/route/exchange.h"

#include <algorithm>
#include <array>

namespace tern::admin::rabbitmq {
namespace {

constexpr std::array<std::string_view, 2> kVhostLimits{"max-connections", "max-queues"};

Book::Key limits_of(const std::string& vhost) {
    return {"vhost-limits", vhost, "limits"};
}

json::object limits_in(const Book& book, const std::string& vhost) {
    const json::object* const found = book.find(Section::parameters, limits_of(vhost));
    const json::value* const value = found == nullptr ? nullptr : found->if_contains("value");
    return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

/// Newer servers have it among the metadata.
json::value member_of(const json::object& vhost, std::string_view name, json::value otherwise) {
    const json::value* const value = vhost.if_contains(name);
    if (value != nullptr) return *value;
    const json::value* const metadata = vhost.if_contains("metadata");
    if (metadata == nullptr || !metadata->is_object()) return otherwise;
    const json::value* const inner = metadata->get_object().if_contains(name);
    return inner == nullptr ? otherwise : *inner;
}

constexpr const char* kProtected = "protected_from_deletion";

bool is_protected(const json::object& vhost) {
    return member_of(vhost, kProtected, false) == json::value(true);
}

}  // namespace

json::object Management::vhost_json(const json::object& vhost, const Sight& sight) {
    const std::string name(vhost.at("name").get_string());
    const json::value description = member_of(vhost, "description", "");
    const json::value tags = member_of(vhost, "tags", json::array());
    json::object view{{"name", name},
                      {"description", description},
                      {"tags", tags},
                      {"default_queue_type", member_of(vhost, "default_queue_type", "undefined")},
                      {"metadata", {{"description", description}, {"tags", tags}}},
                      {kProtected, is_protected(vhost)},
                      {"tracing", false},
                      {"cluster_state", {{node_name(), "running"}}}};
    std::uint64_t ready = 0;
    std::uint64_t unsettled = 0;
    for (const broker::QueueStatus& queue : sight.queues) {
        if (broker::split_address(queue.info->bindings.front().name).vhost != name) continue;
        ready += queue.counts.ready;
        unsettled += queue.counts.unsettled;
    }
    const std::int64_t now_ms = surroundings_.wall_ms();
    rates_.add(view, "messages", "vhost " + name, ready + unsettled, now_ms);
    rates_.add(view, "messages_ready", "vhost " + name, ready, now_ms);
    rates_.add(view, "messages_unacknowledged", "vhost " + name, unsettled, now_ms);
    return view;
}

void Management::list_vhosts(const CallPtr& call) {
    look(kQueues, [this, call](Sight& sight) {
        json::array rows;
        const auto now = book();
        for (const auto& [key, vhost] : now->all(Section::vhosts)) {
            if (sees(*call, key[0])) rows.push_back(vhost_json(vhost, sight));
        }
        call->reply_list(std::move(rows));
    });
}

void Management::show_vhost(const CallPtr& call) {
    look(kQueues, [this, call](Sight& sight) {
        const auto now = book();
        const json::object* const vhost = now->find(Section::vhosts, {call->at(0)});
        if (vhost == nullptr) return call->missing();
        call->reply_object(vhost_json(*vhost, sight));
    });
}

void Management::put_vhost(const CallPtr& call) {
    const auto body = call->body();
    if (!body) return;
    const std::string& name = call->at(0);
    if (name.size() > 255) return call->bad("the name is too long");
    const auto now = book();
    const json::object* const known = now->find(Section::vhosts, {name});
    json::object vhost = known == nullptr ? json::object{{"name", name}} : *known;
    vhost["description"] =
        text_of(*body, "description")
            .value_or(known == nullptr ? std::string()
                                       : text_of(*known, "description").value_or(""));
    if (const json::value* const tags = body->if_contains("tags")) vhost["tags"] = names_of(*tags);
    if (!vhost.contains("tags")) vhost["tags"] = json::array();
    const auto type = text_of(*body, "default_queue_type");
    if (type && *type != "undefined") {
        if (*type != "classic" && *type != "quorum") {
            return call->bad("Unsupported default queue type " + *type);
        }
        vhost["default_queue_type"] = *type;
    }
    change(call, known == nullptr ? 201 : 204, [&](Book& to) {
        const bool is_new = !to.has(Section::vhosts, {name});
        to.put(Section::vhosts, std::move(vhost));
        if (!is_new) return;
        // Whoever makes one may use it.
        to.put(Section::permissions, {{"user", call->caller.user},
                                      {"vhost", name},
                                      {"configure", ".*"},
                                      {"write", ".*"},
                                      {"read", ".*"}});
    });
}

void Management::start_vhost(const CallPtr& call) {
    // They are all there as long as the broker is.
    call->at(1) == node_name() ? call->done() : call->missing();
}

void Management::delete_vhost(const CallPtr& call) {
    const std::string& name = call->at(0);
    if (!book()->has(Section::vhosts, {name})) return call->missing();
    if (name == broker::kDefaultVhost) {
        return call->bad("the virtual host / has the queues of all protocols, and stays");
    }
    if (is_protected(*book()->find(Section::vhosts, {name}))) {
        return call->fail(
            412, "precondition_failed",
            "Refusing to delete virtual host '" + name + "' because it is protected from deletion");
    }
    // Nobody comes in any more; then those go who are in, and with them nobody makes anything.
    const auto changed =
        surroundings_.change([&name](Book& to) { to.remove(Section::vhosts, {name}); });
    if (!changed) return call->bad(changed.error());
    close_in(name, [this, call] {
        routes_.remove_vhost(call->at(0), [call](std::error_code error) {
            if (error) return call->fail(500, "internal_server_error", error.message());
            call->done();
        });
    });
}

void Management::set_protection(const CallPtr& call, bool protect) {
    change(call, 204, [&](Book& to) {
        const json::object* const known = to.find(Section::vhosts, {call->at(0)});
        if (known == nullptr) return;
        json::object vhost = *known;
        vhost[kProtected] = protect;
        to.put(Section::vhosts, std::move(vhost));
    });
}

void Management::protect_vhost(const CallPtr& call) {
    set_protection(call, true);
}

void Management::unprotect_vhost(const CallPtr& call) {
    set_protection(call, false);
}

void Management::list_vhost_limits(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, vhost] : now->all(Section::vhosts)) {
        if (!call->arguments.empty() && key[0] != call->at(0)) continue;
        if (!sees(*call, key[0])) continue;
        json::object limits = limits_in(*now, key[0]);
        if (!limits.empty()) rows.push_back({{"vhost", key[0]}, {"value", std::move(limits)}});
    }
    call->reply_list(std::move(rows));
}

void Management::put_vhost_limit(const CallPtr& call) {
    const auto body = call->body_with({"value"});
    if (!body) return;
    const auto value = number_of(body->at("value"));
    if (std::ranges::find(kVhostLimits, call->at(1)) == kVhostLimits.end() || !value) {
        return call->bad("Validation failed\n\nUnrecognised terms [{<<\"" + call->at(1) + "\">>," +
                         json::serialize(body->at("value")) + "}] in limits\n");
    }
    json::object limits = limits_in(*book(), call->at(0));
    limits[call->at(1)] = *value;
    change(call, 204, [&](Book& to) {
        to.put(Section::parameters, {{"component", "vhost-limits"},
                                     {"vhost", call->at(0)},
                                     {"name", "limits"},
                                     {"value", std::move(limits)}});
    });
}

void Management::delete_vhost_limit(const CallPtr& call) {
    json::object limits = limits_in(*book(), call->at(0));
    limits.erase(call->at(1));
    change(call, 204, [&](Book& to) {
        if (limits.empty()) return to.remove(Section::parameters, limits_of(call->at(0)));
        to.put(Section::parameters, {{"component", "vhost-limits"},
                                     {"vhost", call->at(0)},
                                     {"name", "limits"},
                                     {"value", std::move(limits)}});
    });
}

}  // namespace tern::admin::rabbitmq
