#include "client/browser.h"

#include "client/session_state.h"

namespace tern::client {

Browser::Browser(std::shared_ptr<SessionState> session, std::shared_ptr<ConsumerState> state)
    : session_(std::move(session)), state_(std::move(state)) {}
Browser::Browser(Browser&&) noexcept = default;
Browser& Browser::operator=(Browser&& other) noexcept {
    std::swap(session_, other.session_);
    std::swap(state_, other.state_);
    return *this;
}

Browser::~Browser() {
    std::ignore = close();
}

Result<std::optional<Message>> Browser::next() {
    return state_->receive({});
}

Result<void> Browser::close() {
    return state_ ? session_->close(state_) : Result<void>();
}

}  // namespace tern::client
