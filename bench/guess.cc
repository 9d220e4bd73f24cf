// Logs in wrongly over STOMP, so many times a second, each time by a connection of its own, from
// one address of this machine or from very many. See docs/benchmarks.md.

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tern::load {
namespace {

using Clock = std::chrono::steady_clock;

struct Guesses {
    std::uint16_t port = 0;
    double per_second = 1000;
    double seconds = 5;
    bool many_addresses = false;
    bool many_users = false;
};

/// One thread that keeps to its rate, whatever the broker does.
class Guesser {
public:
    explicit Guesser(const Guesses& plan) : plan_(plan), poll_(::epoll_create1(0)) {
        rlimit files{};
        ::getrlimit(RLIMIT_NOFILE, &files);
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    ~Guesser() {
        for (const auto& [link, began] : open_) ::close(link);
        ::close(poll_);
    }
    Guesser(const Guesser&) = delete;
    Guesser& operator=(const Guesser&) = delete;

    void run();

private:
    static double since(Clock::time_point begin) {
        return std::chrono::duration<double>(Clock::now() - begin).count();
    }
    [[noreturn]] static void give_up(const char* why) {
        std::printf("{\"error\": \"%s\"}\n", why);
        std::exit(1);
    }

    void guess();
    void turn();
    void answered(int link);
    void end(int link);

    const Guesses plan_;
    const int poll_;
    std::unordered_map<int, std::pair<Clock::time_point, std::string>> open_;
    long begun_ = 0;
    long refused_ = 0;
    std::vector<double> waits_;
};

void Guesser::guess() {
    const int link = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (link < 0) give_up("there are no sockets left");
    sockaddr_in from{};
    from.sin_family = AF_INET;
    // 127.1.0.1 and what follows it: more than are used in a run.
    constexpr std::uint32_t kFirst = 0x7F010001;
    constexpr std::uint32_t kAddresses = 500'000;
    const auto offset = plan_.many_addresses ? static_cast<std::uint32_t>(begun_) % kAddresses : 0U;
    from.sin_addr.s_addr = htonl(kFirst + offset);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(plan_.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(link, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
        give_up("an address cannot be used");
    }
    std::ignore = ::connect(link, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    const std::string user = plan_.many_users ? "guess" + std::to_string(begun_) : "user1";
    std::string frame =
        "CONNECT\naccept-version:1.2\nlogin:" + user + "\npasscode:guessed-secret\n\n";
    frame += '\0';
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.fd = link;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, link, &event);
    open_.emplace(link, std::pair(Clock::now(), std::move(frame)));
    ++begun_;
}

void Guesser::end(int link) {
    ::close(link);
    open_.erase(link);
}

void Guesser::answered(int link) {
    std::array<char, 4096> said{};
    const ssize_t count = ::recv(link, said.data(), said.size(), 0);
    constexpr std::string_view kIn = "CONNECTED";
    if (count > 0 &&
        std::string_view(said.data(), static_cast<std::size_t>(count)).starts_with(kIn)) {
        give_up("a guess was right");
    }
    if (count > 0) {
        ++refused_;
        waits_.push_back(since(open_.at(link).first));
    }
    end(link);
}

void Guesser::turn() {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 1);
    for (int i = 0; i < count; ++i) {
        const epoll_event& one = events[static_cast<std::size_t>(i)];
        const int link = one.data.fd;
        if ((one.events & EPOLLOUT) == 0) {
            answered(link);
            continue;
        }
        const std::string& frame = open_.at(link).second;
        if (::send(link, frame.data(), frame.size(), MSG_NOSIGNAL) < 0) {
            end(link);
            continue;
        }
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = link;
        ::epoll_ctl(poll_, EPOLL_CTL_MOD, link, &event);
    }
}

void Guesser::run() {
    const auto begin = Clock::now();
    for (double now = 0; now < plan_.seconds; now = since(begin)) {
        while (static_cast<double>(begun_) < now * plan_.per_second) guess();
        turn();
    }
    const double seconds = since(begin);
    std::ranges::sort(waits_);
    std::printf("{\"begun\": %f, \"refused\": %f, \"wait_ms\": %f}\n",
                static_cast<double>(begun_) / seconds, static_cast<double>(refused_) / seconds,
                waits_.empty() ? 0.0 : 1000 * waits_[waits_.size() / 2]);
}

}  // namespace
}  // namespace tern::load

int main(int argc, char** argv) {
    CLI::App app("Guesses passwords over STOMP", "guess_load");
    tern::load::Guesses plan;
    app.add_option("--port", plan.port)->required();
    app.add_option("--per-second", plan.per_second);
    app.add_option("--seconds", plan.seconds);
    app.add_flag("--many-addresses", plan.many_addresses);
    app.add_flag("--many-users", plan.many_users);
    CLI11_PARSE(app, argc, argv);
    tern::load::Guesser(plan).run();
    return 0;
}
