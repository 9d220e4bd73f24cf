#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"
#include "admin/rabbitmq/policies.h"
#include "admin/rabbitmq/views.h"
#include "protocol/amqp091/json_table.h"

#include <algorithm>

namespace tern::admin::rabbitmq {
namespace {

using amqp091::Errand;

/// The entries of the table that a body has as its arguments; nothing: they are none.
std::optional<ByteWriter> arguments_in(const json::object& body) {
    ByteWriter entries;
    const json::value* const given = body.if_contains("arguments");
    if (given == nullptr) return entries;
    // Some write a list where they mean no arguments.
    if (given->is_array() && given->get_array().empty()) return entries;
    if (!given->is_object()) return std::nullopt;
    encode_entries(entries, amqp091::table_from(given->get_object()));
    return entries;
}

std::string address_of(const std::string& vhost, const std::string& queue) {
    return broker::queue_address(vhost, queue);
}

broker::VhostName place_of(const broker::QueueStatus& queue) {
    return broker::split_address(queue.info->bindings.front().name);
}

}  // namespace

// ---- Exchanges

void Management::list_exchanges(const CallPtr& call) {
    const auto vhost = call->arguments.empty() ? std::nullopt : std::optional(call->at(0));
    routes_.list_routes(vhost, [this, call](const broker::Routes& routes) {
        const auto now = book();
        const Policies policies(*now);
        json::array rows;
        for (const broker::Exchange& one : routes.exchanges) {
            if (!sees(*call, one.vhost) || !now->has(Section::vhosts, {one.vhost})) continue;
            json::object view = exchange_json(one);
            policies.add_to(view, "exchanges", one.vhost, one.name);
            rows.push_back(std::move(view));
        }
        call->reply_list(std::move(rows));
    });
}

void Management::show_exchange(const CallPtr& call) {
    routes_.list_routes(call->at(0), [this, call](const broker::Routes& routes) {
        const auto found =
            std::ranges::find(routes.exchanges, exchange_of(call->at(1)), &broker::Exchange::name);
        if (found == routes.exchanges.end()) return call->missing();
        json::object view = exchange_json(*found);
        Policies(*book()).add_to(view, "exchanges", found->vhost, found->name);
        view["incoming"] = json::array();
        view["outgoing"] = json::array();
        call->reply_object(std::move(view));
    });
}

void Management::declare_exchange(const CallPtr& call) {
    const auto body = call->body_with({"type"});
    if (!body) return;
    auto arguments = arguments_in(*body);
    if (!arguments) return call->bad("arguments are no object");
    const std::string name(exchange_of(call->at(1)));
    const std::string type = text_of(*body, "type").value_or("");
    routes_.list_routes(call->at(0), [this, call, name, type, body = *body,
                                      arguments = std::make_shared<ByteWriter>(
                                          std::move(*arguments))](const broker::Routes& routes) {
        const bool is_there = std::ranges::find(routes.exchanges, name, &broker::Exchange::name) !=
                              routes.exchanges.end();
        run(
            call, call->at(0),
            [&](Errand& errand) {
                errand.call(
                    amqp091::ExchangeDeclare{.exchange = name,
                                             .type = type,
                                             .durable = flag_of(body, "durable", true),
                                             .auto_delete = flag_of(body, "auto_delete", false),
                                             .internal = flag_of(body, "internal", false),
                                             .arguments = {arguments->bytes()}});
            },
            [call, is_there](const Errand::Outcome&) { call->done(is_there ? 204 : 201); });
    });
}

void Management::delete_exchange(const CallPtr& call) {
    const std::string name(exchange_of(call->at(1)));
    routes_.list_routes(call->at(0), [this, call, name](const broker::Routes& routes) {
        if (std::ranges::find(routes.exchanges, name, &broker::Exchange::name) ==
            routes.exchanges.end()) {
            return call->missing();
        }
        const bool if_unused = call->target.parameter("if-unused") == "true";
        run(
            call, call->at(0),
            [&](Errand& errand) {
                errand.call(amqp091::ExchangeDelete{.exchange = name, .if_unused = if_unused});
            },
            [call](const Errand::Outcome&) { call->done(); });
    });
}

// ---- Queues

json::object Management::queue_json(const broker::QueueStatus& queue, const Sight& sight) {
    const broker::QueueInfo& info = *queue.info;
    const auto [vhost, name] = place_of(queue);
    const std::int64_t now_ms = surroundings_.wall_ms();
    const std::string of = "queue " + info.bindings.front().name;
    json::object view{{"name", json_text(name)},
                      {"vhost", json_text(vhost)},
                      {"type", type_of(info)},
                      {"durable", is_durable(info)},
                      {"auto_delete", is_auto_delete(info)},
                      {"exclusive", static_cast<bool>(info.connection)},
                      {"arguments", arguments_of(info)},
                      {"node", json_text(node_name())},
                      {"state", "running"},
                      {"consumers", queue.counts.consumers},
                      {"consumer_capacity", queue.counts.consumers > 0 ? 1 : 0},
                      {"consumer_utilisation", queue.counts.consumers > 0 ? 1 : 0},
                      {"memory", queue.memory_bytes},
                      {"message_bytes", queue.memory_bytes + queue.disk_bytes},
                      {"message_bytes_ram", queue.memory_bytes},
                      {"message_bytes_paged_out", queue.disk_bytes},
                      {"garbage_collection", json::object()}};
    rates_.add(view, "messages_ready", of, queue.counts.ready, now_ms);
    rates_.add(view, "messages_unacknowledged", of, queue.counts.unsettled, now_ms);
    // What waits to become a dead letter elsewhere is there still.
    rates_.add(view, "messages", of,
               queue.counts.ready + queue.counts.unsettled + queue.held_letters, now_ms);
    json::object stats;
    rates_.add(stats, "publish", of, queue.totals.enqueued, now_ms);
    rates_.add(stats, "deliver_get", of, queue.totals.dispatched, now_ms);
    rates_.add(stats, "ack", of,
               queue.totals.dequeued - std::min(queue.totals.dequeued, queue.totals.expired),
               now_ms);
    view["message_stats"] = std::move(stats);
    if (type_of(info) == "quorum") {
        const json::array here{json_text(node_name())};
        view["messages_dlx"] = queue.held_letters;
        view["message_bytes_dlx"] = queue.held_letter_bytes;
        view["leader"] = json_text(node_name());
        view["members"] = here;
        view["online"] = here;
    }
    view["exclusive_consumer_tag"] = nullptr;
    view["single_active_consumer_tag"] = nullptr;
    if (const auto active = sight.active.find(info.bindings.front().name);
        active != sight.active.end()) {
        if (active->second.single) {
            view["single_active_consumer_tag"] = json_text(active->second.tag);
        } else if (active->second.exclusive) {
            view["exclusive_consumer_tag"] = json_text(active->second.tag);
        }
    }
    for (const auto& one : sight.connections) {
        if (one.portrait == nullptr || !info.connection) continue;
        if (one.ref.shard != info.connection_shard || one.ref.connection != info.connection) {
            continue;
        }
        view["owner_pid_details"] = {{"name", json_text(name_of(one))}};
    }
    return view;
}

json::array Management::consumers_of(const Sight& sight, const broker::QueueStatus& queue) const {
    json::array all;
    for (const broker::ConnectionStatus& connection : sight.connections) {
        if (connection.portrait == nullptr) continue;
        for (const auto& channel : connection.portrait->channels) {
            for (const auto& consumer : channel.consumers) {
                if (consumer.address != queue.info->bindings.front().name) continue;
                all.push_back(consumer_json(sight, connection, channel, consumer));
            }
        }
    }
    return all;
}

void Management::list_queues(const CallPtr& call) {
    look(kQueues | kConsumers | kConnections, [this, call](Sight& sight) {
        const auto now = book();
        const Policies policies(*now);
        json::array rows;
        for (const broker::QueueStatus& one : sight.queues) {
            const auto [vhost, name] = place_of(one);
            if (!call->arguments.empty() && vhost != call->at(0)) continue;
            if (!sees(*call, vhost)) continue;
            json::object view = queue_json(one, sight);
            policies.add_to(view, std::string(type_of(*one.info)) + "_queues", vhost, name);
            rows.push_back(std::move(view));
        }
        std::ranges::stable_sort(rows, {}, [](const json::value& row) {
            const json::object& object = row.get_object();
            return std::pair(object.at("vhost").get_string(), object.at("name").get_string());
        });
        call->reply_list(std::move(rows));
    });
}

void Management::show_queue(const CallPtr& call) {
    look(kQueues | kConsumers | kConnections, [this, call](Sight& sight) {
        const std::string address = address_of(call->at(0), call->at(1));
        const auto found = std::ranges::find_if(sight.queues, [&](const auto& one) {
            return one.info->bindings.front().name == address;
        });
        if (found == sight.queues.end()) return call->missing();
        json::object view = queue_json(*found, sight);
        Policies(*book()).add_to(view, std::string(type_of(*found->info)) + "_queues", call->at(0),
                                 call->at(1));
        view["consumer_details"] = consumers_of(sight, *found);
        view["incoming"] = json::array();
        view["deliveries"] = json::array();
        call->reply_object(std::move(view));
    });
}

void Management::declare_queue(const CallPtr& call) {
    const auto body = call->body();
    if (!body) return;
    auto arguments = arguments_in(*body);
    if (!arguments) return call->bad("arguments are no object");
    broker_.find_queue(
        broker::Destination(broker::Domain::queue, false, address_of(call->at(0), call->at(1))),
        [this, call, body = *body, arguments = std::make_shared<ByteWriter>(std::move(*arguments))](
            const Result<broker::QueueStatus>& found) {
            run(
                call, call->at(0),
                [&](Errand& errand) {
                    errand.call(
                        amqp091::QueueDeclare{.queue = call->at(1),
                                              .durable = flag_of(body, "durable", true),
                                              .auto_delete = flag_of(body, "auto_delete", false),
                                              .arguments = {arguments->bytes()}});
                },
                [call, is_there = found.has_value()](const Errand::Outcome&) {
                    call->done(is_there ? 204 : 201);
                });
        });
}

void Management::run_on_queue(const CallPtr& call, Prepare prepare) {
    broker_.find_queue(
        broker::Destination(broker::Domain::queue, false, address_of(call->at(0), call->at(1))),
        [this, call, prepare = std::move(prepare)](const Result<broker::QueueStatus>& found) {
            if (!found) return call->missing();
            run(call, call->at(0), prepare, [call](const Errand::Outcome&) { call->done(); });
        });
}

void Management::delete_queue(const CallPtr& call) {
    run_on_queue(call, [call](Errand& errand) {
        errand.call(amqp091::QueueDelete{.queue = call->at(1),
                                         .if_unused = call->target.parameter("if-unused") == "true",
                                         .if_empty = call->target.parameter("if-empty") == "true"});
    });
}

void Management::purge_queue(const CallPtr& call) {
    run_on_queue(
        call, [call](Errand& errand) { errand.call(amqp091::QueuePurge{.queue = call->at(1)}); });
}

void Management::act_on_queue(const CallPtr& call) {
    const auto body = call->body_with({"action"});
    if (!body) return;
    // About mirrors, of which there are none: nothing has to be done.
    const std::string action = text_of(*body, "action").value_or("");
    if (action == "sync" || action == "cancel_sync") return call->done();
    call->bad("Unknown action " + action);
}

// ---- Bindings

void Management::reply_bindings(const CallPtr& call, std::optional<std::string> vhost,
                                bool with_default, Picks picks) {
    look(kQueues | kRoutes, [this, call, vhost = std::move(vhost), with_default,
                             picks = std::move(picks)](Sight& sight) {
        const auto wanted = [&](const broker::Binding& one) {
            return (!vhost || one.vhost == *vhost) && sees(*call, one.vhost) && picks(one);
        };
        json::array rows;
        if (with_default) {
            for (const broker::QueueStatus& queue : sight.queues) {
                const broker::Binding one = default_binding(*queue.info);
                if (wanted(one)) rows.push_back(binding_json(one));
            }
        }
        for (const broker::Binding& one : sight.routes.bindings) {
            if (wanted(one)) rows.push_back(binding_json(one));
        }
        std::ranges::stable_sort(rows, {}, [](const json::value& row) {
            const json::object& object = row.get_object();
            return std::tuple(object.at("vhost").get_string(), object.at("source").get_string(),
                              object.at("destination").get_string(),
                              object.at("properties_key").get_string());
        });
        call->reply_list(std::move(rows));
    });
}

void Management::list_bindings(const CallPtr& call) {
    const auto vhost = call->arguments.empty() ? std::nullopt : std::optional(call->at(0));
    reply_bindings(call, vhost, true, [](const broker::Binding&) { return true; });
}

void Management::list_queue_bindings(const CallPtr& call) {
    const std::string address = address_of(call->at(0), call->at(1));
    reply_bindings(call, call->at(0), true, [address](const broker::Binding& one) {
        return !one.to_exchange && one.destination == address;
    });
}

void Management::list_source_bindings(const CallPtr& call) {
    reply_bindings(call, call->at(0), true,
                   [source = std::string(exchange_of(call->at(1)))](const broker::Binding& one) {
                       return one.source == source;
                   });
}

void Management::list_destination_bindings(const CallPtr& call) {
    reply_bindings(call, call->at(0), false,
                   [name = std::string(exchange_of(call->at(1)))](const broker::Binding& one) {
                       return one.to_exchange && one.destination == name;
                   });
}

namespace {

/// The binding's two ends, as a path has them; nothing: it names neither queue nor exchange.
std::optional<broker::Binding> ends_of(const std::vector<std::string>& arguments) {
    const std::string& kind = arguments[2];
    if (kind != "q" && kind != "e") return std::nullopt;
    broker::Binding binding{.vhost = arguments[0],
                            .source = std::string(exchange_of(arguments[1])),
                            .to_exchange = kind == "e",
                            .destination = arguments[3]};
    if (!binding.to_exchange) {
        binding.destination = broker::queue_address(binding.vhost, arguments[3]);
    }
    return binding;
}

bool has_ends(const broker::Binding& binding, const broker::Binding& ends) {
    return binding.vhost == ends.vhost && binding.source == ends.source &&
           binding.to_exchange == ends.to_exchange && binding.destination == ends.destination;
}

/// Paths are unescaped once; clients escape the key as they escape all else, or not.
bool is_key(const broker::Binding& binding, const std::string& in_path) {
    const std::string key = properties_key(binding);
    if (key == in_path) return true;
    const auto plain = parse_target("/" + key);
    return plain && plain->path.size() == 1 && plain->path.front() == in_path;
}

template <class Queue, class Exchange>
void call_either(Errand& errand, const broker::Binding& binding, Queue queue, Exchange exchange) {
    const std::string_view queue_name = broker::split_address(binding.destination).name;
    const amqp091::TableView arguments{as_bytes(binding.arguments)};
    if (binding.to_exchange) {
        exchange.destination = binding.destination;
        exchange.source = binding.source;
        exchange.routing_key = binding.key;
        exchange.arguments = arguments;
        return errand.call(exchange);
    }
    queue.queue = queue_name;
    queue.exchange = binding.source;
    queue.routing_key = binding.key;
    queue.arguments = arguments;
    errand.call(queue);
}

}  // namespace

void Management::list_bindings_between(const CallPtr& call) {
    const auto ends = ends_of(call->arguments);
    if (!ends) return call->missing();
    reply_bindings(call, call->at(0), true,
                   [ends = *ends](const broker::Binding& one) { return has_ends(one, ends); });
}

void Management::show_binding(const CallPtr& call) {
    const auto ends = ends_of(call->arguments);
    if (!ends) return call->missing();
    routes_.list_routes(call->at(0), [call, ends = *ends](const broker::Routes& routes) {
        const auto found = std::ranges::find_if(routes.bindings, [&](const broker::Binding& one) {
            return has_ends(one, ends) && is_key(one, call->at(4));
        });
        if (found == routes.bindings.end()) return call->missing();
        call->reply_object(binding_json(*found));
    });
}

void Management::make_binding(const CallPtr& call) {
    auto binding = ends_of(call->arguments);
    if (!binding) return call->missing();
    const auto body = call->body();
    if (!body) return;
    auto arguments = arguments_in(*body);
    if (!arguments) return call->bad("arguments are no object");
    binding->key = text_of(*body, "routing_key").value_or("");
    binding->arguments = as_text(arguments->bytes());
    run(
        call, call->at(0),
        [&binding](Errand& errand) {
            call_either(errand, *binding, amqp091::QueueBind(), amqp091::ExchangeBind());
        },
        [call, key = properties_key(*binding)](const Errand::Outcome&) {
            // Behind the last segment of the request's own path.
            call->respond({.status = 201,
                           .headers = {{"Location", escape(call->at(3)) + "/" + escape(key)}}});
        });
}

void Management::delete_binding(const CallPtr& call) {
    const auto ends = ends_of(call->arguments);
    if (!ends) return call->missing();
    routes_.list_routes(call->at(0), [this, call, ends = *ends](const broker::Routes& routes) {
        const auto found = std::ranges::find_if(routes.bindings, [&](const broker::Binding& one) {
            return has_ends(one, ends) && is_key(one, call->at(4));
        });
        if (found == routes.bindings.end()) return call->missing();
        run(
            call, call->at(0),
            [&found](Errand& errand) {
                call_either(errand, *found, amqp091::QueueUnbind(), amqp091::ExchangeUnbind());
            },
            [call](const Errand::Outcome&) { call->done(); });
    });
}

}  // namespace tern::admin::rabbitmq
