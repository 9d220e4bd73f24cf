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

int descriptor_of(const WakeUp* cancel) {
    return cancel == nullptr ? kNone : cancel->descriptor();
}
bool is_over(Socket::Instant deadline, const WakeUp* cancel) {
    return std::chrono::steady_clock::now() >= deadline ||
           (cancel != nullptr && cancel->signalled());
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
               Socket::Instant deadline, const WakeUp* cancel) {
    if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    while (!socket.wait(Socket::Want::write, descriptor_of(cancel), deadline).socket_write) {
        if (is_over(deadline, cancel)) return ETIMEDOUT;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

}  // namespace

Result<Socket> Socket::connect(const Endpoint& endpoint, Instant deadline, const WakeUp* cancel) {
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
        error = connect_to(socket, descriptor, *address, deadline, cancel);
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
    if (tls_) {
        tls_->say_goodbye();
        std::ignore = send_encrypted();
    }
    if (descriptor_ != kNone) ::close(descriptor_);
}

Result<void> Socket::secure(const TlsContext& context, const std::string& host, bool verify_host,
                            Instant deadline, const WakeUp* cancel) {
    tls_ = std::make_unique<Tls>(context, host, verify_host);
    for (;;) {
        const auto done = tls_->handshake();
        // An alert has to leave, too.
        const auto sent = send_encrypted();
        if (!done) return std::unexpected(done.error());
        if (!sent) return std::unexpected(sent.error());
        if (*done && *sent) return {};
        if (is_over(deadline, cancel)) {
            return failure(Errc::tls_failed, "the broker did not finish the handshake in time");
        }
        const Want want = *sent ? Want::read : Want::read_and_write;
        std::ignore = wait(want, descriptor_of(cancel), deadline);
        if (auto received = receive_encrypted(); !received) {
            return std::unexpected(std::move(received.error()));
        }
    }
}

Result<std::optional<std::size_t>> Socket::read_some(std::span<std::uint8_t> space) {
    if (!tls_) return receive(space);
    for (;;) {
        const auto count = tls_->read(space);
        if (!count) return std::unexpected(count.error());
        if (*count > 0) return *count;
        const auto more = receive_encrypted();
        if (!more) return std::unexpected(more.error());
        if (!*more) return std::nullopt;
    }
}

Result<bool> Socket::write_some(Output& output) {
    if (!tls_) return send(output);
    // Never much more than the socket takes, or memory would not be bounded.
    constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;
    for (;;) {
        auto sent = send_encrypted();
        if (!sent || !*sent || output.empty()) return sent;
        std::array<Bytes, 1> piece;
        if (output.gather(piece) == 0) return true;
        const Bytes bytes = piece[0].first(std::min(piece[0].size(), kPieceBytes));
        if (auto taken = tls_->write(bytes); !taken) return std::unexpected(taken.error());
        output.consume(bytes.size());
    }
}

/// False when the socket takes no more now.
Result<bool> Socket::send_encrypted() {
    return tls_->send([this](Output& output) { return send(output); });
}

/// False when nothing is there.
Result<bool> Socket::receive_encrypted() {
    std::array<std::uint8_t, std::size_t{16} * 1024> piece{};
    const auto count = receive(piece);
    if (!count) return std::unexpected(count.error());
    if (!*count) return false;
    tls_->received(std::span(piece).first(**count));
    return true;
}

Result<std::optional<std::size_t>> Socket::receive(std::span<std::uint8_t> space) {
    const ssize_t count = ::recv(descriptor_, space.data(), space.size(), 0);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) return failure(Errc::connection_lost, "the broker has closed it");
    if (would_block(errno)) return std::nullopt;
    return failure(Errc::connection_lost, system_text(errno));
}

Result<bool> Socket::send(Output& output) {
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
    if (tls_ && want != Want::write && tls_->has_unread()) return {.socket_read = true};
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

bool WakeUp::signalled() const {
    pollfd waiting{descriptor_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
}

void WakeUp::clear() {
    eventfd_t count = 0;
    std::ignore = ::eventfd_read(descriptor_, &count);
}

}  // namespace tern::client
