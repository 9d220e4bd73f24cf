#pragma once

#include "client/session.h"

namespace tern::client {

/// Asks a service behind a queue or topic: requests go there, answers come back on a temporary
/// queue. Belongs to its session, see there about threads.
class Requester {
public:
    /// Errors: wrong_mode (the session must be AckMode::automatic: it may not hold messages back);
    /// those of Session's functions.
    [[nodiscard]] static Result<Requester> create(Session& session, Destination service);
    Requester(Requester&&) noexcept = default;
    Requester& operator=(Requester&&) noexcept = default;
    ~Requester() = default;

    /// Sends the request and waits for its answer: the one that carries the request's correlation
    /// id, or its message id as correlation id. Gives nothing when the time is over; an answer that
    /// is late is dropped.
    [[nodiscard]] Result<std::optional<Message>> request(Message message, milliseconds timeout);

    /// Where answers come.
    [[nodiscard]] const Destination& reply_to() const { return reply_to_; }

private:
    Requester(Destination reply_to, Producer producer, Consumer consumer)
        : reply_to_(std::move(reply_to)),
          producer_(std::move(producer)),
          consumer_(std::move(consumer)) {}

    Destination reply_to_;
    Producer producer_;
    Consumer consumer_;
    std::int64_t requests_ = 0;
};

}  // namespace tern::client
