#pragma once

#include "client/browser.h"
#include "client/consumer.h"
#include "client/options.h"
#include "client/producer.h"
#include "client/task.h"

#include <memory>
#include <optional>

namespace tern::client {

class SessionState;

/// Where messages are sent and received, in order, and acknowledged or committed together. Used by
/// one thread at a time. Once one of its consumers has a listener, or there is a task, that thread
/// is the session's own, on which all of them run one after the other; others may then only create
/// and close.
class Session {
public:
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    /// Closes.
    ~Session();

    /// Without a destination each message names its own.
    [[nodiscard]] Result<Producer> create_producer(std::optional<Destination> destination = {},
                                                   const ProducerOptions& options = {});
    /// Messages are sent ahead from then on.
    [[nodiscard]] Result<Consumer> create_consumer(const Destination& destination,
                                                   const ConsumerOptions& options = {});
    /// Looks at what a queue holds now.
    [[nodiscard]] Result<Browser> browse(const Destination& queue,
                                         const BrowserOptions& options = {});

    /// Exists until the connection ends or removes it, and only this connection may consume from
    /// it.
    [[nodiscard]] Result<Destination> create_temporary_queue();
    [[nodiscard]] Result<Destination> create_temporary_topic();
    [[nodiscard]] Result<void> remove_temporary(const Destination& destination);

    /// Ends the subscription with this name, ConsumerOptions::subscription, and forgets what waits
    /// for it. Errors: refused (there is none, or a consumer uses it).
    [[nodiscard]] Result<void> unsubscribe(const std::string& subscription);

    /// Waits until the broker has confirmed all that was sent with Producer::send_async.
    /// Errors: what went wrong first since the last time.
    [[nodiscard]] Result<void> flush(Timeout timeout = {});

    /// AckMode::client: all messages received so far are done.
    [[nodiscard]] Result<void> acknowledge();
    /// AckMode::client and individual: what was received and not acknowledged comes again.
    [[nodiscard]] Result<void> recover();

    /// AckMode::transacted: all that was sent and received since the last time is done. When that
    /// fails with `refused`, or because a message was refused, it is rolled back. With failover it
    /// may have been `rolled_back`, or be `in_doubt`: either all or nothing of it has happened, and
    /// what was received and not done comes again. After any other error the outcome is unknown and
    /// the session is of no use any more.
    [[nodiscard]] Result<void> commit();
    /// AckMode::transacted: what was sent since the last time is forgotten, what was received comes
    /// again, as RedeliveryPolicy says.
    [[nodiscard]] Result<void> rollback();

    /// Runs a coroutine on the session's own thread, beside others and listeners. When the session
    /// closes, it hears so from what it waits for, and is destroyed when it waits again.
    [[nodiscard]] Result<void> spawn(Task task);
    /// Waits until all tasks have ended, and says what went wrong first.
    /// Errors: wrong_mode (called by one of them); those of tasks.
    [[nodiscard]] Result<void> join();

    [[nodiscard]] AckMode ack_mode() const;

    /// Rolls back, closes producers and consumers, waits for a listener that is at work.
    /// Errors: wrong_mode (called by a listener); those of `flush`.
    [[nodiscard]] Result<void> close();

private:
    friend class Connection;
    explicit Session(std::shared_ptr<SessionState> state);

    std::shared_ptr<SessionState> state_;
};

}  // namespace tern::client
