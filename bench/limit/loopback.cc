// What the loopback lets through when nobody looks at it: one thread writes messages of a size in
// gathered writes of 64, another one reads them. Prints messages a second.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTogether = 64;
constexpr std::size_t kReadBytes = std::size_t{256} * 1024;

struct Ends {
    int writes = -1;
    int reads = -1;
};

Ends connect_ends() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    Ends ends;
    if (::bind(listener, any, size) != 0 || ::listen(listener, 1) != 0) return ends;
    ::getsockname(listener, any, &size);
    ends.writes = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(ends.writes, any, size) != 0) return {};
    ends.reads = ::accept(listener, nullptr, nullptr);
    const int on = 1;
    ::setsockopt(ends.writes, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::close(listener);
    return ends;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: loopback_load BYTES SECONDS\n", stderr);
        return 2;
    }
    std::string message(std::strtoul(argv[1], nullptr, 10), 'x');
    const std::chrono::duration<double> wanted(std::strtod(argv[2], nullptr));
    const Ends ends = connect_ends();
    if (ends.reads < 0 || message.empty()) return 1;
    std::atomic<bool> ended = false;
    std::thread writer([&] {
        std::array<iovec, kTogether> parts{};
        parts.fill({message.data(), message.size()});
        // A write that takes a part only moves where messages begin, which nobody sees.
        while (!ended && ::writev(ends.writes, parts.data(), kTogether) > 0) {
        }
        ::shutdown(ends.writes, SHUT_WR);
    });
    std::vector<char> room(kReadBytes);
    std::uint64_t bytes = 0;
    const auto began = Clock::now();
    std::chrono::duration<double> passed{};
    while (passed < wanted) {
        const ssize_t count = ::read(ends.reads, room.data(), room.size());
        if (count <= 0) return 1;
        bytes += static_cast<std::uint64_t>(count);
        passed = Clock::now() - began;
    }
    ended = true;
    while (::read(ends.reads, room.data(), room.size()) > 0) {
    }
    writer.join();
    std::printf("%.0f\n",
                static_cast<double>(bytes) / static_cast<double>(message.size()) / passed.count());
    return 0;
}
