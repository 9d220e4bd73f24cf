#include "client/producer.h"

#include "client/session_state.h"

namespace tern::client {

Producer::Producer(std::shared_ptr<SessionState> session, std::unique_ptr<ProducerState> state)
    : session_(std::move(session)), state_(std::move(state)) {}
Producer::Producer(Producer&&) noexcept = default;
Producer& Producer::operator=(Producer&& other) noexcept {
    std::swap(session_, other.session_);
    std::swap(state_, other.state_);
    return *this;
}

Producer::~Producer() {
    std::ignore = close();
}

Result<std::string> Producer::send(const Message& message, Timeout timeout) {
    return state_->send(message, timeout);
}

Result<std::string> Producer::send_async(const Message& message, Completion completion) {
    return state_->send_async(message, std::move(completion));
}

Result<void> Producer::close() {
    return state_ ? state_->close() : Result<void>();
}

}  // namespace tern::client
