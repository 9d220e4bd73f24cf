#include "admin/api.h"
#include "admin/listeners.h"

namespace tern::admin {

json::array Api::listeners_json() const {
    json::array all;
    if (!about_.listeners) return all;
    for (const OpenListener& one : about_.listeners()) {
        all.push_back({{"name", json_text(one.name)},
                       {"address", json_text(one.address)},
                       {"uri", json_text(one.uri())},
                       {"connections", one.connections.open},
                       {"connections_max", one.connections.max},
                       {"connections_refused", one.connections.refused}});
    }
    return all;
}

void Api::list_listeners(const CallPtr& call) {
    call->reply(200, json::object{{"items", listeners_json()}});
}

void Api::add_listener(const CallPtr& call) {
    const auto body = call->body();
    if (!body) return;
    const json::value* const uri = body->if_contains("uri");
    if (uri == nullptr || !uri->is_string()) {
        return call->fail(400, "malformed", "uri has to say where, as in stomp://127.0.0.1:61700");
    }
    if (!surroundings_.add_listener) return call->fail(409, "refused", "nothing can be added here");
    surroundings_.add_listener(std::string(uri->get_string()),
                               [this, call](std::expected<std::string, std::string> name) {
                                   if (!name) return call->fail(409, "refused", name.error());
                                   for (json::value& one : listeners_json()) {
                                       if (one.at("name").get_string() == std::string_view(*name)) {
                                           return call->reply(201, one);
                                       }
                                   }
                                   call->fail(500, "failed", "it is gone already");
                               });
}

void Api::remove_listener(const CallPtr& call) {
    const std::string name = call->arguments.front();
    admin::remove_listener(broker_, about_, surroundings_, name, [call, name](bool removed) {
        if (!removed) return call->fail(404, "no_such_listener", "there is no such listener");
        call->reply(200, json::object{{"removed", json_text(name)}});
    });
}

}  // namespace tern::admin
