#include "engine/connection_exchanges.h"

#include "broker/api/errors.h"
#include "broker/route/errors.h"
#include "engine/presence.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tern::engine {

using broker::DestinationView;
using broker::Domain;
using broker::Errc;
using broker::QueueCounts;
using broker::QueueInfoPtr;
using broker::Token;
using security::Right;

// ---- What may be done

std::error_code ConnectionExchanges::check_queue(Right right, std::string_view address,
                                                 Errc refusal) {
    return connection_.check(right, connection_.as_used({Domain::queue, false, address}), refusal);
}

std::error_code ConnectionExchanges::check_exchange(Right right, std::string_view vhost,
                                                    std::string_view name, Errc refusal) {
    const std::string address = broker::queue_address(vhost, name);
    return connection_.check(right, {Domain::topic, false, address}, refusal);
}

std::error_code ConnectionExchanges::check_keys(Right right, const broker::ExchangeAddress& at) {
    const Errc refusal = right == Right::read ? Errc::may_not_read : Errc::may_not_write;
    const broker::Exchange* const exchange = topology().find(at.vhost, at.exchange);
    if (exchange == nullptr || exchange->type != broker::ExchangeType::topic) return {};
    if (!connection_.guarded()) return {};
    for (const std::string_view key : at.keys) {
        if (!connection_.permissions()->allow_key(connection_.user(), right, at.vhost, at.exchange,
                                                  key)) {
            connection_.note_refusal({Domain::topic, false, key}, refusal);
            return make_error_code(refusal);
        }
    }
    return {};
}

bool ConnectionExchanges::may_enter(std::string_view vhost) const {
    const auto& permissions = connection_.permissions();
    return permissions == nullptr || permissions->may_enter(connection_.user(), vhost);
}

std::error_code ConnectionExchanges::may_configure(std::string_view vhost, std::string_view name) {
    if (connection_.permissions() == nullptr) return connection_.check_admitted();
    return check_queue(Right::admin, broker::queue_address(vhost, name), Errc::may_not_create);
}

std::error_code ConnectionExchanges::may_read(std::string_view queue_address) {
    return check_queue(Right::read, queue_address, Errc::may_not_read);
}

std::error_code ConnectionExchanges::may_bind_into(const broker::Binding& binding) {
    return binding.to_exchange
               ? check_exchange(Right::write, binding.vhost, binding.destination,
                                Errc::may_not_write)
               : check_queue(Right::write, binding.destination, Errc::may_not_write);
}

std::error_code ConnectionExchanges::may_bind_from(const broker::Binding& binding) {
    if (connection_.permissions() == nullptr) return connection_.check_admitted();
    return check_exchange(Right::read, binding.vhost, binding.source, Errc::may_not_read);
}

std::error_code ConnectionExchanges::may_bind_key(const broker::Binding& binding) {
    if (connection_.permissions() == nullptr) return connection_.check_admitted();
    const std::string_view key = binding.key;
    return check_keys(Right::read, {binding.vhost, binding.source, {&key, 1}});
}

std::error_code ConnectionExchanges::may_publish(const broker::ExchangeAddress& to) {
    if (connection_.permissions() == nullptr) return check_publish(to);
    return check_exchange(Right::write, to.vhost, to.exchange, Errc::may_not_write);
}

std::error_code ConnectionExchanges::may_publish_keys(const broker::ExchangeAddress& to) {
    if (connection_.permissions() == nullptr) return connection_.check_admitted();
    return check_keys(Right::write, to);
}

bool ConnectionExchanges::may_impersonate() const {
    const auto& permissions = connection_.permissions();
    return permissions != nullptr && permissions->may_impersonate(connection_.user());
}

