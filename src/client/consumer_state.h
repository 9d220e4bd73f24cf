#pragma once

#include "client/consumer.h"
#include "client/redelivery.h"
#include "client/transaction.h"

namespace tern::client {

/// Behind Consumer and Browser: takes messages from their queue of deliveries, and tells the broker
/// what becomes of them.
class ConsumerState final : public Receiver {
public:
    using Mode = Deliveries::Mode;

    /// `arrived` is notified of all that happens here, under the core's mutex.
    ConsumerState(Core& core, Transaction& transaction, std::condition_variable& arrived,
                  openwire::ConsumerId id, Destination destination, Mode mode, int prefetch)
        : core_(core),
          transaction_(transaction),
          arrived_(arrived),
          id_(id),
          destination_(std::move(destination)),
          mode_(mode),
          prefetch_(prefetch),
          deliveries_(mode, prefetch, policy_of(core.options(), destination_), core.audit(),
                      std::to_string(id.session_id) + ":" + std::to_string(id.value)) {}
    ~ConsumerState() { core_.remove(id_); }

    /// Completes `info` and subscribes.
    [[nodiscard]] Result<void> subscribe(openwire::ConsumerInfo info);
    /// Nothing is handed out any more; waits for a listener at work, or a coroutine that has to
    /// hear of it, unless it is called on their thread.
    void shut(bool on_session_thread);
    /// Says goodbye to the broker.
    [[nodiscard]] Result<void> unsubscribe();

    /// Nothing when the timeout is over, at the end of a browse, and after a pull without result.
    /// Errors: closed; interrupted; connection_lost; wrong_mode.
    [[nodiscard]] Result<std::optional<Message>> receive(Timeout timeout);

    /// Errors: wrong_mode (there is one already, or it would never get anything).
    [[nodiscard]] Result<void> set_listener(Listener listener);
    /// `coroutine` is resumed on the listener thread when `message` has the next one, or says why
    /// there is none. Errors: wrong_mode; those of `receive`; it is not resumed then.
    [[nodiscard]] Result<void> await_next(std::coroutine_handle<> coroutine,
                                          Result<Message>& message);
    /// There is no listener thread any more. Runs on: the listener thread.
    void end_listening();
    /// Hands a message to the listener or coroutine; false when there is none.
    /// Runs on: the listener thread.
    [[nodiscard]] bool serve_listener();
    /// When that may succeed. Under the core's mutex.
    [[nodiscard]] std::optional<Deliveries::Instant> listener_ready_at() const;

    // What becomes of delivered messages.
    [[nodiscard]] Result<void> acknowledge_all();
    [[nodiscard]] Result<void> acknowledge(const Message& message);
    [[nodiscard]] Result<void> roll_back();
    void committed();
    /// Something that is not settled.
    [[nodiscard]] bool has_delivered() const;
    /// Something that was delivered on a lost connection and has not come again.
    [[nodiscard]] bool misses_delivered() const;
    [[nodiscard]] bool is_shut() const;

private:
    using Lock = Core::Lock;

    /// Whether the broker watches the clock now.
    [[nodiscard]] Result<bool> pull(const Core::Deadline& deadline);
    /// One message, or acknowledgements that must leave before waiting goes on, or nothing.
    [[nodiscard]] Result<std::optional<Message>> take(const Core::Deadline& deadline, Acks& acks);
    /// Whether a pull has got lost, and nobody has taken notice.
    [[nodiscard]] bool pulls_again();
    [[nodiscard]] std::optional<Message> next(Acks& acks);
    [[nodiscard]] std::optional<Error> obstacle() const;
    [[nodiscard]] Result<void> send(Acks& acks);
    [[nodiscard]] Result<void> send_collected(Lock lock, Acks acks);
    void call_listener(const Message& message);
    [[nodiscard]] bool serve_coroutine();
    void resume(Lock& lock, Result<Message> message, Acks acks);

    // Receiver
    void on_dispatch(Delivery delivery) override;
    void on_nothing_more() override;
    void on_prefetch(int prefetch) override;
    void on_closed_by_broker() override;
    void on_interrupted() override;
    void on_stopped() override { arrived_.notify_all(); }
    [[nodiscard]] std::int64_t last_delivered_sequence_id() const override {
        return deliveries_.last_delivered_sequence_id();
    }

    Core& core_;
    Transaction& transaction_;
    std::condition_variable& arrived_;
    const openwire::ConsumerId id_;
    const Destination destination_;
    const Mode mode_;

    // Guarded by the core's mutex.
    int prefetch_;
    Deliveries deliveries_;
    Listener listener_;
    std::coroutine_handle<> coroutine_;             ///< waits for the next message...
    Result<Message>* coroutine_message_ = nullptr;  ///< ...which goes here
    std::thread::id listener_at_work_;              ///< on this thread; on none by default
    bool listening_ended_ = false;
    bool pulling_ = false;    ///< neither a message nor its end has come yet
    bool pull_lost_ = false;  ///< with the connection
    bool nothing_more_ = false;
    bool cut_off_ = false;  ///< in the middle of a browse
    bool closed_by_broker_ = false;
    bool shut_ = false;
};

}  // namespace tern::client
