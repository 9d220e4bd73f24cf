#pragma once

#include "broker/api/broker.h"
#include "protocol/mqtt/options.h"
#include "protocol/mqtt/sys_tree.h"
#include "protocol/session.h"
#include "protocol/wire.h"

namespace tern::mqtt {

/// Publishes the `$SYS` tree now and then. Has no peer.
class SysSession final : public protocol::Session {
public:
    SysSession(const Options& options, const Traffic& traffic, SysBoard& board,
               protocol::Wire& wire, broker::Broker& broker);

    // protocol::Session
    void start() override {}
    [[nodiscard]] std::size_t receive(Bytes input, const Buffer*) override { return input.size(); }
    [[nodiscard]] std::size_t wanted() const override { return 0; }
    [[nodiscard]] std::int64_t tick(std::int64_t now_ms) override;
    void drained() override {}
    void shut_down() override { wire_.close(""); }
    [[nodiscard]] bool lingers() override { return true; }
    void ended() override {}
    // broker::Listener
    void completed(broker::Token, std::error_code) override {}
    void deliver(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>) override {}
    void browsed(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>, bool) override {}
    void evicted(broker::ConnectionEnd) override {}

private:
    void publish(const std::vector<broker::QueueReport>& queues);

    const Options& options_;
    const Traffic& traffic_;
    SysBoard& board_;
    protocol::Wire& wire_;
    broker::Broker& broker_;
    SysTree tree_;
    std::int64_t next_ms_;
};

}  // namespace tern::mqtt
