#include "bench/wire/load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace tern::load {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutBytesMax = 64 * 1024;
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kConnectingMax = 100;
constexpr double kPatienceSeconds = 60;

[[noreturn]] void give_up(const std::string& why) {
    std::printf("{\"error\": \"%s\"}\n", why.c_str());
    std::exit(1);
}

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// User and system time of a process.
double cpu_seconds(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double rss_kib(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6);
    }
    return 0;
}

int connect_to(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* const any = reinterpret_cast<const sockaddr*>(&address);
    if (socket < 0 || ::connect(socket, any, sizeof address) != 0) {
        give_up(std::string("cannot connect: ") + std::strerror(errno));
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

}  // namespace

struct Load::Peer {
    int socket = -1;
    std::unique_ptr<Protocol> protocol;
    bool publishes = false;
    bool subscribes = false;
    int in_flight = 0;
    std::string in;
    std::string out;
};

struct Load::Mark {
    Clock::time_point time = Clock::now();
    double broker_cpu = 0;
    double client_cpu = 0;
    long sent = 0;
    long confirmed = 0;
    long received = 0;
};

Load::Load(Plan plan) : plan_(std::move(plan)), poll_(::epoll_create1(0)), scratch_(kReadBytes) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

Load::~Load() {
    for (const Peer& peer : peers_) ::close(peer.socket);
    ::close(poll_);
}

Load::Peer& Load::add(const std::string& name, bool publishes, bool subscribes) {
    Peer& peer = peers_.emplace_back();
    peer.socket = connect_to(plan_.port);
    peer.protocol = plan_.make_protocol();
    peer.publishes = publishes;
    peer.subscribes = subscribes;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &peer;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, peer.socket, &event);
    peer.protocol->connect(peer.out, name);
    write(peer);
    return peer;
}

void Load::connect_all() {
    const auto begin = Clock::now();
    for (int i = 0; i < plan_.subscribers; ++i) add("sub" + std::to_string(i), false, true);
    while (subscribed_ < plan_.subscribers) {
        turn(100);
        if (seconds_since(begin) > kPatienceSeconds) give_up("subscribers are not served");
    }
    for (int i = 0; i < plan_.publishers; ++i) add("pub" + std::to_string(i), true, false);
    while (connected_ < plan_.publishers + plan_.subscribers) {
        turn(100);
        if (seconds_since(begin) > kPatienceSeconds) give_up("publishers are not served");
    }
}

void Load::connect_idle() {
    const Mark from = mark();
    const double before = rss_kib(plan_.broker_pid);
    for (int made = 0; connected_ < plan_.idle;) {
        while (made < plan_.idle && made - connected_ < kConnectingMax) {
            add("idle" + std::to_string(made++), false, false);
        }
        turn(100);
        if (seconds_since(from.time) > kPatienceSeconds) {
            give_up("only " + std::to_string(connected_) + " of " + std::to_string(plan_.idle) +
                    " connections are served");
        }
    }
    const Mark to = mark();
    const double seconds = std::chrono::duration<double>(to.time - from.time).count();
    std::printf("{\"rate\": %f, \"broker_cpu_seconds\": %f, \"rss_kib_each\": %f}\n",
                plan_.idle / seconds, to.broker_cpu - from.broker_cpu,
                (rss_kib(plan_.broker_pid) - before) / plan_.idle);
}

Load::Mark Load::mark() const {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return {Clock::now(),
            cpu_seconds(plan_.broker_pid),
            seconds(used.ru_utime) + seconds(used.ru_stime),
            sent_,
            confirmed_,
            received_};
}

