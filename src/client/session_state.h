#pragma once

#include "client/listener_thread.h"
#include "client/producer_state.h"

namespace tern::client {

/// Behind Session: its consumers, its transaction, and the order in which it all ends.
class SessionState {
public:
    SessionState(std::shared_ptr<Core> core, const SessionOptions& options);
    ~SessionState();

    [[nodiscard]] Result<void> open();
    [[nodiscard]] Result<void> close();
    [[nodiscard]] Result<void> stop_listeners() { return listener_thread_.stop(); }
    [[nodiscard]] AckMode ack_mode() const { return options_.ack_mode; }

    [[nodiscard]] Result<std::unique_ptr<ProducerState>> add_producer(
        std::optional<Destination> destination, const ProducerOptions& options);
    [[nodiscard]] Result<void> flush(Timeout timeout) { return core_->drain(*window_, timeout); }

    [[nodiscard]] Result<std::shared_ptr<ConsumerState>> add_consumer(
        const Destination& destination, const ConsumerOptions& options);
    [[nodiscard]] Result<std::shared_ptr<ConsumerState>> add_browser(const Destination& destination,
                                                                     const BrowserOptions& options);
    [[nodiscard]] Result<void> listen(ConsumerState& consumer, Listener listener);
    [[nodiscard]] Result<void> await_next(ConsumerState& consumer,
                                          std::coroutine_handle<> coroutine,
                                          Result<Message>& message);
    [[nodiscard]] Result<void> spawn(Task task);
    [[nodiscard]] Result<void> join() { return listener_thread_.join(); }
    [[nodiscard]] Result<void> close(const std::shared_ptr<ConsumerState>& consumer);

    [[nodiscard]] Result<void> acknowledge();
    [[nodiscard]] Result<void> recover();
    [[nodiscard]] Result<void> commit();
    [[nodiscard]] Result<void> rollback();

    [[nodiscard]] Result<void> unsubscribe(const std::string& subscription);
    [[nodiscard]] Result<Destination> add_temporary(Destination::Kind kind);
    [[nodiscard]] Result<void> remove_temporary(const Destination& destination);

private:
    [[nodiscard]] Result<void> usable() const;
    [[nodiscard]] Result<void> expect_mode(AckMode mode, const char* what) const;
    [[nodiscard]] Result<std::shared_ptr<ConsumerState>> subscribe(const Destination& destination,
                                                                   ConsumerState::Mode mode,
                                                                   int prefetch,
                                                                   openwire::ConsumerInfo info);
    [[nodiscard]] Consumers consumers() const;
    void forget(const std::shared_ptr<ConsumerState>& consumer);
    [[nodiscard]] Result<void> after_rollback();
    [[nodiscard]] Result<void> unsubscribe_closed();
    [[nodiscard]] Result<void> commit_on(Core::Epoch epoch);
    [[nodiscard]] bool has_consumed() const;
    [[nodiscard]] Result<void> change(openwire::DestinationOperation operation,
                                      const Destination& destination);

    const std::shared_ptr<Core> core_;
    const SessionOptions options_;
    const std::int64_t id_;
    std::atomic<std::int64_t> numbers_{0};  ///< of consumers and producers
    std::atomic<bool> closed_{false};
    Transaction transaction_;
    const std::shared_ptr<SendWindow> window_ = std::make_shared<SendWindow>();

    std::condition_variable arrived_;
    Consumers consumers_;  ///< guarded by the core's mutex
    ListenerThread listener_thread_;
};

}  // namespace tern::client
