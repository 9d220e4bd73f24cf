#include "load/load.h"

#include "load/board.h"
#include "load/machine.h"
#include "load/worker.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <limits>
#include <memory>
#include <netdb.h>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace tern::load {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{5};
constexpr std::chrono::seconds kPatience{60};
/// When for so long nothing has come that should, nothing will.
constexpr std::chrono::seconds kQuiet{10};

double seconds_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

/// The first failure ends it: from then on no step does anything.
class Run {
public:
    Run(const Settings& settings, Observer& observer)
        : settings_(settings), observer_(observer), board_(settings, settings.threads) {
        result_.settings = settings;
        result_.date = today();
        board_.run = std::random_device()() | 1U;
    }

    std::expected<Result, std::string> all();

private:
    struct Mark {
        Clock::time_point time = Clock::now();
        Counts counts{};
        double broker_cpu_s = 0;
        double client_cpu_s = 0;
    };
    using Done = std::function<bool()>;

    bool resolve();
    void steps();
    void connect_idle();
    void storm();
    void traffic();
    void backlog();
    void begin();
    void drain();
    void finish();

    void set(Phase phase, const char* doing);
    void stop_publishing(const char* doing);
    bool wait(const Done& done, std::optional<Clock::time_point> until = {});
    void wait_connected(Phase phase, std::atomic<std::uint64_t> Tally::* which, int count);
    void wait_quiet(const Done& done);
    void look();
    void begin_measuring(Clock::time_point now);
    void take_times(std::size_t before);
    void sample(Clock::time_point now);
    void end_samples(Clock::time_point now);
    [[nodiscard]] Counts counts() const;
    [[nodiscard]] Mark mark() const;
    [[nodiscard]] Span between(const Mark& from, const Mark& to) const;
    [[nodiscard]] std::uint64_t expected() const;
    [[nodiscard]] bool all_here() const;
    [[nodiscard]] bool over() const { return interrupted_ || board_.failed; }

    const Settings& settings_;
    Observer& observer_;
    Board board_;
    std::vector<std::unique_ptr<Worker>> workers_;
    Result result_;
    const char* doing_ = "connecting";
    bool interrupted_ = false;
    std::optional<Clock::time_point> began_;
    std::optional<Clock::time_point> next_sample_;
    std::vector<std::uint64_t> client_counts_;
    MachineUse machine_;               ///< when it was sampled last
    std::optional<Histogram> latest_;  ///< of the last interval that is over
};

std::expected<Result, std::string> Run::all() {
    if (!resolve()) return std::unexpected(board_.reason);
    if (settings_.tls) {
        board_.tls = std::make_unique<TlsClients>(settings_);
        if (!board_.tls->error().empty()) return std::unexpected(board_.tls->error());
    }
    for (int i = 0; i < settings_.threads; ++i) {
        workers_.push_back(std::make_unique<Worker>(board_, i));
    }
    for (const auto& worker : workers_) worker->start();
    steps();
    board_.phase.store(Phase::leaving, std::memory_order_release);
    for (const auto& worker : workers_) worker->join();
    if (board_.failed) return std::unexpected(board_.reason);
    finish();
    return std::move(result_);
}

bool Run::resolve() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(settings_.port);
    const int status = ::getaddrinfo(settings_.host.c_str(), port.c_str(), &hints, &found);
    if (status != 0) {
        board_.fail(settings_.host + ": " + ::gai_strerror(status));
        return false;
    }
    // `localhost` is ::1 to some machines and 127.0.0.1 to most brokers.
    const addrinfo* chosen = found;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        if (one->ai_family == AF_INET) {
            chosen = one;
            break;
        }
    }
    const auto* const bytes = reinterpret_cast<const char*>(chosen->ai_addr);
    std::copy_n(bytes, chosen->ai_addrlen, reinterpret_cast<char*>(&board_.address));
    board_.address_size = chosen->ai_addrlen;
    ::freeaddrinfo(found);
    return true;
}

void Run::steps() {
    allow_many_files();
    if (settings_.idle > 0) connect_idle();
    if (settings_.mode == Mode::storm) return storm();
    if (settings_.mode == Mode::backlog) return backlog();
    traffic();
}

void Run::connect_idle() {
    const Mark from = mark();
    const double before = rss_kib(settings_.broker_pid);
    wait_connected(Phase::connecting_idle, &Tally::idle, settings_.idle);
    result_.connecting = between(from, mark());
    result_.connecting.counts.connected = board_.sum(&Tally::idle);
    result_.rss_kib_each = (rss_kib(settings_.broker_pid) - before) / settings_.idle;
}

void Run::storm() {
    set(Phase::storming, "connecting and leaving");
    begin();
    const Mark from = mark();
    const auto enough = [&] {
        return settings_.count && board_.sum(&Tally::stormed) >= *settings_.count;
    };
    wait(enough, settings_.count ? std::nullopt : std::optional(from.time + settings_.duration));
    result_.measured = between(from, mark());
    result_.broker_rss_kib = rss_kib(settings_.broker_pid);
}