std::error_code ConnectionExchanges::check_publish(const broker::ExchangeAddress& to) {
    if (!connection_.guarded()) return {};
    if (connection_.permissions() != nullptr) {
        if (const auto error = may_publish(to)) return error;
        return check_keys(Right::write, to);
    }
    const bool tree = to.exchange == broker::kTopicTree && to.vhost == broker::kDefaultVhost;
    if (!to.exchange.empty() && !tree) {
        return check_exchange(Right::write, to.vhost, to.exchange, Errc::may_not_write);
    }
    for (const std::string_view key : to.keys) {
        const auto error = tree ? connection_.may_publish({Domain::topic, false, key})
                                : check_queue(Right::write, broker::queue_address(to.vhost, key),
                                              Errc::may_not_write);
        if (error) return error;
    }
    return {};
}

std::error_code ConnectionExchanges::check_binding(const broker::Binding& binding) {
    if (!connection_.guarded()) return {};
    if (const auto error = may_bind_into(binding)) return error;
    if (connection_.permissions() != nullptr) {
        if (const auto error = may_bind_from(binding)) return error;
        return may_bind_key(binding);
    }
    if (binding.source != broker::kTopicTree || binding.vhost != broker::kDefaultVhost) {
        return check_exchange(Right::read, binding.vhost, binding.source, Errc::may_not_read);
    }
    // `#` may stand anywhere in a key; all that begins so is no less than what it matches.
    std::string pattern = binding.key;
    const std::size_t many = pattern.find('#');
    if (many != std::string::npos) {
        pattern.resize(many);
        pattern += '>';
    }
    return connection_.check(Right::read, {Domain::topic, false, pattern}, Errc::may_not_read);
}

std::error_code ConnectionExchanges::check_new_exchange(const broker::Exchange& exchange) {
    if (topology().find(exchange.vhost, exchange.name) != nullptr) return {};
    const auto made =
        check_exchange(Right::admin, exchange.vhost, exchange.name, Errc::may_not_create);
    if (made || exchange.alternate.empty() || connection_.permissions() == nullptr) return made;
    // What it routes nowhere goes from it to the other one.
    if (const auto error =
            check_exchange(Right::read, exchange.vhost, exchange.name, Errc::may_not_read)) {
        return error;
    }
    return check_exchange(Right::write, exchange.vhost, exchange.alternate, Errc::may_not_write);
}

std::error_code ConnectionExchanges::check_new_queue(std::string_view address,
                                                     const broker::QueueOptions& options) {
    const bool by_map = connection_.permissions() == nullptr;
    if (by_map && find_queue(address) != nullptr) return connection_.check_admitted();
    const auto made = connection_.check(Right::admin, {Domain::queue, options.exclusive, address},
                                        Errc::may_not_create);
    if (made || by_map || !options.dead_letter_exchange) return made;
    // What dies there goes from it to the exchange.
    if (const auto error = check_queue(Right::read, address, Errc::may_not_read)) return error;
    return check_exchange(Right::write, options.vhost, *options.dead_letter_exchange,
                          Errc::may_not_write);
}

// ---- What is done

const broker::Topology& ConnectionExchanges::topology() const {
    return shard_.topology();
}

QueueInfoPtr ConnectionExchanges::find_queue(std::string_view address) const {
    const auto queues = shard_.table().route({Domain::queue, false, address});
    return queues.empty() ? nullptr : queues.front();
}

bool ConnectionExchanges::is_mine(const broker::QueueInfo& queue) const {
    return queue.connection_shard == shard_.id() && queue.connection == connection_.number_;
}

std::vector<QueueInfoPtr> ConnectionExchanges::find_queues(
    const broker::PublishToExchange& command) const {
    std::vector<QueueInfoPtr> queues;
    shard_.find_queues(command.to, *command.message, queues);
    return queues;
}

