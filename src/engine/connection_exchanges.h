#pragma once

#include "broker/route/exchange_broker.h"
#include "engine/connection.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tern::engine {

/// The part of a connection for protocols with exchanges.
class ConnectionExchanges final : public broker::ExchangeBroker {
public:
    explicit ConnectionExchanges(Connection& connection)
        : connection_(connection), shard_(connection.shard_) {}

    /// Ends what lives with the connection.
    void close();

    // broker::ExchangeBroker
    [[nodiscard]] const broker::Topology& topology() const override;
    [[nodiscard]] broker::QueueInfoPtr find_queue(std::string_view address) const override;
    [[nodiscard]] bool is_mine(const broker::QueueInfo& queue) const override;
    [[nodiscard]] bool may_enter(std::string_view vhost) const override;
    [[nodiscard]] std::error_code may_configure(std::string_view vhost,
                                                std::string_view name) override;
    [[nodiscard]] std::error_code may_make_queue(std::string_view address,
                                                 const broker::QueueOptions& outline) override {
        return check_new_queue(address, outline);
    }
    [[nodiscard]] std::error_code may_read(std::string_view queue_address) override;
    [[nodiscard]] std::error_code may_bind_into(const broker::Binding& binding) override;
    [[nodiscard]] std::error_code may_bind_from(const broker::Binding& binding) override;
    [[nodiscard]] std::error_code may_bind_key(const broker::Binding& binding) override;
    [[nodiscard]] std::error_code may_publish(const broker::ExchangeAddress& to) override;
    [[nodiscard]] std::error_code may_publish_keys(const broker::ExchangeAddress& to) override;
    [[nodiscard]] bool may_impersonate() const override;
    [[nodiscard]] std::optional<std::int64_t> take(broker::VhostLimit what,
                                                   std::string_view name) override;
    void give_back(broker::VhostLimit what, std::string_view name) override;
    [[nodiscard]] std::optional<std::int64_t> limit(broker::VhostLimit what,
                                                    std::string_view name) const override;
    [[nodiscard]] std::string_view default_queue_type(std::string_view vhost) const override;
    [[nodiscard]] std::optional<std::int64_t> consumer_timeout_ms(
        const broker::QueueInfo& queue) const override;
    [[nodiscard]] std::uint64_t unroutable() const override { return unroutable_; }
    [[nodiscard]] std::optional<broker::Limit> waits_for() const override;
    void publish(broker::PublishToExchange command) override;
    void declare_exchange(const broker::Exchange& exchange, broker::Token token) override;
    void remove_exchange(std::string_view vhost, std::string_view name, bool if_unused,
                         broker::Token token) override;
    void bind(const broker::Binding& binding, broker::Token token) override;
    void unbind(const broker::Binding& binding, broker::Token token) override;
    void declare_queue(std::string_view address, const broker::QueueOptions& options,
                       broker::Token token) override;
    void remove_queue(std::string_view address, broker::RemoveCondition condition,
                      broker::Token token) override;
    void remove_exclusive(broker::Token token) override;
    void purge(std::string_view address, broker::Token token) override;
    void count(std::string_view address, broker::Token token) override;
    void retire(broker::ConsumerNumber consumer, broker::Token token) override;
    void open_getter(broker::ConsumerNumber consumer, std::string_view address) override;
    void get(broker::ConsumerNumber consumer, broker::Token token) override;

private:
    using Answer = std::move_only_function<void(broker::QueueCounts)>;

    /// An exchange is asked for as the topic of its name is, but the topic tree as the topics that
    /// keys stand for. No error: it may be done.
    [[nodiscard]] std::error_code check_publish(const broker::ExchangeAddress& to);
    [[nodiscard]] std::error_code check_exchange(security::Right right, std::string_view vhost,
                                                 std::string_view name, broker::Errc refusal);
    [[nodiscard]] std::error_code check_queue(security::Right right, std::string_view address,
                                              broker::Errc refusal);
    /// By RabbitMQ's permissions, of a topic exchange's keys.
    [[nodiscard]] std::error_code check_keys(security::Right right,
                                             const broker::ExchangeAddress& at);
    /// Reading from the source into the destination.
    [[nodiscard]] std::error_code check_binding(const broker::Binding& binding);
    [[nodiscard]] std::error_code check_new_exchange(const broker::Exchange& exchange);
    [[nodiscard]] std::error_code check_new_queue(std::string_view address,
                                                  const broker::QueueOptions& options);

    [[nodiscard]] std::vector<broker::QueueInfoPtr> find_queues(
        const broker::PublishToExchange& command) const;
    /// True when there is no space: it is done later, or was refused.
    [[nodiscard]] bool waits_for_space(const broker::PublishToExchange& command,
                                       std::span<const broker::QueueInfoPtr> queues);
    void send(const broker::PublishToExchange& command, std::vector<broker::QueueInfoPtr> queues);
    /// A copy with all that it refers to.
    [[nodiscard]] static std::shared_ptr<const broker::PublishToExchange> keep(
        const broker::PublishToExchange& command);
    void park(const broker::PublishToExchange& command);
    /// Puts a question to the catalog whose answer goes to the listener.
    void ask(Connection::Question question, broker::Token token);
    /// The same if `check` finds nothing against it.
    void ask_if(std::function<std::error_code()> check, Connection::Question question,
                broker::Token token);
    /// Runs `task` once what this connection has published so far has reached its queues.
    void behind_publishes(std::move_only_function<void(ConnectionExchanges&)> task);
    /// Runs `at_owner(ShardBroker&, Answer)` where the queue lives; the answer goes to the
    /// listener.
    template <class AtOwner>
    void count_at_owner(const broker::QueueInfo& queue, broker::Token token, AtOwner at_owner);

    Connection& connection_;
    ShardBroker& shard_;
    std::uint64_t unroutable_ = 0;
    std::vector<std::string> exclusive_;  ///< addresses of queues that live with the connection
};

}  // namespace tern::engine
