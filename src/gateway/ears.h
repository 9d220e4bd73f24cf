#pragma once

#include "base/frugal_deque.h"
#include "bytes/output.h"
#include "engine/connection.h"
#include "protocol/session.h"

#include <memory>

namespace tern::gateway {

/// What a session hears from the broker. The connection wants a listener before the session, which
/// wants the connection, exists.
///
/// A session that cannot send a body piece by piece gets it whole: it is read into memory, one
/// message at a time and while the output is not high, and what else the session would hear waits
/// behind it. What is too large for its client becomes a dead letter.
///
/// Runs on: the connection's shard.
class Ears final : public broker::Listener {
public:
    /// All outlive this object.
    Ears(const std::unique_ptr<protocol::Session>& session, const Output& output)
        : session_(session), output_(output) {}

    void set(engine::Connection& connection) { connection_ = &connection; }

    // broker::Listener
    void completed(broker::Token token, std::error_code error) override;
    void deliver(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> deliveries) override;
    void browsed(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
                 std::span<const broker::Delivery> content, bool last) override;
    void counted(broker::Token token, std::error_code error,
                 const broker::QueueCounts& counts) override;
    void cancelled(broker::ConsumerNumber consumer) override;
    void revoked(broker::ConsumerNumber consumer) override;
    void branch_ended(broker::TransactionNumber transaction, bool committed) override;
    [[nodiscard]] broker::PortraitPtr portrait() const override { return session_->portrait(); }
    void evicted(broker::ConnectionEnd why) override { session_->evicted(why); }

    /// Whether something waits for the output to go down: then `go_on`.
    [[nodiscard]] bool holds() const { return !held_.empty(); }
    void go_on();

private:
    /// Something that waits: a message, or anything else.
    struct Held {
        Task event = nullptr;
        broker::ConsumerNumber consumer{};
        broker::QueueInfoPtr queue = nullptr;
        broker::Delivery delivery{};
        bool browsed = false;
        bool last = false;
    };
    /// A body that is being read.
    struct Reading {
        Held held;
        MutableBuffer block;
        std::size_t bytes = 0;
    };

    [[nodiscard]] bool waits() const { return busy_ || !held_.empty(); }
    [[nodiscard]] bool wants_whole(std::span<const broker::Delivery> deliveries) const;
    void hold(Task event);
    void hold(broker::ConsumerNumber consumer, const broker::QueueInfo& queue,
              std::span<const broker::Delivery> deliveries, bool browsed, bool last);
    void take(Held held);
    void hand_over(const Held& held);
    void read_whole(Held held);
    void read_more();
    void came(const Result<std::vector<Buffer>>& pieces);
    void refuse(const Held& held, std::string_view why);

    const std::unique_ptr<protocol::Session>& session_;
    const Output& output_;
    engine::Connection* connection_ = nullptr;
    FrugalDeque<Held> held_;
    std::unique_ptr<Reading> reading_;
    bool busy_ = false;  ///< with what comes before all that waits
};

}  // namespace tern::gateway