void ConnectionExchanges::publish(broker::PublishToExchange command) {
    if (connection_.waits()) return park(command);
    if (const auto error = check_publish(command.to)) {
        return connection_.complete(command.token, error);
    }
    std::vector<QueueInfoPtr> queues = find_queues(command);
    if (queues.empty()) {
        ++unroutable_;
        return connection_.complete(command.token, make_error_code(broker::RouteErrc::no_route));
    }
    if (!command.transaction) {
        if (!waits_for_space(command, queues)) send(command, std::move(queues));
        return;
    }
    const auto found = connection_.transactions_.find(command.transaction);
    if (found == connection_.transactions_.end()) {
        return connection_.complete(command.token, make_error_code(Errc::no_such_transaction));
    }
    const std::size_t most = connection_.shard_.settings().uncommitted_max;
    if (most > 0 && found->second.publishes.size() >= most) {
        return connection_.refuse_more(command.transaction, command.token);
    }
    ++connection_.published_;
    const std::uint64_t trace = shard_.trace_received(
        connection_.number_, queues.front()->bindings.front().view(), *command.message);
    found->second.bytes += command.message->memory_bytes();
    found->second.publishes.push_back({.to = {},
                                       .message = std::move(command.message),
                                       .origin = {},
                                       .queues = std::move(queues),
                                       .trace = trace});
    connection_.complete(command.token);
}

void ConnectionExchanges::send(const broker::PublishToExchange& command,
                               std::vector<QueueInfoPtr> queues) {
    const bool refused = shard_.turn_away(queues, command.message) > 0;
    if (!refused) return connection_.publish_to(queues, command.message, {}, command.token);
    if (!queues.empty()) connection_.publish_to(queues, command.message, {}, {});
    connection_.complete(command.token, make_error_code(Errc::no_space));
}

std::shared_ptr<const broker::PublishToExchange> ConnectionExchanges::keep(
    const broker::PublishToExchange& command) {
    struct Kept {
        std::string vhost;
        std::string exchange;
        std::vector<std::string> keys;
        std::vector<std::string_view> views;
        broker::PublishToExchange command;
    };
    auto kept = std::make_shared<Kept>(Kept{std::string(command.to.vhost),
                                            std::string(command.to.exchange),
                                            {command.to.keys.begin(), command.to.keys.end()},
                                            {},
                                            command});
    kept->views.assign(kept->keys.begin(), kept->keys.end());
    kept->command.to = {kept->vhost, kept->exchange, kept->views};
    return {kept, &kept->command};
}

void ConnectionExchanges::park(const broker::PublishToExchange& command) {
    connection_.park([this, again = keep(command)] { publish(*again); });
}

// ---- When there is no space

namespace {

/// All publishes to exchanges wait in one line: the next one may be for a queue of this one's.
broker::Destination line_of_exchanges() {
    return {Domain::topic, false, {}};
}

}  // namespace

bool ConnectionExchanges::waits_for_space(const broker::PublishToExchange& command,
                                          std::span<const QueueInfoPtr> queues) {
    const broker::Destination line = line_of_exchanges();
    const DestinationView to = queues.front()->bindings.front().view();
    const bool durable = command.message->header().durable == Durable::yes;
    const std::size_t bytes = command.message->memory_bytes();
    const auto found = shard_.what_is_full(to, queues, durable, bytes);
    if (!found && !connection_.lines_.contains(line)) return false;
    const broker::Limit full = found.value_or(broker::Limit::destination);
    if (found && shard_.drops(to, full)) {
        shard_.note_dropped(to);
        connection_.complete(command.token);
        return true;
    }
    if (found) shard_.note_waiting(to, full, command.message);
    const auto patience = shard_.patience(to, full);
    if (patience == Millis(0)) {
        ++shard_.flow().refused_sends;
        connection_.complete(command.token, make_error_code(Errc::no_space));
        return true;
    }
    auto attempt = [this, at = broker::Destination(to), kept = keep(command), bytes,
                    durable](bool forced) mutable {
        broker::PublishToExchange again = *kept;
        std::vector<QueueInfoPtr> now = find_queues(again);
        const auto still = shard_.what_is_full(at.view(), now, durable, bytes);
        if (!forced && still) return std::optional(Connection::Obstacle{at, *still});
        if (forced) again.token = {};
        if (now.empty()) {
            connection_.complete(again.token, make_error_code(broker::RouteErrc::no_route));
        } else {
            send(again, std::move(now));
        }
        return std::optional<Connection::Obstacle>();
    };
    connection_.wait(line.view(),
                     {.attempt = std::move(attempt),
                      .stopped_by = full,
                      .token = command.token,
                      .give_up_ms = patience ? connection_.wall_ms() + patience->count()
                                             : std::numeric_limits<std::int64_t>::max(),
                      .bytes = bytes,
                      .staged_bytes = 0});
    return true;
}

