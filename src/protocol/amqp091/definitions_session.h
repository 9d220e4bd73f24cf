#pragma once

#include "broker/api/broker.h"
#include "broker/route/exchange_broker.h"
#include "protocol/amqp091/definitions.h"
#include "protocol/session.h"
#include "protocol/wire.h"

namespace tern::amqp091 {

/// Makes what definitions name and is not there yet, in their order, and ends. Nobody is at its
/// other end.
class DefinitionsSession final : public protocol::Session {
public:
    /// `definitions` outlives it.
    DefinitionsSession(const Definitions& definitions, protocol::Wire& wire,
                       broker::Broker& broker);

    // protocol::Session
    void start() override {}
    [[nodiscard]] std::size_t receive(Bytes input, const Buffer*) override { return input.size(); }
    [[nodiscard]] std::size_t wanted() const override { return 0; }
    [[nodiscard]] std::int64_t tick(std::int64_t now_ms) override;
    void drained() override {}
    void shut_down() override { close(); }
    [[nodiscard]] bool lingers() override { return !closed_; }
    void ended() override {}
    // broker::Listener
    void completed(broker::Token token, std::error_code error) override;
    void deliver(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>) override {}
    void browsed(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>, bool) override {}
    void evicted(broker::ConnectionEnd) override { close(); }

private:
    void next();
    void ask();
    void close();

    const Definitions& definitions_;
    protocol::Wire& wire_;
    broker::ExchangeBroker& exchanges_;
    std::uint64_t done_ = 0;  ///< exchanges, queues and bindings
    bool begun_ = false;
    bool asking_ = false;
    bool answered_ = false;  ///< at once, while asking
    bool closed_ = false;
};

}  // namespace tern::amqp091
