#pragma once

#include "client/options.h"

#include <coroutine>
#include <functional>
#include <memory>
#include <optional>

namespace tern::client {

class ConsumerState;
class SessionState;

/// Called with one message after the other, on the session's own thread. When it throws and the
/// session acknowledges by itself, the message comes again, as RedeliveryPolicy says.
using Listener = std::function<void(const Message&)>;

/// What a coroutine waits for with Consumer::next.
class NextMessage {
public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> coroutine);
    [[nodiscard]] Result<Message> await_resume() { return std::move(message_); }

private:
    friend class Consumer;
    NextMessage(SessionState& session, ConsumerState& state) : session_(session), state_(state) {}

    SessionState& session_;
    ConsumerState& state_;
    Result<Message> message_ = failure(Errc::closed);
};

/// Receives messages, by asking, by listening, or in a coroutine. Belongs to its session, see there
/// about threads.
class Consumer {
public:
    Consumer(Consumer&&) noexcept;
    Consumer& operator=(Consumer&&) noexcept;
    /// Closes.
    ~Consumer();

    /// Waits for the next message.
    /// Errors: closed; interrupted; connection_lost; wrong_mode (there is a listener).
    [[nodiscard]] Result<Message> receive();
    /// The same, but gives nothing when the time is over.
    [[nodiscard]] Result<std::optional<Message>> receive(milliseconds timeout);
    /// Gives what is here already. Without prefetch the broker is asked.
    [[nodiscard]] Result<std::optional<Message>> receive_no_wait();

    /// Messages go to `listener` from now on, for good.
    /// Errors: wrong_mode (there is one, or the consumer has a prefetch of 0).
    [[nodiscard]] Result<void> set_listener(Listener listener);

    /// For coroutines, see task.h: `const auto message = co_await consumer.next();`. The coroutine
    /// goes on on the session's own thread. One of them waits at a time.
    /// Errors: those of `receive`; wrong_mode (there is a listener, or a prefetch of 0).
    [[nodiscard]] NextMessage next();

    /// AckMode::individual: this message is done.
    [[nodiscard]] Result<void> acknowledge(const Message& message);

    /// What was received and not acknowledged goes back to the broker; in a transaction that has to
    /// wait for its end. Waits for the listener, unless it is the caller; a coroutine that waits
    /// gets `closed`.
    [[nodiscard]] Result<void> close();

private:
    friend class Session;
    Consumer(std::shared_ptr<SessionState> session, std::shared_ptr<ConsumerState> state);

    std::shared_ptr<SessionState> session_;
    std::shared_ptr<ConsumerState> state_;
};

}  // namespace tern::client