std::optional<broker::Limit> ConnectionExchanges::waits_for() const {
    const auto line = connection_.lines_.find(line_of_exchanges());
    if (line == connection_.lines_.end()) return {};
    return line->second.front().stopped_by;
}

// ---- What is asked of the catalog

void ConnectionExchanges::ask(Connection::Question question, Token token) {
    if (connection_.waits()) {
        return connection_.park([this, question = std::move(question), token]() mutable {
            ask(std::move(question), token);
        });
    }
    connection_.ask(std::move(question), [token](Connection& self, std::error_code error) {
        self.complete(token, error);
    });
}

void ConnectionExchanges::ask_if(std::function<std::error_code()> check,
                                 Connection::Question question, Token token) {
    if (connection_.waits()) {
        return connection_.park(
            [this, check = std::move(check), question = std::move(question), token]() mutable {
                ask_if(std::move(check), std::move(question), token);
            });
    }
    if (const auto error = check()) return connection_.complete(token, error);
    ask(std::move(question), token);
}

void ConnectionExchanges::declare_exchange(const broker::Exchange& exchange, Token token) {
    ask_if([this, exchange] { return check_new_exchange(exchange); },
           [exchange](Catalog& catalog, CatalogAnswer answer) {
               catalog.declare_exchange(exchange, std::move(answer));
           },
           token);
}

void ConnectionExchanges::remove_exchange(std::string_view vhost, std::string_view name,
                                          bool if_unused, Token token) {
    ask_if(
        [this, vhost = std::string(vhost), name = std::string(name)] {
            return check_exchange(Right::admin, vhost, name, Errc::may_not_remove);
        },
        [vhost = std::string(vhost), name = std::string(name), if_unused](Catalog& catalog,
                                                                          CatalogAnswer answer) {
            catalog.remove_exchange(vhost, name, if_unused, std::move(answer));
        },
        token);
}

void ConnectionExchanges::bind(const broker::Binding& binding, Token token) {
    ask_if([this, binding] { return check_binding(binding); },
           [binding](Catalog& catalog, CatalogAnswer answer) {
               catalog.bind(binding, std::move(answer));
           },
           token);
}

void ConnectionExchanges::unbind(const broker::Binding& binding, Token token) {
    ask_if([this, binding] { return check_binding(binding); },
           [binding](Catalog& catalog, CatalogAnswer answer) {
               catalog.unbind(binding, std::move(answer));
           },
           token);
}

void ConnectionExchanges::declare_queue(std::string_view address,
                                        const broker::QueueOptions& options, Token token) {
    if (connection_.waits()) {
        return connection_.park([this, address = std::string(address), options, token] {
            declare_queue(address, options, token);
        });
    }
    if (const auto refused = check_new_queue(address, options)) {
        return connection_.complete(token, refused);
    }
    const broker::TemporaryOwner owner{shard_.id(), connection_.number_};
    if (options.exclusive) exclusive_.emplace_back(address);
    connection_.ask(
        [name = std::string(address), options, user = std::string(connection_.user()), owner](
            Catalog& catalog, CatalogAnswer answer) {
            catalog.declare_queue(name, options, user, owner, std::move(answer));
        },
        [token](Connection& self, std::error_code error) { self.complete(token, error); },
        [name = std::string(address), exclusive = options.exclusive, owner](ShardBroker* shard) {
            if (!exclusive) return;
            shard->ask(
                [name, owner](Catalog& catalog, CatalogAnswer answer) {
                    catalog.remove_exclusive(name, owner, std::move(answer));
                },
                [](std::error_code) {});
        });
}

