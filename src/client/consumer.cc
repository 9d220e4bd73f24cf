#include "client/consumer.h"

#include "client/session_state.h"

namespace tern::client {

Consumer::Consumer(std::shared_ptr<SessionState> session, std::shared_ptr<ConsumerState> state)
    : session_(std::move(session)), state_(std::move(state)) {}
Consumer::Consumer(Consumer&&) noexcept = default;
Consumer& Consumer::operator=(Consumer&& other) noexcept {
    std::swap(session_, other.session_);
    std::swap(state_, other.state_);
    return *this;
}

Consumer::~Consumer() {
    std::ignore = close();
}

Result<Message> Consumer::receive() {
    for (;;) {
        auto message = state_->receive({});
        if (!message) return std::unexpected(std::move(message.error()));
        if (*message) return std::move(**message);
    }
}

Result<std::optional<Message>> Consumer::receive(milliseconds timeout) {
    return state_->receive(timeout);
}

Result<std::optional<Message>> Consumer::receive_no_wait() {
    return state_->receive(milliseconds::zero());
}

Result<void> Consumer::set_listener(Listener listener) {
    return session_->listen(*state_, std::move(listener));
}

bool NextMessage::await_suspend(std::coroutine_handle<> coroutine) {
    const auto waiting = session_.await_next(state_, coroutine, message_);
    // If it waits, it may be at work again by now, and this object gone.
    if (waiting) return true;
    message_ = std::unexpected(waiting.error());
    return false;
}

NextMessage Consumer::next() {
    return {*session_, *state_};
}

Result<void> Consumer::acknowledge(const Message& message) {
    return state_->acknowledge(message);
}

Result<void> Consumer::close() {
    return state_ ? session_->close(state_) : Result<void>();
}

}  // namespace tern::client
