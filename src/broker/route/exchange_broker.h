#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "broker/api/limit.h"
#include "broker/api/queue_info.h"
#include "broker/route/topology.h"
#include "broker/route/vhost_limits.h"
#include "message/message.h"

#include <optional>

namespace tern::broker {

struct PublishToExchange {
    ExchangeAddress to;  ///< of an exchange that exists
    MessagePtr message;
    TransactionNumber transaction = {};
    Token token = {};
};

/// When a queue may be removed.
struct RemoveCondition {
    bool if_unused = false;
    bool if_empty = false;
};

/// The broker, as a connection of a protocol with exchanges sees it besides `Broker`, whose rules
/// about order, tokens and answers hold here, too. Answers that tell of a queue's content come by
/// `Listener::counted`.
///
/// Runs on: the connection's shard.
class ExchangeBroker {
public:
    virtual ~ExchangeBroker() = default;

    /// What exists, as far as this shard has heard: everything this connection was answered about.
    [[nodiscard]] virtual const Topology& topology() const = 0;
    /// Null when there is no such queue.
    [[nodiscard]] virtual QueueInfoPtr find_queue(std::string_view address) const = 0;
    /// Whether `queue` lives with this connection.
    [[nodiscard]] virtual bool is_mine(const QueueInfo& queue) const = 0;

    /// Whether the user may do anything in that virtual host.
    [[nodiscard]] virtual bool may_enter(std::string_view /*vhost*/) const { return true; }

    // Why the user may not do something, whether or not there is what it is about; no error: it
    // may, or what else has a say in it is asked when it is done.
    /// Declare or remove a queue or an exchange of that name.
    [[nodiscard]] virtual std::error_code may_configure(std::string_view /*vhost*/,
                                                        std::string_view /*name*/) {
        return {};
    }
    /// Make a queue, of which no more than this is known yet.
    [[nodiscard]] virtual std::error_code may_make_queue(std::string_view /*address*/,
                                                         const QueueOptions& /*outline*/) {
        return {};
    }
    [[nodiscard]] virtual std::error_code may_read(std::string_view /*queue_address*/) {
        return {};
    }
    [[nodiscard]] virtual std::error_code may_bind_into(const Binding& /*binding*/) { return {}; }
    [[nodiscard]] virtual std::error_code may_bind_from(const Binding& /*binding*/) { return {}; }
    /// Ask a topic exchange for that binding's key.
    [[nodiscard]] virtual std::error_code may_bind_key(const Binding& /*binding*/) { return {}; }
    [[nodiscard]] virtual std::error_code may_publish(const ExchangeAddress& /*to*/) { return {}; }
    /// Send to a topic exchange with those keys.
    [[nodiscard]] virtual std::error_code may_publish_keys(const ExchangeAddress& /*to*/) {
        return {};
    }
    /// Whether it may say that messages are from others.
    [[nodiscard]] virtual bool may_impersonate() const { return false; }

    /// Takes a place of those that a limit leaves, which the connection has until it gives it back
    /// or ends. The limit, if it is reached: then nothing was taken.
    [[nodiscard]] virtual std::optional<std::int64_t> take(VhostLimit /*what*/,
                                                           std::string_view /*name*/) {
        return {};
    }
    virtual void give_back(VhostLimit /*what*/, std::string_view /*name*/) {}
    /// How many there may be; nothing: any number.
    [[nodiscard]] virtual std::optional<std::int64_t> limit(VhostLimit /*what*/,
                                                            std::string_view /*name*/) const {
        return {};
    }
    /// Of queues in that virtual host whose declaration does not say their type; empty: as the
    /// room has it.
    [[nodiscard]] virtual std::string_view default_queue_type(std::string_view /*vhost*/) const {
        return {};
    }
    /// How long clients may have messages of that queue without settling them, as policies say;
    /// nothing: they do not say it.
    [[nodiscard]] virtual std::optional<std::int64_t> consumer_timeout_ms(
        const QueueInfo& /*queue*/) const {
        return {};
    }

    /// As `Broker::publish`. Errors besides: no_route (the message is dropped); no_space also when
    /// a queue refuses what it has no room for, though others may have it.
    virtual void publish(PublishToExchange command) = 0;
    /// How many of this connection's publishes no queue got, so far.
    [[nodiscard]] virtual std::uint64_t unroutable() const { return 0; }
    /// For want of what the connection's publishes wait; nothing: they do not.
    [[nodiscard]] virtual std::optional<Limit> waits_for() const { return {}; }

    /// Makes an exchange; one of that name that exists already stays as it is.
    virtual void declare_exchange(const Exchange& exchange, Token token) = 0;
    /// Errors: in_use (it is the source of bindings).
    virtual void remove_exchange(std::string_view vhost, std::string_view name, bool if_unused,
                                 Token token) = 0;
    /// Binds what exists; what is bound already, or what does not exist any more, is fine.
    virtual void bind(const Binding& binding, Token token) = 0;
    virtual void unbind(const Binding& binding, Token token) = 0;

    /// Makes a queue; one of that name that exists already stays as it is.
    /// Errors: too_many_destinations (its virtual host has as many as it may have).
    virtual void declare_queue(std::string_view address, const QueueOptions& options,
                               Token token) = 0;
    /// Removes a queue and cancels its consumers; says how many messages were ready.
    /// Errors: in_use, not_empty, has_consumers (an open transaction has some of its messages).
    virtual void remove_queue(std::string_view address, RemoveCondition condition, Token token) = 0;
    /// Removes the queues that live with this connection.
    virtual void remove_exclusive(Token token) = 0;
    /// Removes what is ready; says how many messages that were.
    virtual void purge(std::string_view address, Token token) = 0;
    virtual void count(std::string_view address, Token token) = 0;

    /// Lets a consumer get nothing any more and not count as one; what it got stays with it until
    /// `Broker::unsubscribe`. Says what is on the queue then.
    virtual void retire(ConsumerNumber consumer, Token token) = 0;

    /// Gets ready to `get` from a queue that exists, as a consumer that does not count as one.
    virtual void open_getter(ConsumerNumber consumer, std::string_view address) = 0;
    /// Delivers one message, if there is one, then answers with what is left.
    virtual void get(ConsumerNumber consumer, Token token) = 0;
};

}  // namespace tern::broker
