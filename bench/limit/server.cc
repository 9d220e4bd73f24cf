#include "bench/limit/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace tern::limit {

namespace {

constexpr std::size_t kReadBytes = 64UL << 10;
constexpr std::int32_t kFrameBytesMax = 100 << 20;
constexpr int kEventsMax = 256;
constexpr std::uint8_t kCommitOnePhase = 2;
constexpr std::uint8_t kRollback = 4;

void watch(int poller, int operation, int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(poller, operation, fd, &event) != 0) die("epoll_ctl");
}

bool is_message(Type type) {
    return type >= Type::message_first && type <= Type::message_last;
}

}  // namespace

Server::Server(SyncedLog* log)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      poller_(::epoll_create1(EPOLL_CLOEXEC)),
      log_(log) {
    if (listener_ < 0 || poller_ < 0) die("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listener_, generic, size) != 0) die("bind");
    if (::listen(listener_, SOMAXCONN) != 0) die("listen");
    if (::getsockname(listener_, generic, &size) != 0) die("getsockname");
    port_ = ntohs(address.sin_port);
    watch(poller_, EPOLL_CTL_ADD, listener_, EPOLLIN);
}

void Server::run(const volatile bool& stop) {
    std::array<epoll_event, kEventsMax> events{};
    while (!stop) {
        const int count = ::epoll_wait(poller_, events.data(), kEventsMax, -1);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < count; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            const auto found = connections_.find(event.data.fd);
            if (found == connections_.end()) {
                accept_all();
                continue;
            }
            Connection& connection = *found->second;
            if ((event.events & EPOLLOUT) != 0) set_blocked(connection, false);
            if ((event.events & ~EPOLLOUT) != 0 && !receive(connection)) close(connection);
        }
        if (log_ != nullptr) log_->commit();
        for (auto entry = connections_.begin(); entry != connections_.end();) {
            Connection& connection = *(entry++)->second;
            if (!flush(connection)) close(connection);
        }
    }
}

void Server::accept_all() {
    for (;;) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(poller_, EPOLL_CTL_ADD, fd, EPOLLIN);
        auto connection = std::make_unique<Connection>(fd);
        put_wire_format_info(connection->out);
        connections_.emplace(fd, std::move(connection));
    }
}

bool Server::receive(Connection& connection) {
    auto& in = connection.in;
    if (in.size() < connection.in_bytes + kReadBytes) in.resize(connection.in_bytes + kReadBytes);
    const auto count = ::read(connection.fd, in.data() + connection.in_bytes, kReadBytes);
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    connection.in_bytes += static_cast<std::size_t>(count);
    const auto used = handle_frames(connection, {in.data(), connection.in_bytes});
    if (used < 0) return false;
    connection.in_bytes -= static_cast<std::size_t>(used);
    std::memmove(in.data(), in.data() + used, connection.in_bytes);
    return true;
}

std::ptrdiff_t Server::handle_frames(Connection& connection, std::string_view bytes) {
    std::size_t used = 0;
    for (;;) {
        Reader size_field(bytes.substr(used));
        const auto size = size_field.i32();
        if (!size_field.ok()) return static_cast<std::ptrdiff_t>(used);
        if (size < 0 || size > kFrameBytesMax) return -1;
        const auto frame = bytes.substr(used + 4, static_cast<std::size_t>(size));
        if (frame.size() < static_cast<std::size_t>(size)) return static_cast<std::ptrdiff_t>(used);
        if (!handle(connection, frame)) return -1;
        used += 4 + frame.size();
    }
}

bool Server::handle(Connection& connection, std::string_view frame) {
    if (!frame.empty() && static_cast<Type>(frame[0]) == Type::wire_format_info) {
        put_broker_info(connection.out);
        return true;
    }
    Reader in(frame);
    const Head head = read_head(in);
    if (is_message(head.type)) {
        publish(connection, frame, in);
    } else if (head.type == Type::message_ack) {
        acknowledge(connection, frame, in);
    } else if (head.type == Type::transaction_info) {
        end_transaction(connection, in);
    } else if (head.type == Type::consumer_info) {
        const auto id = in.object();
        in.flag();  // browser
        const auto destination = in.object();
        const auto prefetch = in.i32();
        connection.consumers.push_back(
            exchange_.subscribe(destination, id, prefetch, connection.out));
    } else if (head.type == Type::remove_info) {
        const auto id = in.object();
        std::erase_if(connection.consumers, [&](const auto& consumer) {
            if (consumer->id != id) return false;
            exchange_.unsubscribe(*consumer);
            return true;
        });
    }
    if (head.wants_response) put_response(connection.out, head.command_id);
    return in.ok();
}

void Server::publish(Connection& connection, std::string_view frame, Reader& in) {
    const MessageFields fields = read_message(in);
    if (!in.ok()) return;
    if (log_ != nullptr && fields.persistent) log_->append(frame);
    if (fields.transacted) {
        connection.staged.emplace_back(fields.destination, frame);
    } else {
        exchange_.publish(fields.destination, frame);
    }
}

void Server::acknowledge(Connection& connection, std::string_view frame, Reader& in) {
    in.object();  // destination
    in.object();  // transactionId
    const auto id = in.object();
    const auto ack_type = in.u8();
    in.object();  // firstMessageId
    in.object();  // lastMessageId
    const auto count = in.i32();
    const auto& consumers = connection.consumers;
    const auto found =
        std::ranges::find(consumers, id, [](const auto& c) -> std::string_view { return c->id; });
    if (!in.ok() || found == consumers.end()) return;
    if (log_ != nullptr) log_->append(frame);
    exchange_.acknowledge(**found, ack_type, count);
}

void Server::end_transaction(Connection& connection, Reader& in) {
    in.object();  // connectionId
    in.object();  // transactionId
    const auto action = in.u8();
    if (action != kCommitOnePhase && action != kRollback) return;
    auto staged = std::move(connection.staged);
    connection.staged.clear();
    if (action == kRollback) return;
    for (const auto& [destination, message] : staged) exchange_.publish(destination, message);
}

bool Server::flush(Connection& connection) {
    auto& out = connection.out;
    while (!connection.blocked && connection.out_sent < out.size()) {
        const auto count = ::send(connection.fd, out.data() + connection.out_sent,
                                  out.size() - connection.out_sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN) return false;
        if (count < 0) {
            set_blocked(connection, true);
        } else {
            connection.out_sent += static_cast<std::size_t>(count);
        }
    }
    if (connection.out_sent == out.size()) {
        out.clear();
        connection.out_sent = 0;
    }
    return true;
}

void Server::set_blocked(Connection& connection, bool blocked) {
    connection.blocked = blocked;
    watch(poller_, EPOLL_CTL_MOD, connection.fd, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void Server::close(Connection& connection) {
    for (const auto& consumer : connection.consumers) exchange_.unsubscribe(*consumer);
    const int fd = connection.fd;
    ::close(fd);
    connections_.erase(fd);
}

}  // namespace tern::limit
