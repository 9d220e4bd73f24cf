#include "client/connection.h"

#include "client/session_state.h"

namespace tern::client {

struct Connection::Parts {
    explicit Parts(std::shared_ptr<Core> shared) : core(std::move(shared)) {}

    std::shared_ptr<Core> core;
    std::mutex mutex;
    std::vector<std::weak_ptr<SessionState>> sessions;
};

Connection::Connection(std::shared_ptr<Core> core)
    : parts_(std::make_unique<Parts>(std::move(core))) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&& other) noexcept {
    std::swap(parts_, other.parts_);
    return *this;
}

Connection::~Connection() {
    std::ignore = close();
}

Result<Connection> Connection::connect(ConnectionOptions options) {
    const auto url = parse_url(options.url, options);
    if (!url) return std::unexpected(url.error());
    auto core = std::make_shared<Core>(std::move(options));
    if (auto opened = core->open(*url); !opened) return std::unexpected(std::move(opened.error()));
    return Connection(std::move(core));
}

Result<Connection> Connection::adopt(int socket, ConnectionOptions options) {
    const auto url = parse_url(options.url);
    if (!url || url->failover) {
        const Socket closes(socket);
        if (!url) return std::unexpected(url.error());
        return failure(Errc::bad_argument, "one socket is not enough for failover");
    }
    options.open_socket = [socket](const std::string&, std::uint16_t) -> Result<int> {
        return socket;
    };
    return connect(std::move(options));
}

Result<Session> Connection::create_session(const SessionOptions& options) {
    if (!parts_) return failure(Errc::closed);
    auto state = std::make_shared<SessionState>(parts_->core, options);
    if (auto opened = state->open(); !opened) return std::unexpected(std::move(opened.error()));
    const std::lock_guard lock(parts_->mutex);
    std::erase_if(parts_->sessions, [](const auto& session) { return session.expired(); });
    parts_->sessions.push_back(state);
    return Session(std::move(state));
}

void Connection::interrupt() {
    if (parts_) parts_->core->interrupt();
}

Result<void> Connection::close() {
    if (!parts_) return {};
    // A listener that does would not end.
    parts_->core->wait_no_more();
    std::vector<std::weak_ptr<SessionState>> sessions;
    {
        const std::lock_guard lock(parts_->mutex);
        sessions = parts_->sessions;
    }
    for (const auto& weak : sessions) {
        const auto session = weak.lock();
        if (!session) continue;
        if (auto stopped = session->stop_listeners(); !stopped) return stopped;
    }
    return parts_->core->close();
}

}  // namespace tern::client
