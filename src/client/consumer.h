#pragma once

#include "client/options.h"

#include <functional>
#include <memory>
#include <optional>

namespace tern::client {

class ConsumerState;
class SessionState;

/// Called with one message after the other, on the session's own thread. When it throws and the
/// session acknowledges by itself, the message comes again, as RedeliveryPolicy says.
using Listener = std::function<void(const Message&)>;

/// Receives messages, by asking or by listening. Belongs to its session, see there about threads.
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

    /// AckMode::individual: this message is done.
    [[nodiscard]] Result<void> acknowledge(const Message& message);

    /// What was received and not acknowledged goes back to the broker; in a transaction that has to
    /// wait for its end. Waits for the listener, unless it is the caller.
    [[nodiscard]] Result<void> close();

private:
    friend class Session;
    Consumer(std::shared_ptr<SessionState> session, std::shared_ptr<ConsumerState> state);

    std::shared_ptr<SessionState> session_;
    std::shared_ptr<ConsumerState> state_;
};

}  // namespace tern::client
