#include "client/socket.h"

#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <unistd.h>

namespace tern::client {
namespace {

constexpr int kNone = -1;

std::string system_text(int error) {
    return std::system_category().message(error);
}

int poll_timeout_ms(Socket::Instant deadline) {
    if (deadline == Socket::Instant::max()) return -1;
    const auto now = std::chrono::steady_clock::now();
    if (deadline <= now) return 0;
    // Rounded up: a wait that ends too early would be repeated with 0.
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
    constexpr std::int64_t kLongest = 60'000;
    return static_cast<int>(std::min<std::int64_t>(ms, kLongest));
}

bool would_block(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<Addresses> resolve(const Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(endpoint.port);
    const int error = getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found);
    if (error != 0) return failure(Errc::unreachable, endpoint.host + ": " + gai_strerror(error));
    return Addresses(found, &freeaddrinfo);
}

/// 0, or the error number.
int connect_to(const Socket& socket, int descriptor, const addrinfo& address,
               Socket::Instant deadline) {
    if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    while (!socket.wait(Socket::Want::write, kNone, deadline).socket_write) {
        if (std::chrono::steady_clock::now() >= deadline) return ETIMEDOUT;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

}  // namespace

Result<Socket> Socket::connect(const Endpoint& endpoint, Instant deadline) {
    const auto addresses = resolve(endpoint);
    if (!addresses) return std::unexpected(addresses.error());
    int error = 0;
    for (const addrinfo* address = addresses->get(); address != nullptr;
         address = address->ai_next) {
        const int descriptor = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            error = errno;
            continue;
        }
        Socket socket(descriptor);
        error = connect_to(socket, descriptor, *address, deadline);
        if (error != 0) continue;
        const int no_delay = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
        return socket;
    }
    return failure(Errc::unreachable,
                   endpoint.host + ":" + std::to_string(endpoint.port) + ": " + system_text(error));
}

Socket::Socket(int descriptor) : descriptor_(descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFL);
    ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

Socket::~Socket() {
    if (descriptor_ != kNone) ::close(descriptor_);
}

Result<std::optional<std::size_t>> Socket::read_some(std::span<std::uint8_t> space) {
    const ssize_t count = ::recv(descriptor_, space.data(), space.size(), 0);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) return failure(Errc::connection_lost, "the broker has closed it");
    if (would_block(errno)) return std::nullopt;
    return failure(Errc::connection_lost, system_text(errno));
}

Result<bool> Socket::write_some(Output& output) {
    constexpr std::size_t kPiecesMax = 64;
    while (!output.empty()) {
        std::array<Bytes, kPiecesMax> pieces;
        std::array<iovec, kPiecesMax> vectors{};
        const std::size_t count = output.gather(pieces);
        for (std::size_t i = 0; i < count; ++i) {
            // The system does not write there; its interface is older than const.
            vectors[i] = {const_cast<std::uint8_t*>(pieces[i].data()), pieces[i].size()};
        }
        msghdr header{};
        header.msg_iov = vectors.data();
        header.msg_iovlen = count;
        const ssize_t written = ::sendmsg(descriptor_, &header, MSG_NOSIGNAL);
        if (written < 0 && would_block(errno)) return false;
        if (written < 0) return failure(Errc::connection_lost, system_text(errno));
        output.consume(static_cast<std::size_t>(written));
    }
    return true;
}

Socket::Ready Socket::wait(Want want, int other_descriptor, Instant deadline) const {
    short events = 0;
    if (want != Want::write) events |= POLLIN;
    if (want != Want::read) events |= POLLOUT;
    std::array<pollfd, 2> waiting{{{descriptor_, events, 0}, {other_descriptor, POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), poll_timeout_ms(deadline)) <= 0) return {};
    const short found = waiting[0].revents;
    const bool broken = (found & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    return {.socket_read = broken || (found & POLLIN) != 0,
            .socket_write = broken || (found & POLLOUT) != 0,
            .other_read = (waiting[1].revents & POLLIN) != 0};
}

WakeUp::WakeUp() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

WakeUp::~WakeUp() {
    if (descriptor_ != kNone) ::close(descriptor_);
}

void WakeUp::signal() {
    // Fails only when the counter is full, and then the other side is awake.
    std::ignore = ::eventfd_write(descriptor_, 1);
}

void WakeUp::clear() {
    eventfd_t count = 0;
    std::ignore = ::eventfd_read(descriptor_, &count);
}

}  // namespace tern::client
