#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace tern::admin::rabbitmq {
namespace {

constexpr std::string_view kHashing = "rabbit_password_hashing_sha256";
constexpr std::array<std::string_view, 2> kUserLimits{"max-connections", "max-channels"};

/// As it is shown: older exports have the tags in one text.
json::object user_json(const json::object& user) {
    json::object view;
    view["name"] = user.at("name");
    view["password_hash"] = text_of(user, "password_hash").value_or("");
    view["hashing_algorithm"] = text_of(user, "hashing_algorithm").value_or(std::string(kHashing));
    const json::value* const tags = user.if_contains("tags");
    view["tags"] = tags == nullptr ? json::array() : names_of(*tags);
    const json::value* const limits = user.if_contains("limits");
    view["limits"] = limits != nullptr && limits->is_object() ? *limits : json::object();
    return view;
}

bool is_expression(const std::string& text) {
    return RE2(text, RE2::Quiet).ok();
}

}  // namespace

void Management::hash_password(const CallPtr& call) {
    call->reply(json::object{{"ok", surroundings_.hash(call->at(0))}});
}

void Management::list_users(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, user] : now->all(Section::users)) rows.push_back(user_json(user));
    call->reply_list(std::move(rows));
}

void Management::list_users_without_permissions(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, user] : now->all(Section::users)) {
        const auto& permissions = now->all(Section::permissions);
        const bool has_some = std::ranges::any_of(
            permissions, [&name = key[0]](const auto& one) { return one.first[0] == name; });
        if (!has_some) rows.push_back(user_json(user));
    }
    call->reply_list(std::move(rows));
}

void Management::show_user(const CallPtr& call) {
    const auto now = book();
    const json::object* const user = now->find(Section::users, {call->at(0)});
    if (user == nullptr) return call->missing();
    call->reply_object(user_json(*user));
}

void Management::put_user(const CallPtr& call) {
    const auto body = call->body();
    if (!body) return;
    const json::value* const tags = body->if_contains("tags");
    if (tags == nullptr) return call->bad("tags_not_present");
    const auto now = book();
    const json::object* const known = now->find(Section::users, {call->at(0)});
    json::object user;
    user["name"] = call->at(0);
    user["password_hash"] = "";
    user["hashing_algorithm"] = kHashing;
    if (const auto password = text_of(*body, "password")) {
        // Nobody logs in by an empty one.
        if (!password->empty()) user["password_hash"] = surroundings_.hash(*password);
    } else if (const auto hash = text_of(*body, "password_hash")) {
        std::string bytes;
        if (!decode_base64(*hash, bytes)) return call->bad("password_hash is no base64");
        user["password_hash"] = *hash;
        if (const auto algorithm = text_of(*body, "hashing_algorithm")) {
            user["hashing_algorithm"] = *algorithm;
        }
    }
    user["tags"] = names_of(*tags);
    const json::value* const limits = known == nullptr ? nullptr : known->if_contains("limits");
    user["limits"] = limits == nullptr ? json::value(json::object()) : *limits;
    change(call, known == nullptr ? 201 : 204,
           [&user](Book& to) { to.put(Section::users, std::move(user)); });
}

void Management::delete_user(const CallPtr& call) {
    if (!book()->has(Section::users, {call->at(0)})) return call->missing();
    change(call, 204, [&call](Book& to) { to.remove(Section::users, {call->at(0)}); });
}

void Management::delete_users(const CallPtr& call) {
    const auto body = call->body_with({"users"});
    if (!body) return;
    const json::array names = names_of(body->at("users"));
    change(call, 204, [&names](Book& to) {
        for (const json::value& one : names) {
            to.remove(Section::users, {std::string(one.get_string())});
        }
    });
}

// ---- Permissions

namespace {

/// Those of a user or in a virtual host, as the path says, or all.
json::array entries_for(const Book& book, Section section, const Target& target,
                        const std::vector<std::string>& arguments) {
    json::array rows;
    for (const auto& [key, entry] : book.all(section)) {
        const bool of_user = target.path[1] == "users";
        if (!arguments.empty() && key[of_user ? 0 : 1] != arguments[0]) continue;
        rows.push_back(entry);
    }
    return rows;
}

}  // namespace

void Management::list_permissions(const CallPtr& call) {
    if (call->target.path[1] == "users" && !book()->has(Section::users, {call->at(0)})) {
        return call->missing();
    }
    call->reply_list(entries_for(*book(), Section::permissions, call->target, call->arguments));
}

void Management::show_permission(const CallPtr& call) {
    const auto now = book();
    const json::object* const found = now->find(Section::permissions, {call->at(1), call->at(0)});
    if (found == nullptr) return call->missing();
    call->reply_object(*found);
}

