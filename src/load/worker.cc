#include "load/worker.h"

#include "load/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <limits>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tern::load {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutBytesMax = 64 * 1024;
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kConnectingMax = 100;
constexpr std::int64_t kPauseNs = 10'000'000;
/// How soon it is seen that clients of another worker have received something.
constexpr std::int64_t kPauseAmongWorkersNs = 1'000'000;
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::chrono::seconds kGoodbye{2};
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t now_ns() {
    return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

std::string last_error() {
    return std::generic_category().message(errno);
}

/// Different for any two messages, as far as that is possible.
std::uint64_t mix(std::uint64_t publisher, std::uint64_t number) {
    std::uint64_t x = (publisher << 44 ^ number) + 0x9E37'79B9'7F4A'7C15U;
    x = (x ^ x >> 30) * 0xBF58'476D'1CE4'E5B9U;
    x = (x ^ x >> 27) * 0x94D0'49BB'1331'11EBU;
    return x ^ x >> 31;
}

}  // namespace

struct Worker::Peer {
    int socket = -1;
    Role role = Role::idle;
    int number = 0;  ///< among those of its role
    std::unique_ptr<Protocol> protocol;
    std::optional<Stream> stream;
    std::string in;
    std::string out;
    std::int64_t opened_ns = 0;
    bool served = false;
    bool ended = false;  ///< of a storm: was let in, and has to leave

    // Of publishers.
    long in_flight = 0;
    long in_transaction = 0;
    std::uint64_t sent = 0;
    std::uint64_t quota = std::numeric_limits<std::uint64_t>::max();
    std::deque<std::int64_t> unconfirmed;  ///< when they were due

    // Of subscribers: how many of each publisher there were up to the last one.
    std::vector<std::uint64_t> seen;
};

Worker::Worker(Board& board, int index)
    : board_(board),
      settings_(board.settings),
      index_(index),
      tally_(board.tallies[static_cast<std::size_t>(index)]),
      poll_(::epoll_create1(EPOLL_CLOEXEC)),
      scratch_(kReadBytes) {}

Worker::~Worker() {
    for (const Peer& peer : peers_) {
        if (peer.socket >= 0) ::close(peer.socket);
    }
    ::close(poll_);
}

void Worker::start() {
    thread_ = std::thread([this] { run(); });
}

void Worker::run() {
    while (!board_.failed) {
        const Phase wanted = board_.phase.load(std::memory_order_acquire);
        if (wanted != phase_) {
            enter(wanted);
            tally_.phase.store(wanted, std::memory_order_release);
        }
        const bool measured = std::exchange(measuring_, board_.measuring.load());
        if (measured || measuring_) tell_interval(now_ns());
        if (phase_ == Phase::leaving) return leave();
        connect_more();
        turn();
        if (phase_ == Phase::publishing) publish_all();
    }
}

void Worker::enter(Phase phase) {
    phase_ = phase;
    switch (phase) {
        case Phase::connecting_idle:
            return connect_share(Role::idle, settings_.idle);
        case Phase::connecting_subscribers:
            return connect_share(Role::subscriber, settings_.subscribers);
        case Phase::connecting_publishers:
            return connect_share(Role::publisher, settings_.publishers);
        case Phase::storming:
            return connect_share(Role::storming, settings_.storm);
        case Phase::publishing:
            return publish_all();
        case Phase::draining:
            return end_transactions();
        case Phase::waiting:
        case Phase::leaving:
            break;
    }
}

void Worker::connect_share(Role role, int all) {
    joining_ = role;
    next_ = index_;
    last_ = all;
}

void Worker::connect_more() {
    const int workers = static_cast<int>(board_.tallies.size());
    for (; next_ < last_ && connecting_ < kConnectingMax && !board_.failed; next_ += workers) {
        add(joining_, next_);
    }
}

Worker::Peer& Worker::add(Role role, int number) {
    Peer& peer = peers_.emplace_back();
    peer.role = role;
    peer.number = number;
    if (role == Role::subscriber) {
        peer.seen.resize(static_cast<std::size_t>(settings_.publishers));
    }
    if (role == Role::publisher) {
        publishers_.push_back(&peer);
        if (settings_.count) {
            const auto all = static_cast<std::uint64_t>(settings_.publishers);
            const auto more = static_cast<std::uint64_t>(number) < *settings_.count % all ? 1U : 0U;
            peer.quota = *settings_.count / all + more;
        }
    }
    open(peer);
    return peer;
}

