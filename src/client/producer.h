#pragma once

#include "client/options.h"

#include <functional>
#include <memory>

namespace tern::client {

class ProducerState;
class SessionState;

/// Called once, on the connection's thread: with nothing when the broker has confirmed, or with
/// what went wrong. It must neither block, nor throw, nor use the connection.
using Completion = std::function<void(const Result<void>&)>;

/// Sends messages. Belongs to its session, see there about threads.
class Producer {
public:
    Producer(Producer&&) noexcept;
    Producer& operator=(Producer&&) noexcept;
    /// Closes.
    ~Producer();

    /// Sends to the producer's destination or, if it has none, to the message's. Waits for the
    /// broker's confirmation as ProducerOptions::confirm says: a confirmed persistent message
    /// survives the broker. Returns the message's id.
    /// Errors: refused; timed_out; unsendable; bad_argument; connection_lost; closed.
    [[nodiscard]] Result<std::string> send(const Message& message, Timeout timeout = {});

    /// Does not wait for the confirmation: `completion` hears of it, and Session::flush waits for
    /// all. Waits only while SessionOptions::unconfirmed_max are under way. After an error
    /// `completion` is not called.
    [[nodiscard]] Result<std::string> send_async(const Message& message,
                                                 Completion completion = {});

    [[nodiscard]] Result<void> close();

private:
    friend class Session;
    Producer(std::shared_ptr<SessionState> session, std::unique_ptr<ProducerState> state);

    std::shared_ptr<SessionState> session_;
    std::unique_ptr<ProducerState> state_;
};

}  // namespace tern::client