void Run::begin() {
    result_.broker_rss_kib_from = rss_kib(settings_.broker_pid);
    const auto now = Clock::now();
    began_ = now;
    sample(now);
    next_sample_ = now + settings_.sample_interval;
    board_.began_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
}

void Run::traffic() {
    const auto& [publishers, subscribers] = std::pair(settings_.publishers, settings_.subscribers);
    // What waits for subscribers comes as soon as they are there.
    if (publishers == 0) begin();
    Mark from = mark();
    wait_connected(Phase::connecting_subscribers, &Tally::subscribers, subscribers);
    wait_connected(Phase::connecting_publishers, &Tally::publishers, publishers);
    if (over()) return;
    if (publishers > 0) {
        begin();
        from = mark();
    }
    client_counts_.assign(board_.clients.size(), 0);
    const bool counted = settings_.count.has_value();
    if (!counted && settings_.warm_up.count() > 0) {
        set(Phase::publishing, "warming up");
        wait([] { return false; }, Clock::now() + settings_.warm_up);
        from = mark();
        std::ranges::copy(board_.clients, client_counts_.begin());
        sample(from.time);
    }
    next_sample_ = from.time + settings_.sample_interval;
    begin_measuring(from.time);
    set(Phase::publishing, "measuring");
    if (counted && publishers > 0) {
        wait([this] { return board_.sum(&Tally::sent) >= *settings_.count; });
        drain();
    } else if (counted) {
        wait([this] { return board_.sum(&Tally::received) >= *settings_.count; });
    } else {
        wait([] { return false; }, from.time + settings_.duration);
    }
    const Mark to = mark();
    end_samples(to.time);
    next_sample_.reset();
    board_.measuring = false;
    result_.measured = between(from, to);
    result_.broker_rss_kib = rss_kib(settings_.broker_pid);
    drain();
}

void Run::backlog() {
    wait_connected(Phase::connecting_publishers, &Tally::publishers, settings_.publishers);
    if (over()) return;
    begin();
    const Mark empty = mark();
    begin_measuring(empty.time);
    set(Phase::publishing, "filling");
    const auto enough = [this] {
        return settings_.count && board_.sum(&Tally::sent) >= *settings_.count;
    };
    wait(enough, settings_.count ? std::nullopt : std::optional(empty.time + settings_.duration));
    stop_publishing("filling");
    wait_quiet([this] {
        return !settings_.confirmed || board_.sum(&Tally::confirmed) >= board_.sum(&Tally::sent);
    });
    const Mark full = mark();
    result_.measured = between(empty, full);
    result_.broker_rss_kib = rss_kib(settings_.broker_pid);
    // How long a message waited says how long the backlog was, and nothing of the broker.
    board_.measuring = false;
    set(Phase::connecting_subscribers, "draining");
    wait_quiet([this] { return all_here(); });
    result_.drained = between(full, mark());
}

/// Until all that was sent has come.
void Run::drain() {
    stop_publishing("draining");
    if (settings_.publishers > 0) wait_quiet([this] { return all_here(); });
}

void Run::finish() {
    take_times(std::numeric_limits<std::size_t>::max());
    Result& result = result_;
    std::uint64_t sent_mix = 0;
    std::uint64_t received_mix = 0;
    for (const auto& worker : workers_) {
        const Findings& found = worker->findings();
        result.latency += found.latency;
        result.confirming += found.confirming;
        result.connects += found.connects;
        result.out_of_order += found.out_of_order;
        result.foreign += found.foreign;
        sent_mix += found.sent_mix;
        received_mix += found.received_mix;
    }
    result.total = counts();
    result.interrupted = interrupted_;
    const bool checked = settings_.publishers > 0 && settings_.subscribers > 0;
    result.expected = checked ? expected() : result.total.received;
    if (checked) sent_mix *= copies(settings_);
    result.complete =
        !checked || (result.total.received == result.expected && received_mix == sent_mix);
}

void Run::set(Phase phase, const char* doing) {
    doing_ = doing;
    board_.phase.store(phase, std::memory_order_release);
}

/// From then on no worker sends anything more, so that what was sent is what has to come.
void Run::stop_publishing(const char* doing) {
    set(Phase::draining, doing);
    const auto stopped = [](const Tally& one) { return one.phase == Phase::draining; };
    while (!board_.failed && !std::ranges::all_of(board_.tallies, stopped)) {
        std::this_thread::sleep_for(kTick);
    }
}

/// False: the time is over, or somebody has had enough.
bool Run::wait(const Done& done, std::optional<Clock::time_point> until) {
    while (!over() && !done()) {
        const auto now = Clock::now();
        if (until && now >= *until) return false;
        interrupted_ = !observer_.wait(until ? std::min(*until, now + kTick) : now + kTick);
        look();
    }
    return !over();
}

