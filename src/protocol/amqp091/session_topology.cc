#include "broker/api/errors.h"
#include "broker/route/errors.h"
#include "protocol/amqp091/replies.h"
#include "protocol/amqp091/session.h"

#include <fmt/format.h>

namespace tern::amqp091 {

using broker::RouteErrc;

namespace {

constexpr std::string_view kReserved = "amq.";

std::string without_line_breaks(std::string_view name) {
    std::string clean(name);
    std::erase_if(clean, [](char c) { return c == '\r' || c == '\n'; });
    return clean;
}

Failure no_default_exchange() {
    return {ReplyCode::access_refused, "operation not permitted on the default exchange"};
}

Failure reserved(std::string_view kind, std::string_view name) {
    return {ReplyCode::access_refused,
            fmt::format("{} name '{}' contains reserved prefix 'amq.*'", kind, name)};
}

/// What exchange.bind and exchange.unbind name.
template <class Method>
broker::Binding between_exchanges(const Method& method, const std::string& vhost) {
    return {.vhost = vhost,
            .source = std::string(method.source.text),
            .to_exchange = true,
            .destination = std::string(method.destination.text),
            .key = std::string(method.routing_key.text)};
}

}  // namespace

std::string Session::address(std::string_view queue) const {
    return broker::queue_address(vhost_, queue);
}

void Session::fail_missing(Channel& channel, std::string_view kind, std::string_view name) {
    fail(channel, {ReplyCode::not_found, fmt::format("no {}", in_vhost(kind, name, vhost_))});
}

bool Session::permitted(Channel& channel, std::error_code error, std::string_view resource) {
    if (error) fail(channel, refusal(error, resource));
    return !error;
}

bool Session::may_bind(Channel& channel, const broker::Binding& binding) {
    const std::string_view queue = broker::split_address(binding.destination).name;
    const std::string into =
        binding.to_exchange ? exchange_text(binding.destination) : in_vhost("queue", queue, vhost_);
    if (!permitted(channel, exchanges_.may_bind_into(binding), into)) return false;
    if (binding.source.empty() || (binding.to_exchange && binding.destination.empty())) {
        fail(channel, no_default_exchange());
        return false;
    }
    const std::string from = exchange_text(binding.source);
    if (!permitted(channel, exchanges_.may_bind_from(binding), from)) return false;
    return permitted(channel, exchanges_.may_bind_key(binding),
                     fmt::format("topic '{}' in {}", binding.key, from));
}

std::string Session::exchange_text(std::string_view name) const {
    return in_vhost("exchange", name.empty() ? "amq.default" : name, vhost_);
}

bool Session::check_exchange(Channel& channel, std::string_view name) {
    if (exchanges_.topology().find(vhost_, name) != nullptr) return true;
    fail_missing(channel, "exchange", name);
    return false;
}

template <class Ok>
void Session::answer_when_done(Channel& channel, bool no_wait, Resources about,
                               const std::function<void(broker::Token)>& ask) {
    // The channel lives as long as this waits: nothing else is handled meanwhile.
    ask(wait_for([this, &channel, no_wait, about = std::move(about)](std::error_code error,
                                                                     const broker::QueueCounts&) {
        if (error) return fail(channel, refusal(error, about.of(error)));
        if (!no_wait) send(channel.number, Ok{});
    }));
}

const std::string& Session::Resources::of(std::error_code error) const {
    if (error == make_error_code(broker::Errc::may_not_read)) return read;
    return error == make_error_code(broker::Errc::may_not_write) ? written : configured;
}

void Session::on(Channel& channel, const ExchangeDeclare& method) {
    ExchangeDeclare declare = method;
    const std::string name = without_line_breaks(method.exchange.text);
    declare.exchange = name;
    if (name.empty()) return fail(channel, no_default_exchange());
    const broker::Exchange* const current = exchanges_.topology().find(vhost_, name);
    if (method.passive) {
        if (current == nullptr) return fail_missing(channel, "exchange", name);
        if (!method.no_wait) send(channel.number, ExchangeDeclareOk{});
        return;
    }
    if (!exchange_type(method.type.text)) return fail(channel, unknown_type(method.type.text));
    const std::string resource = in_vhost("exchange", name, vhost_);
    if (!permitted(channel, exchanges_.may_configure(vhost_, name), resource)) return;
    if (current == nullptr && name.starts_with(kReserved)) {
        return fail(channel, reserved("exchange", name));
    }
    const auto wanted = read_exchange(declare, vhost_);
    if (!wanted) return fail(channel, wanted.error());
    if (current != nullptr) {
        if (const auto same = check_same(*wanted, *current); !same) {
            return fail(channel, same.error());
        }
        if (!method.no_wait) send(channel.number, ExchangeDeclareOk{});
        return;
    }
    answer_when_done<ExchangeDeclareOk>(
        channel, method.no_wait, {resource, exchange_text(wanted->alternate), resource},
        [&](broker::Token token) { exchanges_.declare_exchange(*wanted, token); });
}

void Session::on(Channel& channel, const ExchangeDelete& method) {
    const std::string name = without_line_breaks(method.exchange.text);
    if (name.empty()) return fail(channel, no_default_exchange());
    const std::string resource = in_vhost("exchange", name, vhost_);
    if (name.starts_with(kReserved)) {
        return fail(channel, {ReplyCode::access_refused,
                              fmt::format("deletion of system {} not allowed", resource)});
    }
    if (!permitted(channel, exchanges_.may_configure(vhost_, name), resource)) return;
    const bool no_wait = method.no_wait;
    exchanges_.remove_exchange(
        vhost_, name, method.if_unused,
        wait_for(
            [this, &channel, resource, no_wait](std::error_code error, const broker::QueueCounts&) {
                if (is_denied(error)) return fail(channel, refusal(error, resource));
                if (error) {
                    return fail(channel, {ReplyCode::precondition_failed, resource + " in use"});
                }
                if (!no_wait) send(channel.number, ExchangeDeleteOk{});
            }));
}

template <class Ok, class M>
void Session::bind(Channel& channel, const M& method, broker::Binding binding, bool no_wait,
                   bool add) {
    const broker::Exchange* const source = exchanges_.topology().find(vhost_, binding.source);
    if (add && source->type == broker::ExchangeType::headers) {
        auto match = read_match(method.arguments.entries);
        if (!match) return fail(channel, match.error());
        binding.match = std::move(*match);
    }
    if (add && source->type == broker::ExchangeType::consistent_hash &&
        broker::hash_weight(binding.key) == 0) {
        return fail(channel, {ReplyCode::precondition_failed,
                              fmt::format("The binding key must be a positive integer of at most "
                                          "{}: '{}'",
                                          broker::kHashWeightMax, binding.key)});
    }
    binding.arguments = std::string(as_text(method.arguments.entries));
    const std::string_view destination =
        binding.to_exchange ? binding.destination : broker::split_address(binding.destination).name;
    const std::string_view kind = binding.to_exchange ? "exchange" : "queue";
    answer_when_done<Ok>(
        channel, no_wait, {exchange_text(binding.source), in_vhost(kind, destination, vhost_), {}},
        [&](broker::Token token) {
            add ? exchanges_.bind(binding, token) : exchanges_.unbind(binding, token);
        });
}

void Session::on(Channel& channel, const ExchangeBind& method) {
    broker::Binding binding = between_exchanges(method, vhost_);
    if (!may_bind(channel, binding)) return;
    if (!check_exchange(channel, binding.source)) return;
    if (!check_exchange(channel, binding.destination)) return;
    bind<ExchangeBindOk>(channel, method, std::move(binding), method.no_wait, true);
}

void Session::on(Channel& channel, const ExchangeUnbind& method) {
    broker::Binding binding = between_exchanges(method, vhost_);
    if (!may_bind(channel, binding)) return;
    bind<ExchangeUnbindOk>(channel, method, std::move(binding), method.no_wait, false);
}

std::optional<std::string> Session::queue_name(Channel& channel, std::string_view name) {
    if (!name.empty()) return without_line_breaks(name);
    if (!channel.last_queue.empty()) return channel.last_queue;
    fail(channel, {ReplyCode::not_found, "no previously declared queue"});
    return std::nullopt;
}

bool Session::may_read(Channel& channel, const std::string& queue) {
    return permitted(channel, exchanges_.may_read(address(queue)),
                     in_vhost("queue", queue, vhost_));
}

broker::QueueInfoPtr Session::usable_queue(Channel& channel, const std::string& name) {
    // Where answers come in is no queue to clients.
    broker::QueueInfoPtr queue =
        is_for_replies(name) ? nullptr : exchanges_.find_queue(address(name));
    if (queue == nullptr) {
        fail_missing(channel, "queue", name);
    } else if (queue->connection && !exchanges_.is_mine(*queue)) {
        fail(channel,
             {ReplyCode::resource_locked,
              fmt::format("cannot obtain exclusive access to locked {}. It could be originally "
                          "declared on another connection or the exclusive property value does "
                          "not match that of the original declaration.",
                          in_vhost("queue", name, vhost_))});
        queue = nullptr;
    }
    return queue;
}

void Session::on(Channel& channel, const QueueDeclare& method) {
    if (is_for_replies(method.queue.text)) return find_reply_queue(channel, method);
    const bool anonymous = method.queue.text.empty();
    const std::string name =
        anonymous ? generated("amq.gen-") : without_line_breaks(method.queue.text);
    const bool exists = exchanges_.find_queue(address(name)) != nullptr;
    if (method.passive) {
        const auto meant = queue_name(channel, method.queue.text);
        if (!meant || usable_queue(channel, *meant) == nullptr) return;
        channel.last_queue = *meant;
        return tell_queue(channel, *meant, method.no_wait);
    }
    // Only queues that clients name may be of another type than this.
    const std::string_view default_type = anonymous ? "classic" : default_queue_type();
    const broker::QueueOptions outline = outline_of(method, vhost_, default_type);
    if (anonymous && outline.quorum) {
        return fail(channel, {ReplyCode::precondition_failed,
                              "Cannot declare a server-named queue for type rabbit_quorum_queue"});
    }
    if (!exists && !anonymous && name.starts_with(kReserved)) {
        return fail(channel, reserved("queue", name));
    }
    const std::string resource = in_vhost("queue", name, vhost_);
    if (!permitted(channel, exchanges_.may_configure(vhost_, name), resource)) return;
    if (!exists) {
        const auto error = exchanges_.may_make_queue(address(name), outline);
        if (!permitted(channel, error, resources_of(name, outline).of(error))) return;
        const auto wanted = read_queue(method, name, vhost_, default_type);
        if (!wanted) return fail(channel, wanted.error());
        return make_queue(channel, name, *wanted, method.no_wait);
    }
    const broker::QueueInfoPtr queue = usable_queue(channel, name);
    if (queue == nullptr) return;
    if (outline.exclusive != static_cast<bool>(queue->connection)) {
        return fail(channel,
                    {ReplyCode::resource_locked,
                     fmt::format("cannot obtain exclusive access to locked {}", resource)});
    }
    if (const auto same = check_same(outline, *queue, name); !same) {
        return fail(channel, same.error());
    }
    channel.last_queue = name;
    tally_.add(Total::queues_declared);
    tell_queue(channel, name, method.no_wait);
}

std::string_view Session::default_queue_type() const {
    const std::string_view of_vhost = exchanges_.default_queue_type(vhost_);
    return of_vhost.empty() ? std::string_view(options_.default_queue_type) : of_vhost;
}

Failure Session::too_many_queues(std::string_view name) const {
    const auto max = exchanges_.limit(broker::VhostLimit::vhost_queues, vhost_);
    const std::string whose = max ? fmt::format("queue limit in vhost '{}' ({})", vhost_, *max)
                                  : fmt::format("queue limit of user '{}'", user_);
    return {ReplyCode::precondition_failed,
            fmt::format("cannot declare queue '{}': {} is reached", name, whose)};
}

Session::Resources Session::resources_of(std::string_view queue,
                                         const broker::QueueOptions& options) const {
    const std::string resource = in_vhost("queue", queue, vhost_);
    return {resource, exchange_text(options.dead_letter_exchange.value_or("")), resource};
}

void Session::make_queue(Channel& channel, const std::string& name,
                         const broker::QueueOptions& wanted, bool no_wait) {
    exchanges_.declare_queue(
        address(name), wanted,
        wait_for([this, &channel, name, wanted, no_wait](std::error_code error,
                                                         const broker::QueueCounts&) {
            if (error == make_error_code(broker::Errc::too_many_destinations)) {
                return fail(channel, too_many_queues(name));
            }
            if (error) return fail(channel, refusal(error, resources_of(name, wanted).of(error)));
            // Somebody may have been faster, with another idea of it.
            const broker::QueueInfoPtr queue = usable_queue(channel, name);
            if (queue == nullptr) return;
            if (const auto same = check_same(wanted, *queue, name); !same) {
                return fail(channel, same.error());
            }
            channel.last_queue = name;
            tally_.add(Total::queues_declared);
            tally_.add(Total::queues_created);
            if (!no_wait) send(channel.number, QueueDeclareOk{.queue = name});
        }));
}

void Session::tell_queue(Channel& channel, const std::string& name, bool no_wait) {
    if (no_wait) return;
    exchanges_.count(
        address(name),
        wait_for([this, &channel, name](std::error_code error, const broker::QueueCounts& counts) {
            if (error) return fail(channel, failure_of(error));
            send(channel.number,
                 QueueDeclareOk{.queue = name,
                                .message_count = static_cast<std::uint32_t>(counts.ready),
                                .consumer_count = counts.consumers});
        }));
}

void Session::on(Channel& channel, const QueueBind& method) {
    const auto name = queue_name(channel, method.queue.text);
    if (!name) return;
    const bool short_form = method.queue.text.empty() && method.routing_key.text.empty();
    broker::Binding binding{.vhost = vhost_,
                            .source = std::string(method.exchange.text),
                            .destination = address(*name),
                            .key = short_form ? *name : std::string(method.routing_key.text)};
    if (!may_bind(channel, binding)) return;
    if (!check_exchange(channel, binding.source)) return;
    if (usable_queue(channel, *name) == nullptr) return;
    bind<QueueBindOk>(channel, method, std::move(binding), method.no_wait, true);
}

void Session::on(Channel& channel, const QueueUnbind& method) {
    const auto name = queue_name(channel, method.queue.text);
    if (!name) return;
    const bool short_form = method.queue.text.empty() && method.routing_key.text.empty();
    broker::Binding binding{.vhost = vhost_,
                            .source = std::string(method.exchange.text),
                            .destination = address(*name),
                            .key = short_form ? *name : std::string(method.routing_key.text)};
    if (!may_bind(channel, binding)) return;
    if (exchanges_.find_queue(binding.destination) != nullptr &&
        usable_queue(channel, *name) == nullptr) {
        return;
    }
    bind<QueueUnbindOk>(channel, method, std::move(binding), false, false);
}

void Session::on(Channel& channel, const QueuePurge& method) {
    const auto name = queue_name(channel, method.queue.text);
    if (!name || !may_read(channel, *name) || usable_queue(channel, *name) == nullptr) return;
    const bool no_wait = method.no_wait;
    exchanges_.purge(
        address(*name), wait_for([this, &channel, name = *name, no_wait](
                                     std::error_code error, const broker::QueueCounts& counts) {
            if (error) return fail(channel, refusal(error, in_vhost("queue", name, vhost_)));
            if (no_wait) return;
            send(channel.number,
                 QueuePurgeOk{.message_count = static_cast<std::uint32_t>(counts.ready)});
        }));
}

void Session::on(Channel& channel, const QueueDelete& method) {
    const auto name = queue_name(channel, method.queue.text);
    if (!name) return;
    if (!permitted(channel, exchanges_.may_configure(vhost_, *name),
                   in_vhost("queue", *name, vhost_))) {
        return;
    }
    const broker::QueueInfoPtr queue = exchanges_.find_queue(address(*name));
    if (queue != nullptr && usable_queue(channel, *name) == nullptr) return;
    const bool quorum = queue != nullptr && queue->options != nullptr && queue->options->quorum;
    if (quorum && (method.if_unused || method.if_empty)) {
        return fail({ReplyCode::not_implemented,
                     fmt::format("cannot delete {}. queue.delete operations with if-unused or "
                                 "if-empty flag set are not supported by quorum queues",
                                 in_vhost("queue", *name, vhost_))});
    }
    const bool no_wait = method.no_wait;
    exchanges_.remove_queue(
        address(*name), {.if_unused = method.if_unused, .if_empty = method.if_empty},
        wait_for([this, &channel, name = *name, no_wait, there = queue != nullptr](
                     std::error_code error, const broker::QueueCounts& counts) {
            if (is_denied(error)) {
                return fail(channel, refusal(error, in_vhost("queue", name, vhost_)));
            }
            if (error) {
                const bool empty_wanted = error == make_error_code(RouteErrc::not_empty);
                return fail(channel, {ReplyCode::precondition_failed,
                                      in_vhost("queue", name, vhost_) +
                                          (empty_wanted ? " not empty" : " in use")});
            }
            if (there) tally_.add(Total::queues_deleted);
            if (no_wait) return;
            send(channel.number,
                 QueueDeleteOk{.message_count = static_cast<std::uint32_t>(counts.ready)});
        }));
}

}  // namespace tern::amqp091