std::optional<std::int64_t> ConnectionExchanges::take(broker::VhostLimit what,
                                                      std::string_view name) {
    return connection_.places_.take(what, name);
}

void ConnectionExchanges::give_back(broker::VhostLimit what, std::string_view name) {
    connection_.places_.give_back(what, name);
}

std::optional<std::int64_t> ConnectionExchanges::limit(broker::VhostLimit what,
                                                       std::string_view name) const {
    return shard_.settings().vhost_limits.find(what, name);
}

std::string_view ConnectionExchanges::default_queue_type(std::string_view vhost) const {
    const auto& types = shard_.settings().vhost_queue_types;
    const auto found = types.find(vhost);
    return found == types.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::int64_t> ConnectionExchanges::consumer_timeout_ms(
    const broker::QueueInfo& queue) const {
    const auto& policies = shard_.settings().vhost_policies;
    if (policies == nullptr || queue.options == nullptr) return {};
    return policies->consumer_timeout_ms(*queue.options,
                                         broker::split_address(queue.bindings.front().name).name);
}

void ConnectionExchanges::close() {
    const broker::TemporaryOwner owner{shard_.id(), connection_.number_};
    for (const std::string& address : std::exchange(exclusive_, {})) {
        shard_.ask(
            [address, owner](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove_exclusive(address, owner, std::move(answer));
            },
            [](std::error_code) {});
    }
}

void ConnectionExchanges::remove_exclusive(Token token) {
    if (connection_.waits()) {
        return connection_.park([this, token] { remove_exclusive(token); });
    }
    if (exclusive_.empty()) return connection_.complete(token);
    const broker::TemporaryOwner owner{shard_.id(), connection_.number_};
    std::string address = std::move(exclusive_.back());
    exclusive_.pop_back();
    connection_.ask(
        [address = std::move(address), owner](Catalog& catalog, CatalogAnswer answer) {
            catalog.remove_exclusive(address, owner, std::move(answer));
        },
        [token](Connection& self, std::error_code) { self.exchanges_->remove_exclusive(token); });
}

void ConnectionExchanges::remove_queue(std::string_view address, broker::RemoveCondition condition,
                                       Token token) {
    behind_publishes([address = std::string(address), condition, token](ConnectionExchanges& self) {
        const auto refused = self.check_queue(Right::admin, address, Errc::may_not_remove);
        if (refused) return self.connection_.listener_.counted(token, refused, {});
        auto counts = std::make_shared<QueueCounts>();
        self.connection_.ask(
            [address, condition, counts](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove_queue(address, condition, counts, std::move(answer));
            },
            [token, counts](Connection& connection, std::error_code error) {
                connection.listener_.counted(token, error, *counts);
            });
    });
}

void ConnectionExchanges::behind_publishes(
    std::move_only_function<void(ConnectionExchanges&)> task) {
    if (connection_.waits()) {
        return connection_.park(
            [this, task = std::move(task)]() mutable { behind_publishes(std::move(task)); });
    }
    if (connection_.unconfirmed_ == 0) return task(*this);
    connection_.waiting_ = true;
    shard_.turn().then.push_back([shard = &shard_, number = connection_.number_,
                                  task = std::move(task)](const Turn&) mutable {
        Connection* const connection = shard->find(number);
        if (connection == nullptr || connection->closed_) return;
        connection->waiting_ = false;
        task(*connection->exchanges_);
        connection->resume();
    });
}

template <class AtOwner>
void ConnectionExchanges::count_at_owner(const broker::QueueInfo& queue, Token token,
                                         AtOwner at_owner) {
    shard_.at_owner(queue, [at_owner = std::move(at_owner), shard = &shard_,
                            number = connection_.number_, token](ShardBroker& here) mutable {
        at_owner(here, [&here, shard, number, token](QueueCounts counts) {
            here.loop().post(shard->id(), [shard, number, token, counts] {
                Connection* const connection = shard->find(number);
                if (connection != nullptr) connection->listener_.counted(token, {}, counts);
            });
        });
    });
}

void ConnectionExchanges::purge(std::string_view address, Token token) {
    behind_publishes([address = std::string(address), token](ConnectionExchanges& self) {
        const auto refused = self.check_queue(Right::read, address, Errc::may_not_read);
        if (refused) return self.connection_.listener_.counted(token, refused, {});
        const QueueInfoPtr queue = self.find_queue(address);
        if (queue == nullptr) return self.connection_.listener_.counted(token, {}, {});
        self.count_at_owner(*queue, token, [id = queue->id](ShardBroker& here, Answer answer) {
            answer({.ready = here.purge(id)});
        });
    });
}

void ConnectionExchanges::count(std::string_view address, Token token) {
    behind_publishes([address = std::string(address), token](ConnectionExchanges& self) {
        const QueueInfoPtr queue = self.find_queue(address);
        if (queue == nullptr) return self.connection_.listener_.counted(token, {}, {});
        self.count_at_owner(*queue, token, [id = queue->id](ShardBroker& here, Answer answer) {
            here.use_lease(id);
            answer(here.count(id));
        });
    });
}

void ConnectionExchanges::retire(broker::ConsumerNumber consumer, Token token) {
    if (connection_.waits()) {
        return connection_.park([this, consumer, token] { retire(consumer, token); });
    }
    const auto found = connection_.consumers_.find(consumer);
    if (found == connection_.consumers_.end()) {
        return connection_.listener_.counted(token, {}, {});
    }
    if (connection_.presence_ != nullptr) connection_.presence_->closed(consumer);
    const QueueInfoPtr queue = found->second.queues.front();
    const bool goes = queue->options != nullptr && queue->options->auto_delete;
    shard_.on_queue(*queue, [who = connection_.ref(consumer)](broker::Queue& q) { q.retire(who); });
    const std::string& address = queue->bindings.front().name;
    if (goes) return remove_queue(address, {.if_unused = true}, token);
    count(address, token);
}

void ConnectionExchanges::open_getter(broker::ConsumerNumber consumer, std::string_view address) {
    const QueueInfoPtr queue = find_queue(address);
    if (queue == nullptr || check_queue(Right::read, address, Errc::may_not_read)) return;
    Connection::Attached attached;
    attached.queues = {queue};
    connection_.consumers_.insert_or_assign(consumer, std::move(attached));
    shard_.on_queue(*queue, [who = connection_.ref(consumer)](broker::Queue& q) {
        q.open(who, {.counted = false});
    });
}

void ConnectionExchanges::get(broker::ConsumerNumber consumer, Token token) {
    behind_publishes([consumer, token](ConnectionExchanges& self) {
        const auto found = self.connection_.consumers_.find(consumer);
        if (found == self.connection_.consumers_.end()) {
            // It was not let open, or its queue is gone.
            const auto error = self.connection_.guarded() ? make_error_code(Errc::may_not_read)
                                                          : std::error_code();
            return self.connection_.listener_.counted(token, error, {});
        }
        const QueueInfoPtr queue = found->second.queues.front();
        self.count_at_owner(
            *queue, token,
            [queue, who = self.connection_.ref(consumer)](ShardBroker& here, Answer answer) {
                here.get(queue->id, who,
                         [&here, id = queue->id, answer = std::move(answer)]() mutable {
                             answer(here.count(id));
                         });
            });
    });
}

}  // namespace tern::engine