void Run::wait_connected(Phase phase, std::atomic<std::uint64_t> Tally::* which, int count) {
    if (count == 0 || over()) return;
    set(phase, "connecting");
    const auto all = [&] { return board_.sum(which) >= static_cast<std::uint64_t>(count); };
    if (wait(all, Clock::now() + kPatience) || over() || all()) return;
    board_.fail("only " + std::to_string(board_.sum(which)) + " of " + std::to_string(count) +
                " connections are served");
}

void Run::wait_quiet(const Done& done) {
    const auto seen = [this] {
        const Counts now = counts();
        return now.confirmed + now.received;
    };
    std::uint64_t last = seen();
    auto until = Clock::now() + kQuiet;
    bool enough = false;
    // Who interrupts wants an end of publishing; what is on its way shall arrive all the same.
    while (!board_.failed && !done() && Clock::now() < until && !enough) {
        enough = !observer_.wait(Clock::now() + kTick);
        look();
        if (const std::uint64_t now = seen(); now != last) {
            last = now;
            until = Clock::now() + kQuiet;
        }
    }
    interrupted_ = interrupted_ || enough;
}

void Run::begin_measuring(Clock::time_point now) {
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    result_.measured_at_s = std::chrono::duration<double>(wall).count();
    machine_ = machine_use();
    board_.measured_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
    board_.measuring = true;
}

void Run::take_times(std::size_t before) {
    while (auto one = board_.take_interval(before)) {
        latest_ = std::move(*one);
        if (settings_.times_by_interval) result_.intervals.push_back(*latest_);
    }
}

/// Takes a sample when it is time, and shows how it goes.
void Run::look() {
    // Workers that have much to do tell a little later that an interval is over.
    constexpr milliseconds kGrace{100};
    const auto now = Clock::now();
    if (board_.measuring) {
        const auto over = now.time_since_epoch() - std::chrono::nanoseconds(board_.measured_ns);
        const auto whole = (over - kGrace) / settings_.sample_interval;
        if (whole > 0) take_times(static_cast<std::size_t>(whole));
    }
    observer_.show({.doing = doing_,
                    .seconds = began_ ? seconds_between(*began_, now) : 0,
                    .total = counts(),
                    .times = latest_ ? &*latest_ : nullptr});
    if (!next_sample_ || now < *next_sample_) return;
    *next_sample_ += settings_.sample_interval;
    sample(now);
}

void Run::sample(Clock::time_point now) {
    result_.samples.push_back({seconds_between(*began_, now), counts()});
    if (!board_.measuring || client_counts_.empty()) return;
    std::vector<std::uint64_t>& row = result_.client_samples.emplace_back(client_counts_.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::uint64_t count = board_.clients[i].load(std::memory_order_relaxed);
        row[i] = count - std::exchange(client_counts_[i], count);
    }
    if (!settings_.machine_by_interval) return;
    const MachineUse use = machine_use();
    result_.machine_samples.push_back(use.since(std::exchange(machine_, use)));
}

/// The last interval counts for itself unless it is very short, as it is when it should be nothing.
void Run::end_samples(Clock::time_point now) {
    const double since = seconds_between(*began_, now) - result_.samples.back().at_s;
    sample(now);
    std::vector<std::vector<std::uint64_t>>& rows = result_.client_samples;
    const double interval = std::chrono::duration<double>(settings_.sample_interval).count();
    if (since > interval / 10 || rows.size() < 2) return;
    std::ranges::transform(rows.back(), rows[rows.size() - 2], rows[rows.size() - 2].begin(),
                           std::plus<>());
    rows.pop_back();
    // Nor is a rate worth anything that was taken from so little.
    result_.samples.erase(result_.samples.end() - 2);
}

Counts Run::counts() const {
    return {board_.sum(&Tally::sent), board_.sum(&Tally::confirmed), board_.sum(&Tally::received),
            board_.sum(&Tally::stormed)};
}

Run::Mark Run::mark() const {
    return {Clock::now(), counts(), cpu_seconds(settings_.broker_pid), own_cpu_seconds()};
}

Span Run::between(const Mark& from, const Mark& to) const {
    return {
        seconds_between(from.time, to.time),
        {to.counts.sent - from.counts.sent, to.counts.confirmed - from.counts.confirmed,
         to.counts.received - from.counts.received, to.counts.connected - from.counts.connected},
        to.broker_cpu_s - from.broker_cpu_s,
        to.client_cpu_s - from.client_cpu_s};
}

std::uint64_t Run::expected() const {
    return settings_.subscribers > 0 ? board_.sum(&Tally::sent) * copies(settings_) : 0;
}

bool Run::all_here() const {
    return board_.sum(&Tally::received) >= expected() &&
           (!settings_.confirmed || board_.sum(&Tally::confirmed) >= board_.sum(&Tally::sent));
}

}  // namespace

std::expected<Result, std::string> run(const Settings& settings, Observer& observer) {
    return Run(settings, observer).all();
}

}  // namespace tern::load
