#pragma once

#include "cli/options.h"
#include "cli/progress_bar.h"
#include "cli/quota.h"
#include "client/connection.h"

#include <atomic>
#include <functional>
#include <stop_token>
#include <string_view>

namespace tern::cli {

/// How a job presents itself.
struct JobTraits {
    /// What becomes of the messages: "sent".
    std::string_view done{};
    /// For jobs that do not fill the terminal with something else.
    bool shows_progress = false;
    /// Fewer messages than --count are a failure.
    bool count_is_goal = true;
};

/// One run of a command: workers in threads of their own, while the main thread watches over
/// signals, the time, and the progress bar. Signals must be blocked, see signals.h.
class Job {
public:
    using Clock = std::chrono::steady_clock;
    using Work = std::function<client::Result<void>(Job&)>;

    Job(const CommonOptions& options, const JobTraits& traits);

    /// Runs `work` in each worker; the first error stops all. Returns the exit code, having said
    /// what there is to say.
    [[nodiscard]] int run(int workers, const Work& work);

    // For the workers.

    /// Errors: those of client::Connection::connect. What the broker reports later stops the job.
    [[nodiscard]] client::Result<client::Connection> connect();
    /// Asks for one message of the count. False when it is time to end.
    [[nodiscard]] bool take() { return quota_.take(); }
    void give_back() { quota_.give_back(); }
    void use() { quota_.use(); }
    /// Messages are done.
    void count(std::uint64_t messages, std::uint64_t bytes);
    /// Since then nothing was counted.
    [[nodiscard]] Clock::time_point last_counted() const { return last_counted_; }
    /// Waits until the rate, a second and all workers together, allows one more message. False when
    /// the job stops meanwhile.
    [[nodiscard]] bool wait_for_turn(std::optional<double> rate);
    /// Everybody ends as soon as possible, and in good order.
    void stop();
    [[nodiscard]] bool stopped();

private:
    void work(const Work& work);
    void fail(const client::Error& error);
    void tell(const std::string& line);
    void watch();
    [[nodiscard]] Clock::time_point next_look() const;
    [[nodiscard]] int conclude();
    [[nodiscard]] std::optional<std::uint64_t> goal() const;

    const CommonOptions& options_;
    const JobTraits traits_;
    const Clock::time_point start_ = Clock::now();
    std::optional<Clock::time_point> deadline_;
    ProgressBar bar_;
    Quota quota_;
    std::atomic<std::uint64_t> messages_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<Clock::time_point> last_counted_{start_};
    std::atomic<int> working_{0};
    std::stop_source stop_waiting_;

    std::mutex mutex_;  // guards what follows
    std::condition_variable stopping_;
    bool stopped_ = false;
    Clock::time_point next_turn_ = start_;
    std::optional<client::Error> error_;
};

}  // namespace tern::cli