void Management::put_permission(const CallPtr& call) {
    const auto body = call->body_with({"configure", "write", "read"});
    if (!body) return;
    const auto now = book();
    if (!now->has(Section::vhosts, {call->at(0)}) || !now->has(Section::users, {call->at(1)})) {
        return call->bad("vhost_or_user_not_found");
    }
    json::object entry{{"user", call->at(1)}, {"vhost", call->at(0)}};
    for (const char* const right : {"configure", "write", "read"}) {
        const auto text = text_of(*body, right);
        if (!text || !is_expression(*text)) return call->bad("invalid_regexp");
        entry[right] = *text;
    }
    const bool known = now->has(Section::permissions, {call->at(1), call->at(0)});
    change(call, known ? 204 : 201,
           [&entry](Book& to) { to.put(Section::permissions, std::move(entry)); });
}

void Management::delete_permission(const CallPtr& call) {
    const Book::Key key{call->at(1), call->at(0)};
    if (!book()->has(Section::permissions, key)) return call->missing();
    change(call, 204, [&key](Book& to) { to.remove(Section::permissions, key); });
}

void Management::list_topic_permissions(const CallPtr& call) {
    call->reply_list(
        entries_for(*book(), Section::topic_permissions, call->target, call->arguments));
}

void Management::show_topic_permissions(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, entry] : now->all(Section::topic_permissions)) {
        if (key[0] == call->at(1) && key[1] == call->at(0)) rows.push_back(entry);
    }
    if (rows.empty()) return call->missing();
    call->reply_list(std::move(rows));
}

void Management::put_topic_permission(const CallPtr& call) {
    const auto body = call->body_with({"exchange", "write", "read"});
    if (!body) return;
    const auto now = book();
    if (!now->has(Section::vhosts, {call->at(0)}) || !now->has(Section::users, {call->at(1)})) {
        return call->bad("vhost_or_user_not_found");
    }
    const auto exchange = text_of(*body, "exchange");
    if (!exchange) return call->bad("exchange has to be a text");
    json::object entry{{"user", call->at(1)}, {"vhost", call->at(0)}, {"exchange", *exchange}};
    for (const char* const right : {"write", "read"}) {
        const auto text = text_of(*body, right);
        if (!text || !is_expression(*text)) return call->bad("invalid_regexp");
        entry[right] = *text;
    }
    const bool known = now->has(Section::topic_permissions, {call->at(1), call->at(0), *exchange});
    change(call, known ? 204 : 201,
           [&entry](Book& to) { to.put(Section::topic_permissions, std::move(entry)); });
}

void Management::delete_topic_permissions(const CallPtr& call) {
    std::vector<Book::Key> gone;
    const auto now = book();
    for (const auto& [key, entry] : now->all(Section::topic_permissions)) {
        const bool of_exchange = call->arguments.size() < 3 || key[2] == call->at(2);
        if (key[0] == call->at(1) && key[1] == call->at(0) && of_exchange) gone.push_back(key);
    }
    if (gone.empty()) return call->missing();
    change(call, 204, [&gone](Book& to) {
        for (const Book::Key& one : gone) to.remove(Section::topic_permissions, one);
    });
}

// ---- Limits of users

void Management::list_user_limits(const CallPtr& call) {
    json::array rows;
    const auto now = book();
    for (const auto& [key, user] : now->all(Section::users)) {
        if (!call->arguments.empty() && key[0] != call->at(0)) continue;
        const json::value* const limits = user.if_contains("limits");
        if (limits == nullptr || !limits->is_object() || limits->get_object().empty()) continue;
        rows.push_back({{"user", key[0]}, {"value", *limits}});
    }
    call->reply_list(std::move(rows));
}

void Management::put_user_limit(const CallPtr& call) {
    const auto body = call->body_with({"value"});
    if (!body) return;
    const auto now = book();
    const json::object* const known = now->find(Section::users, {call->at(0)});
    if (known == nullptr) return call->missing();
    const auto value = number_of(body->at("value"));
    if (std::ranges::find(kUserLimits, call->at(1)) == kUserLimits.end() || !value) {
        return call->bad("Unrecognised terms [{" + call->at(1) + "}] in user-limits");
    }
    json::object user = *known;
    json::value& limits = user["limits"];
    if (!limits.is_object()) limits.emplace_object();
    limits.get_object()[call->at(1)] = *value;
    change(call, 204, [&user](Book& to) { to.put(Section::users, std::move(user)); });
}

void Management::delete_user_limit(const CallPtr& call) {
    const auto now = book();
    const json::object* const known = now->find(Section::users, {call->at(0)});
    if (known == nullptr) return call->missing();
    json::object user = *known;
    json::value& limits = user["limits"];
    if (limits.is_object()) limits.get_object().erase(call->at(1));
    change(call, 204, [&user](Book& to) { to.put(Section::users, std::move(user)); });
}

}  // namespace tern::admin::rabbitmq