void Load::run() {
    if (plan_.idle > 0) return connect_idle();
    connect_all();
    publishing_ = true;
    publishing_since_ = Clock::now();
    const int pause_ms = plan_.pace > 0 ? 1 : 10;
    for (Peer& peer : peers_) publish(peer);
    while (seconds_since(publishing_since_) < plan_.warm_up_s) turn(pause_ms);
    const Mark from = mark();
    took_.clear();
    while (seconds_since(from.time) < plan_.seconds) turn(pause_ms);
    std::vector<double> took = std::exchange(took_, {});
    std::ranges::sort(took);
    const auto part = [&took](double of) {
        if (took.empty()) return 0.0;
        return 1e6 * took[static_cast<std::size_t>(of * static_cast<double>(took.size() - 1))];
    };
    const Mark to = mark();
    publishing_ = false;
    const long wanted = sent_ * (plan_.queue ? 1 : plan_.subscribers);
    const auto draining = Clock::now();
    const bool queue = plan_.confirmed && plan_.subscribers > 0;
    while ((received_ < wanted || (queue && confirmed_ < sent_)) &&
           seconds_since(draining) < plan_.seconds) {
        turn(10);
    }
    const double seconds = std::chrono::duration<double>(to.time - from.time).count();
    std::printf(
        "{\"rate\": %f, \"broker_cpu_seconds\": %f, \"client_cpu_seconds\": %f, \"messages\": %ld, "
        "\"lost\": %ld, \"median_us\": %f, \"most_us\": %f}\n",
        static_cast<double>(to.received - from.received) / seconds, to.broker_cpu - from.broker_cpu,
        to.client_cpu - from.client_cpu, to.received - from.received, wanted - received_, part(0.5),
        part(0.99));
}

void Load::turn(int timeout_ms) {
    std::array<epoll_event, 256> events;
    const int count =
        ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < count; ++i) {
        Peer& peer = *static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
        read(peer);
        write(peer);
    }
    if (!publishing_) return;
    for (Peer& peer : peers_) publish(peer);
}

void Load::read(Peer& peer) {
    for (;;) {
        const ssize_t count = ::recv(peer.socket, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
        if (count < 0) {
            if (errno == EAGAIN) return;
            give_up(std::string("cannot read: ") + std::strerror(errno));
        }
        if (count == 0) give_up("the broker has closed a connection");
        peer.in.append(scratch_.data(), static_cast<std::size_t>(count));
        std::size_t at = 0;
        for (;;) {
            Event event = Event::none;
            const std::string_view rest = std::string_view(peer.in).substr(at);
            const std::size_t size = rest.empty() ? 0 : peer.protocol->take(rest, peer.out, event);
            if (size == 0) break;
            at += size;
            handle(peer, event);
        }
        peer.in.erase(0, at);
    }
}

void Load::handle(Peer& peer, Event event) {
    switch (event) {
        case Event::connected:
            ++connected_;
            if (peer.subscribes) peer.protocol->subscribe(peer.out);
            break;
        case Event::subscribed:
            ++subscribed_;
            break;
        case Event::message:
            ++received_;
            if (plan_.pace > 0 && !under_way_.empty()) {
                took_.push_back(seconds_since(under_way_.front()));
                under_way_.pop_front();
            }
            break;
        case Event::confirmed:
            confirmed_ += peer.protocol->confirmations();
            peer.in_flight -= peer.protocol->confirmations();
            break;
        case Event::refused:
            give_up("the broker refused");
        case Event::none:
            break;
    }
}

void Load::write(Peer& peer) {
    while (!peer.out.empty()) {
        const ssize_t count =
            ::send(peer.socket, peer.out.data(), peer.out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EAGAIN) return;
            give_up(std::string("cannot write: ") + std::strerror(errno));
        }
        peer.out.erase(0, static_cast<std::size_t>(count));
    }
}

long Load::due() const {
    if (plan_.pace <= 0) return std::numeric_limits<long>::max();
    return static_cast<long>(seconds_since(publishing_since_) * plan_.pace);
}

void Load::publish(Peer& peer) {
    if (!peer.publishes) return;
    const long each = plan_.queue ? 1 : std::max(1, plan_.subscribers);
    const auto may = [&] {
        return peer.protocol->may_publish() && sent_ - received_ / each < plan_.ahead &&
               sent_ < due() && (!plan_.confirmed || peer.in_flight < plan_.window);
    };
    write(peer);
    // Until the socket takes no more, which is when it says once that it does again: who stopped
    // before would send again only when something has been received, in step with the broker.
    while (peer.out.empty() && may()) {
        while (peer.out.size() < kOutBytesMax && may()) {
            peer.protocol->publish(peer.out);
            ++sent_;
            if (plan_.pace > 0) under_way_.push_back(Clock::now());
            if (plan_.confirmed) ++peer.in_flight;
        }
        write(peer);
    }
}

}  // namespace tern::load
