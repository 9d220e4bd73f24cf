#pragma once

#include "broker/api/large_bodies.h"
#include "broker/api/listener.h"
#include "client.h"
#include "machine.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace tern::simulation {

/// A client whose bodies go to files of their own, piece by piece. Only rooms of other protocols
/// than OpenWire can send so: it speaks to the broker itself, and only sends.
class Uploader final : private broker::Listener {
public:
    Uploader(std::size_t number, Dice& dice, Oracle& oracle, Trace& trace, const Places& places);
    ~Uploader() override;

    void connect(Machine& machine, ShardId shard, std::function<void()> before_taking);
    [[nodiscard]] bool connected() const { return connection_ != nullptr; }
    /// Does something soon, if there is anything to do.
    void act();
    /// Ends its connection soon, with all that is on its way.
    void leave();
    /// The process dies.
    void abandon();

private:
    struct Body {
        Number number = 0;
        std::vector<std::uint8_t> content;
        std::size_t appended = 0;
        std::unique_ptr<broker::LargeBodyWriter> writer;
    };

    // broker::Listener
    void completed(broker::Token token, std::error_code error) override;
    void deliver(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>) override {}
    void browsed(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>, bool) override {}
    void evicted(broker::ConnectionEnd) override {}

    // Runs on: its shard, as what follows.
    void act_now();
    void begin_body();
    void append();
    void publish();
    void change_transaction();
    void disconnect();
    [[nodiscard]] broker::Token token(std::function<void(bool refused)> said);
    [[nodiscard]] MessagePtr message(const Oracle::Sending& sending, LargeBodyPtr body) const;

    const std::size_t number_;
    const std::string name_;
    Dice& dice_;
    Oracle& oracle_;
    Trace& trace_;
    const Places& places_;

    Machine* machine_ = nullptr;
    ShardId shard_{};
    std::function<void()> before_taking_;
    engine::Connection* connection_ = nullptr;
    Oracle::Connection known_as_ = 0;
    bool posted_ = false;
    std::optional<Body> body_;
    TransactionPtr transaction_;
    std::uint64_t last_transaction_ = 0;
    std::int64_t last_sequence_ = 0;
    std::uint64_t last_token_ = 0;
    std::map<std::uint64_t, std::function<void(bool refused)>> unanswered_;
};

}  // namespace tern::simulation