void Worker::open(Peer& peer) {
    constexpr std::array kNames{"idle", "sub", "pub", "storm"};
    peer.opened_ns = now_ns();
    peer.served = false;
    peer.in.clear();
    peer.out.clear();
    const std::vector<Settings>& all = board_.of_destination;
    peer.protocol = make_protocol(all[static_cast<std::size_t>(peer.number) % all.size()]);
    const int family = board_.address.ss_family;
    peer.socket = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto* const any = reinterpret_cast<const sockaddr*>(&board_.address);
    if (peer.socket < 0 ||
        (::connect(peer.socket, any, board_.address_size) != 0 && errno != EINPROGRESS)) {
        return board_.fail("cannot connect: " + last_error());
    }
    peer.stream.emplace(peer.socket, board_.tls.get());
    const int on = 1;
    ::setsockopt(peer.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &peer;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, peer.socket, &event);
    ++connecting_;
    const std::string name = settings_.client_prefix + "-" +
                             kNames[static_cast<std::size_t>(peer.role)] +
                             std::to_string(peer.number);
    peer.protocol->connect(peer.out, name, peer.role == Role::publisher);
}

/// Says goodbye and waits for the broker to have heard it: what was acknowledged last comes first.
void Worker::leave() {
    for (Peer& peer : peers_) {
        // Who was not let in yet has nothing to say that would be understood.
        if (peer.socket >= 0 && peer.served) peer.protocol->leave(peer.out);
    }
    const auto until = Clock::now() + kGoodbye;
    const auto open = [](const Peer& peer) { return peer.socket >= 0; };
    while (std::ranges::any_of(peers_, open) && Clock::now() < until) {
        for (Peer& peer : peers_) {
            if (peer.socket < 0) continue;
            write(peer);
            if (peer.out.empty()) ::shutdown(peer.socket, SHUT_WR);
            ssize_t count = 0;
            do {
                count = peer.stream->read(scratch_);
            } while (count > 0);
            if (count < 0 && errno == EAGAIN) continue;
            ::close(std::exchange(peer.socket, -1));
        }
        std::array<epoll_event, 1> any;
        ::epoll_wait(poll_, any.data(), 1, 10);
    }
}

void Worker::turn() {
    std::int64_t pause = board_.tallies.size() > 1 ? kPauseAmongWorkersNs : kPauseNs;
    if (phase_ == Phase::publishing && settings_.rate > 0) {
        pause = std::clamp<std::int64_t>(due_ns_ - now_ns(), 0, pause);
    }
    std::array<epoll_event, 256> events;
    const timespec timeout{pause / kSecondNs, pause % kSecondNs};
    const int count =
        ::epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
        Peer& peer = *static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
        read(peer);
        write(peer);
        if (!std::exchange(peer.ended, false)) continue;
        ::close(peer.socket);
        peer.socket = -1;
        if (phase_ == Phase::storming && !board_.failed) open(peer);
    }
}

void Worker::read(Peer& peer) {
    while (!board_.failed) {
        const ssize_t count = peer.stream->read(scratch_);
        if (count < 0 && errno == EAGAIN) return;
        if (count < 0) {
            const char* const what = peer.served ? "cannot read: " : "cannot connect: ";
            return board_.fail(what + peer.stream->error());
        }
        if (count == 0) return board_.fail("the broker has closed a connection");
        peer.in.append(scratch_.data(), static_cast<std::size_t>(count));
        take(peer, now_ns());
        if (peer.ended) return;
    }
}

void Worker::take(Peer& peer, std::int64_t now_ns) {
    std::size_t at = 0;
    for (;;) {
        Event event = Event::none;
        const std::string_view rest = std::string_view(peer.in).substr(at);
        const std::size_t size = rest.empty() ? 0 : peer.protocol->take(rest, peer.out, event);
        if (size == 0) break;
        at += size;
        handle(peer, event, now_ns);
    }
    peer.in.erase(0, at);
}

void Worker::handle(Peer& peer, Event event, std::int64_t now_ns) {
    switch (event) {
        case Event::message:
            return on_message(peer, now_ns);
        case Event::confirmed:
            return on_confirmed(peer, now_ns);
        case Event::connected:
            return on_connected(peer, now_ns);
        case Event::subscribed:
            return Tally::add(tally_.subscribers, 1);
        case Event::refused: {
            const std::string& why = peer.protocol->refusal();
            return board_.fail("the broker refused" + (why.empty() ? why : ": " + why));
        }
        case Event::none:
            break;
    }
}

void Worker::on_connected(Peer& peer, std::int64_t now_ns) {
    --connecting_;
    peer.served = true;
    findings_.connects.add(now_ns - peer.opened_ns);
    switch (peer.role) {
        case Role::idle:
            return Tally::add(tally_.idle, 1);
        case Role::subscriber:
            return peer.protocol->subscribe(peer.out);
        case Role::publisher:
            return Tally::add(tally_.publishers, 1);
        case Role::storming:
            Tally::add(tally_.stormed, 1);
            peer.protocol->leave(peer.out);
            peer.ended = true;
            break;
    }
}

