#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"
#include "admin/rabbitmq/policies.h"
#include "admin/rabbitmq/views.h"
#include "protocol/amqp091/options.h"

#include <algorithm>

namespace tern::admin::rabbitmq {
namespace {

constexpr std::string_view kReserved = "amq.";

/// Of a form that a browser, or curl, sends: what is in its part `file`.
std::string_view file_in(std::string_view form) {
    const std::size_t head = form.find("name=\"file\"");
    const std::size_t begin = head == std::string_view::npos ? head : form.find("\r\n\r\n", head);
    const std::size_t end = form.rfind("\r\n--");
    if (begin == std::string_view::npos || end == std::string_view::npos || end <= begin) return {};
    constexpr std::size_t kBlankLine = 4;
    return form.substr(begin + kBlankLine, end - begin - kBlankLine);
}

json::array with_vhost(const json::value& list, const std::string& vhost) {
    json::array all;
    if (!list.is_array()) return all;
    for (const json::value& one : list.get_array()) {
        if (!one.is_object()) continue;
        json::object entry = one.get_object();
        entry["vhost"] = vhost;
        all.push_back(std::move(entry));
    }
    return all;
}

}  // namespace

json::object Management::exported(const Sight& sight,
                                  const std::optional<std::string>& vhost) const {
    const auto now = book();
    const bool whole = !vhost;
    json::object all;
    all["rabbit_version"] = amqp091::kCompatibleVersion;
    all["rabbitmq_version"] = amqp091::kCompatibleVersion;
    all["product_name"] = "TernMQ";
    all["product_version"] = surroundings_.version;
    // What is said in a single virtual host's export of it is said without its name.
    const auto add = [&](json::array& to, json::object entry) {
        if (!whole) {
            const json::value* const of = entry.if_contains("vhost");
            if (of == nullptr || !of->is_string() || of->get_string() != *vhost) return;
            entry.erase("vhost");
        }
        to.push_back(std::move(entry));
    };
    const auto add_section = [&](Section section) {
        json::array list;
        for (const auto& [key, entry] : now->all(section)) add(list, entry);
        all[Book::name_of(section)] = std::move(list);
    };
    if (whole) {
        for (const Section one : {Section::users, Section::vhosts, Section::permissions,
                                  Section::topic_permissions, Section::global_parameters}) {
            add_section(one);
        }
    }
    add_section(Section::parameters);
    add_section(Section::policies);
    json::array queues;
    for (const broker::QueueStatus& one : sight.queues) {
        const auto [of, name] = broker::split_address(one.info->bindings.front().name);
        // Those of a connection go with it.
        if (one.info->connection) continue;
        add(queues, {{"name", json_text(name)},
                     {"vhost", json_text(of)},
                     {"type", type_of(*one.info)},
                     {"durable", is_durable(*one.info)},
                     {"auto_delete", is_auto_delete(*one.info)},
                     {"arguments", arguments_of(*one.info)}});
    }
    all["queues"] = std::move(queues);
    json::array exchanges;
    for (const broker::Exchange& one : sight.routes.exchanges) {
        if (one.name.empty() || one.name.starts_with(kReserved)) continue;
        add(exchanges, exchange_json(one));
    }
    all["exchanges"] = std::move(exchanges);
    json::array bindings;
    for (const broker::Binding& one : sight.routes.bindings) {
        const bool of_connection =
            !one.to_exchange && std::ranges::any_of(sight.queues, [&one](const auto& queue) {
                return queue.info->connection &&
                       queue.info->bindings.front().name == one.destination;
            });
        if (of_connection) continue;
        json::object view = binding_json(one);
        view.erase("properties_key");
        add(bindings, std::move(view));
    }
    std::ranges::sort(bindings, {}, [](const json::value& one) { return json::serialize(one); });
    all["bindings"] = std::move(bindings);
    return all;
}

void Management::export_all(const CallPtr& call) {
    look(kQueues | kRoutes,
         [this, call](Sight& sight) { call->reply(exported(sight, std::nullopt)); });
}

void Management::export_vhost(const CallPtr& call) {
    look(kQueues | kRoutes,
         [this, call](Sight& sight) { call->reply(exported(sight, call->at(0))); });
}

bool Management::take_file(Call& call) {
    if (!call.request.content_type.starts_with("multipart/form-data")) return true;
    call.request.body = std::string(file_in(call.request.body));
    if (call.request.body.empty()) call.bad("there is no file in the form");
    return !call.request.body.empty();
}

void Management::import_all(const CallPtr& call) {
    if (!take_file(*call)) return;
    const auto body = call->body();
    if (body) import(call, *body);
}

void Management::import_vhost(const CallPtr& call) {
    if (!take_file(*call)) return;
    const auto body = call->body();
    if (!body) return;
    json::object here;
    for (const char* const name : {"parameters", "policies", "queues", "exchanges", "bindings"}) {
        if (const json::value* const list = body->if_contains(name)) {
            here[name] = with_vhost(*list, call->at(0));
        }
    }
    import(call, here);
}

void Management::import(const CallPtr& call, const json::object& definitions) {
    // All of it is looked at before anything is taken over.
    const std::string text = json::serialize(definitions);
    const auto read = Book::read(text, "");
    if (!read) return call->bad(read.error());
    auto topology = amqp091::Definitions::parse(text, surroundings_.default_queue_type);
    if (!topology) return call->bad(topology.error());
    for (const auto& [key, policy] : read->all(Section::policies)) {
        const std::string problem = problem_of(policy, false);
        if (!problem.empty()) return call->bad(problem);
    }
    const auto is_reserved = [](std::string_view name) { return name.starts_with(kReserved); };
    std::erase_if(topology->exchanges, [&](const auto& one) { return is_reserved(one.name); });
    std::erase_if(topology->queues, [&](const auto& one) {
        return is_reserved(broker::split_address(one.first).name);
    });
    std::erase_if(topology->bindings, [](const auto& one) { return one.source.empty(); });
    const auto changed = surroundings_.change([&read](Book& to) {
        for (const Section section :
             {Section::users, Section::vhosts, Section::permissions, Section::topic_permissions,
              Section::parameters, Section::global_parameters, Section::policies}) {
            for (const auto& [key, entry] : read->all(section)) to.put(section, entry);
        }
    });
    if (!changed) return call->bad(changed.error());
    if (topology->empty()) return when_it_holds([call] { call->done(); });
    surroundings_.make(std::move(*topology),
                       [this, call] { surroundings_.post([call] { call->done(); }); });
}

}  // namespace tern::admin::rabbitmq
