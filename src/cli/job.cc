#include "cli/job.h"

#include "cli/signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <vector>

namespace tern::cli {
namespace {

constexpr milliseconds kConnectTimeout{10'000};
constexpr milliseconds kRequestTimeout{30'000};

}  // namespace

Job::Job(const CommonOptions& options, const JobTraits& traits)
    : options_(options),
      traits_(traits),
      bar_(traits.shows_progress && !options.quiet, start_),
      quota_(options.count) {
    if (options.timeout) deadline_ = start_ + *options.timeout;
}

int Job::run(int workers, const Work& work) {
    working_ = workers;
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(workers));
    for (int i = 0; i < workers; ++i) threads.emplace_back([this, &work] { this->work(work); });
    watch();
    for (std::thread& thread : threads) thread.join();
    return conclude();
}

void Job::work(const Work& work) {
    const auto done = work(*this);
    if (!done) fail(done.error());
    --working_;
    wake_main_thread();
}

client::Result<client::Connection> Job::connect() {
    return client::Connection::connect(
        {.url = options_.url,
         .user = options_.user,
         .password = options_.password,
         .client_id = options_.client_id,
         .tls = options_.tls,
         .connect_timeout = std::min(kConnectTimeout, options_.timeout.value_or(kConnectTimeout)),
         .request_timeout = kRequestTimeout,
         .on_error = [this](const client::Error& error) { fail(error); },
         .on_interrupted = [this](const client::Error& error) { tell(error.message()); },
         .on_retrying = [this](const client::Error& error) { tell(error.message()); },
         .on_resumed =
             [this, first = true](const std::string& url) mutable {
                 if (!std::exchange(first, false)) tell("Successfully reconnected to " + url);
             },
         .stop_waiting = stop_waiting_.get_token()});
}

void Job::tell(const std::string& line) {
    if (options_.quiet) return;
    fmt::print(stderr, "tern: {}\n", line);
}

void Job::count(std::uint64_t messages, std::uint64_t bytes) {
    messages_ += messages;
    bytes_ += bytes;
    last_counted_ = Clock::now();
}

bool Job::wait_for_turn(std::optional<double> rate) {
    std::unique_lock lock(mutex_);
    if (rate) {
        const auto turn = std::max(next_turn_, Clock::now());
        next_turn_ = turn + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(1 / *rate));
        stopping_.wait_until(lock, turn, [this] { return stopped_; });
    }
    return !stopped_;
}

void Job::stop() {
    quota_.close();
    stop_waiting_.request_stop();
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    stopping_.notify_all();
}

bool Job::stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
}

void Job::fail(const client::Error& error) {
    {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = error;
    }
    stop();
}

void Job::watch() {
    while (working_ > 0) {
        if (wait_for_interruption(next_look())) {
            stop();
            release_signals();  // the next one does not wait for good order
        }
        if (deadline_ && Clock::now() >= *deadline_) {
            deadline_.reset();
            stop();
        }
        bar_.show(Clock::now(), messages_, goal());
    }
}

Job::Clock::time_point Job::next_look() const {
    const auto tick = bar_.next_tick(Clock::now());
    return deadline_ ? std::min(tick, *deadline_) : tick;
}

std::optional<std::uint64_t> Job::goal() const {
    return traits_.count_is_goal ? options_.count : std::nullopt;
}

int Job::conclude() {
    bar_.clear();
    const std::lock_guard lock(mutex_);
    const std::string summary =
        summary_line(traits_.done, messages_, bytes_, Clock::now() - start_);
    if (error_) {
        const bool silent = options_.quiet || messages_ == 0;
        fmt::print(stderr, "tern: {}{}\n", error_->message(), silent ? "" : "; " + summary);
        return *error_ == client::Errc::bad_argument ? 2 : 1;
    }
    if (!options_.quiet) fmt::print(stderr, "{}\n", summary);
    return goal() && messages_ < *goal() ? 3 : 0;
}

}  // namespace tern::cli