void Worker::on_message(Peer& peer, std::int64_t now_ns) {
    const Stamp& stamp = peer.protocol->stamp();
    if (settings_.publishers > 0) {
        if (stamp.run != board_.run || stamp.publisher >= peer.seen.size()) {
            ++findings_.foreign;
            return;
        }
        findings_.received_mix += mix(stamp.publisher, stamp.number);
        std::uint64_t& seen = peer.seen[stamp.publisher];
        if (stamp.number < seen) ++findings_.out_of_order;
        seen = std::max(seen, stamp.number + 1);
        if (measuring_) {
            findings_.latency.add(now_ns - stamp.due_ns);
            recent_.add(now_ns - stamp.due_ns);
        }
    }
    Tally::add(tally_.received, 1);
    // Behind the publishers.
    const auto client = peer.seen.size() + static_cast<std::size_t>(peer.number);
    Tally::add(board_.clients[client], 1);
}

void Worker::on_confirmed(Peer& peer, std::int64_t now_ns) {
    const int count = peer.protocol->confirmations();
    for (int i = 0; i < count && !peer.unconfirmed.empty(); ++i) {
        if (measuring_) findings_.confirming.add(now_ns - peer.unconfirmed.front());
        peer.unconfirmed.pop_front();
    }
    peer.in_flight -= count;
    Tally::add(tally_.confirmed, static_cast<std::uint64_t>(count));
}

void Worker::write(Peer& peer) {
    while (!peer.out.empty()) {
        const ssize_t count = peer.stream->write(peer.out);
        if (count <= 0) {
            if (errno == EAGAIN || phase_ == Phase::leaving) return;
            const char* const what = peer.served ? "cannot write: " : "cannot connect: ";
            return board_.fail(what + peer.stream->error());
        }
        peer.out.erase(0, static_cast<std::size_t>(count));
    }
}

std::int64_t Worker::room() const {
    if (settings_.ahead == 0 || settings_.subscribers == 0) return kNever;
    const std::uint64_t received = board_.sum(&Tally::received) / copies(settings_);
    return settings_.ahead - static_cast<std::int64_t>(board_.sum(&Tally::sent) - received);
}

bool Worker::may_publish(const Peer& peer) const {
    return peer.sent < peer.quota && (!settings_.confirmed || peer.in_flight < settings_.window) &&
           peer.protocol->may_publish();
}

void Worker::publish_all() {
    due_ns_ = kNever;
    std::int64_t left = room();
    for (Peer* const peer : publishers_) publish(*peer, left);
}

void Worker::publish(Peer& peer, std::int64_t& room) {
    write(peer);
    const std::int64_t began = board_.began_ns.load(std::memory_order_relaxed);
    const auto due_of = [&](std::uint64_t number) {
        const auto of_all = number * static_cast<std::uint64_t>(settings_.publishers) +
                            static_cast<std::uint64_t>(peer.number);
        return began +
               static_cast<std::int64_t>(static_cast<double>(of_all) * 1e9 / settings_.rate);
    };
    const bool paced = settings_.rate > 0;
    // Until the socket takes no more, which is when it says once that it does again: who stopped
    // before would send again only when something has been received, in step with the broker.
    while (peer.out.empty() && !board_.failed) {
        const std::int64_t now = now_ns();
        while (peer.out.size() < kOutBytesMax && room > 0 && may_publish(peer)) {
            const std::int64_t due = paced ? due_of(peer.sent) : now;
            if (due > now) {
                due_ns_ = std::min(due_ns_, due);
                break;
            }
            publish_one(peer, due);
            --room;
        }
        if (peer.out.empty()) return;
        write(peer);
    }
}

void Worker::publish_one(Peer& peer, std::int64_t due_ns) {
    const auto publisher = static_cast<std::uint32_t>(peer.number);
    peer.protocol->publish(peer.out, {due_ns, board_.run, publisher, peer.sent});
    findings_.sent_mix += mix(publisher, peer.sent);
    ++peer.sent;
    Tally::add(tally_.sent, 1);
    Tally::add(board_.clients[publisher], 1);
    if (!settings_.confirmed) return;
    ++peer.in_flight;
    peer.unconfirmed.push_back(due_ns);
    if (settings_.transacted > 0 && ++peer.in_transaction == settings_.transacted) {
        peer.in_transaction = 0;
        peer.protocol->commit(peer.out);
    }
}

/// What came in an interval is told when the next one has begun, or the measured time is over.
void Worker::tell_interval(std::int64_t now_ns) {
    const std::int64_t length = std::chrono::nanoseconds(settings_.sample_interval).count();
    const std::int64_t since = std::max<std::int64_t>(0, now_ns - board_.measured_ns);
    const auto interval = static_cast<std::size_t>(since / length);
    if (interval == interval_ && measuring_) return;
    if (recent_.count() > 0) board_.tell(interval_, recent_);
    recent_.clear();
    interval_ = interval;
}

void Worker::end_transactions() {
    for (Peer* const peer : publishers_) {
        if (std::exchange(peer->in_transaction, 0) > 0) peer->protocol->commit(peer->out);
        write(*peer);
    }
}

}  // namespace tern::load
