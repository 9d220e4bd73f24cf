#include "client/connection.h"

#include "client/session_state.h"
#include "client/url.h"

namespace tern::client {

struct Connection::Parts {
    std::shared_ptr<Core> core;
    std::mutex mutex;
    std::vector<std::weak_ptr<SessionState>> sessions;
};

Connection::Connection(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&& other) noexcept {
    std::swap(parts_, other.parts_);
    return *this;
}

Connection::~Connection() {
    std::ignore = close();
}

Result<Connection> Connection::connect(ConnectionOptions options) {
    const auto endpoint = parse_url(options.url);
    if (!endpoint) return std::unexpected(endpoint.error());
    const auto deadline = std::chrono::steady_clock::now() + options.connect_timeout;
    auto socket = Socket::connect(*endpoint, deadline);
    if (!socket) return std::unexpected(std::move(socket.error()));
    return log_in(std::move(*socket), endpoint->host, std::move(options), deadline);
}

Result<Connection> Connection::adopt(int socket, ConnectionOptions options) {
    Socket owned(socket);
    const auto endpoint = parse_url(options.url);
    if (!endpoint) return std::unexpected(endpoint.error());
    const auto deadline = std::chrono::steady_clock::now() + options.connect_timeout;
    return log_in(std::move(owned), endpoint->host, std::move(options), deadline);
}

Result<Connection> Connection::log_in(Socket socket, std::string_view host,
                                      ConnectionOptions options,
                                      std::chrono::steady_clock::time_point deadline) {
    auto link = Link::open(std::move(socket), options, host, deadline);
    if (!link) return std::unexpected(std::move(link.error()));
    auto core = std::make_shared<Core>(std::move(options));
    if (auto opened = core->open(std::move(*link)); !opened) {
        return std::unexpected(std::move(opened.error()));
    }
    auto parts = std::make_unique<Parts>();
    parts->core = std::move(core);
    return Connection(std::move(parts));
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
