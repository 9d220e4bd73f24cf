#pragma once

#include "client/audit.h"
#include "client/deliveries.h"
#include "client/producer.h"
#include "client/reconnector.h"
#include "client/tracker.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

namespace tern::client {

/// Messages of one session that the broker has not confirmed yet. Guarded by the core's mutex.
struct SendWindow {
    std::size_t unconfirmed = 0;
    /// Since it was asked for last.
    std::optional<Error> failure{};
    std::condition_variable changed{};
};

/// Where the dispatches for one consumer arrive. Its functions run under the core's mutex.
class Receiver {
public:
    virtual void on_dispatch(Delivery delivery) = 0;
    /// The end of a browse, or of a pull that found nothing.
    virtual void on_nothing_more() = 0;
    virtual void on_prefetch(int prefetch) = 0;
    virtual void on_closed_by_broker() = 0;
    /// The connection is lost, and with it all that was delivered; another will follow.
    virtual void on_interrupted() = 0;
    /// Core::stopped has something to say.
    virtual void on_stopped() = 0;
    [[nodiscard]] virtual std::int64_t last_delivered_sequence_id() const = 0;

protected:
    ~Receiver() = default;
};

/// What all parts of a connection share: matches the broker's answers with those who wait for them,
/// and brings messages to their consumers. With failover it survives its link: what is sent waits
/// while there is none, and what was not answered is sent again.
class Core final : private Link::Handler, private Reconnector::Client {
public:
    using Lock = std::unique_lock<std::mutex>;
    using Deadline = std::optional<std::chrono::steady_clock::time_point>;
    /// Counts links: what was received on one cannot be acknowledged on another.
    using Epoch = std::int64_t;
    /// Runs under the mutex when the broker has said yes.
    using Confirmed = std::function<void(Tracker&)>;

    explicit Core(ConnectionOptions options);
    ~Core();

    /// Takes the link into service, for good, and logs in.
    /// Errors: refused, and those of `request`.
    [[nodiscard]] Result<void> open(std::unique_ptr<Link> link);
    /// Connects to what the URL names, with failover if it says so.
    [[nodiscard]] Result<void> open(const Url& url);
    /// Logs out in good order, as far as the connection still works. Not on one of the connection's
    /// threads.
    [[nodiscard]] Result<void> close();
    void interrupt();
    /// Nobody waits for a connection that is not there any more.
    void wait_no_more();

    [[nodiscard]] const ConnectionOptions& options() const { return options_; }
    [[nodiscard]] std::string_view connection_id() const { return connection_id_; }
    [[nodiscard]] std::int64_t next_session() { return ++sessions_; }
    [[nodiscard]] std::int64_t next_transaction() { return ++transactions_; }
    [[nodiscard]] std::int64_t next_temporary() { return ++temporaries_; }
    [[nodiscard]] bool fails_over() const { return reconnector_ != nullptr; }
    /// Of the link that is there, or will be next. Errors: as for calls that wait for it.
    [[nodiscard]] Result<Epoch> epoch();

    /// One way: errors come back as ConnectionError, if at all. After `change` has noted it, so
    /// that it holds at the next broker, too, if this one does not hear it any more.
    template <class T>
    [[nodiscard]] Result<void> send(const T& command, const Confirmed& change);
    /// The same for the end of something: without a connection it need not be said.
    template <class T>
    [[nodiscard]] Result<void> send_end(const T& command, const Confirmed& change);
    /// One way, and of no interest but to the link of that epoch.
    template <class T>
    [[nodiscard]] Result<void> send_in(Epoch epoch, const T& command,
                                       Link::Flush flush = Link::Flush::soon);
    /// One way, a message outside of transactions.
    [[nodiscard]] Result<void> send(WireMessage message);

    /// Waits for the broker's answer, at most for `timeout`, or the connection's.
    /// Errors: refused; timed_out; those of Link::send.
    template <class T>
    [[nodiscard]] Result<void> request(T command, Timeout timeout = {},
                                       const Confirmed& confirmed = {});
    [[nodiscard]] Result<void> request(WireMessage message, Timeout timeout = {});
    /// Ends a transaction, on the link of that epoch if there is one.
    /// Errors: rolled_back (that link is lost, and nothing was said); in_doubt; those of `request`.
    [[nodiscard]] Result<void> request_end(openwire::TransactionInfo info, std::int64_t transaction,
                                           std::optional<Epoch> epoch);
    /// Does not wait for the answer, but while the window has `unconfirmed_max` messages. After an
    /// error `completion` is not called.
    [[nodiscard]] Result<void> send_ahead(WireMessage message,
                                          const std::shared_ptr<SendWindow>& window,
                                          std::size_t unconfirmed_max, Completion completion,
                                          std::optional<std::int64_t> transaction);
    /// Waits until the window is empty and all completions have returned; then says what failed
    /// since the last time.
    [[nodiscard]] Result<void> drain(SendWindow& window, Timeout timeout = {});

    /// Guards receivers, send windows and the audit.
    [[nodiscard]] std::mutex& mutex() { return mutex_; }
    void add(const openwire::ConsumerId& id, Receiver& receiver);
    void remove(const openwire::ConsumerId& id);
    /// Under the mutex.
    [[nodiscard]] Epoch epoch_now() const { return epoch_; }
    /// Why nobody should wait for messages any more; nothing in good times. Under the mutex.
    [[nodiscard]] std::optional<Error> stopped() const;
    /// Null without failover.
    [[nodiscard]] Audit* audit() { return fails_over() ? &audit_ : nullptr; }

private:
    enum class State { down, restoring, up };
    /// Somebody who waits for an answer, on his own stack.
    struct Waiter {
        std::condition_variable answered;
        std::optional<Result<void>> answer;
    };
    /// What a loss means for a request that was not answered.
    enum class OnLoss {
        fail,              ///< it belongs to its link
        repeat,            ///< it is sent again
        with_transaction,  ///< the same, as a part of its transaction
        forget,            ///< somebody else sees to it
        done,              ///< the loss has done it
        doubt,             ///< nobody knows
    };
    /// Either a waiter, or a message sent ahead, or neither.
    struct Pending {
        Waiter* waiter = nullptr;
        std::shared_ptr<SendWindow> window{};
        Completion completion{};
        Confirmed confirmed{};
        OnLoss on_loss = OnLoss::repeat;
        std::function<Result<void>(Link&)> again{};
    };
    using Answered = std::vector<std::pair<Pending, Result<void>>>;
    using ReceiverKey = std::pair<std::int64_t, std::int64_t>;  // session, consumer
    struct Going {
        std::shared_ptr<Link> link;
        std::int32_t command_id;
    };

    [[nodiscard]] Result<std::shared_ptr<Link>> await_link(Lock& lock, Deadline until,
                                                           Epoch beyond = -1);
    [[nodiscard]] std::optional<Error> no_link() const;
    /// Whether the next link makes up for it.
    [[nodiscard]] bool made_up_for(const Result<void>& sent) const;
    /// Numbers the command, which a Pending waits for from then on.
    template <class T>
    [[nodiscard]] std::int32_t enlist(T& command, Pending pending);
    template <class T>
    [[nodiscard]] Result<Going> expect(T& command, Pending pending, Deadline until);
    [[nodiscard]] Result<Going> expect(const std::shared_ptr<KeptMessage>& message, Pending pending,
                                       Deadline until, std::optional<std::int64_t> transaction);
    void forget(std::int32_t command_id);
    [[nodiscard]] Result<void> await(Waiter& waiter, std::int32_t command_id, Deadline until);
    [[nodiscard]] Deadline deadline(Timeout timeout) const;
    [[nodiscard]] Result<void> log_in(Link& link, bool again);
    [[nodiscard]] Result<void> log_out();
    [[nodiscard]] Receiver* find(const std::optional<openwire::ConsumerId>& id);
    void end(const Error& why);
    static void wake(Waiter& waiter, Result<void> answer);
    void complete(const Pending& pending, const Result<void>& answer);
    void complete(const Answered& answered);

    // A link comes and goes. Runs on: the connection's threads.
    void go_down(Answered& answered);
    void answer_lost(Answered& answered);
    [[nodiscard]] Result<void> replay(Link& link);
    [[nodiscard]] Result<void> replay(Link& link, const Tracker& tracker);
    [[nodiscard]] Result<void> replay(Link& link, const Tracker& tracker, std::int64_t transaction,
                                      const std::vector<Tracker::Message>& messages);
    void expect_again(const KeptMessage& message);
    [[nodiscard]] Result<void> restore(Link& link, const openwire::ConsumerInfo& consumer);
    // Reconnector::Client
    [[nodiscard]] Result<void> take(std::shared_ptr<Link> link, bool again) override;
    [[nodiscard]] std::shared_ptr<Link> leave(const Error& why) override;
    [[nodiscard]] std::shared_ptr<Link> take_dead() override;
    void interrupted(const Error& why) override;
    void resumed(const Endpoint& broker) override;
    void still_trying(const Error& why) override;
    void give_up(const Error& why) override;

    // Runs on: the link's thread.
    void on_command(openwire::Command& command) override;
    void on_lost(const Error& error) override;
    void on_answer(std::int32_t correlation_id, Result<void> answer);
    void on_dispatch(openwire::MessageDispatch& dispatch);
    void on_control(const openwire::ConsumerControl& control);
    void report(const Error& error) const;

    const ConnectionOptions options_;
    const std::string connection_id_;
    milliseconds patience_{-1};  ///< without a link; negative is for ever
    std::atomic<std::int64_t> sessions_{0};
    std::atomic<std::int64_t> transactions_{0};
    std::atomic<std::int64_t> temporaries_{0};

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    State state_ = State::down;
    Epoch epoch_ = 0;
    std::shared_ptr<Link> link_;  ///< whatever its state, until it is lost
    std::shared_ptr<Link> dead_;  ///< lost, and its thread has not been waited for
    Tracker tracker_{0};
    Audit audit_;
    std::int32_t last_command_id_ = 0;
    std::unordered_map<std::int32_t, Pending> pending_;
    std::map<ReceiverKey, Receiver*> receivers_;
    std::optional<Error> ended_;
    bool interrupted_ = false;
    bool closing_ = false;

    bool waits_ = true;  ///< for a link

    std::unique_ptr<Reconnector> reconnector_;  ///< does not change once the connection is open
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

template <class T>
std::int32_t Core::enlist(T& command, Pending pending) {
    // Wraps around after 2^31 commands; those with such old numbers were answered long ago.
    last_command_id_ =
        static_cast<std::int32_t>((std::uint32_t{1} + last_command_id_) & 0x7FFFFFFF);
    command.command_id = last_command_id_;
    command.response_required = true;
    pending_.insert_or_assign(last_command_id_, std::move(pending));
    return last_command_id_;
}

template <class T>
Result<Core::Going> Core::expect(T& command, Pending pending, Deadline until) {
    Lock lock(mutex_);
    auto link = await_link(lock, until);
    if (!link) return std::unexpected(std::move(link.error()));
    const bool repeats = fails_over() && pending.on_loss == OnLoss::repeat;
    const std::int32_t id = enlist(command, std::move(pending));
    if (repeats) {
        pending_[id].again = [kept = std::make_shared<const Owned<T>>(command)](Link& next) {
            return next.send(kept->command, Link::Flush::soon);
        };
    }
    return Going{std::move(*link), id};
}

template <class T>
Result<void> Core::request(T command, Timeout timeout, const Confirmed& confirmed) {
    const Deadline until = deadline(timeout);
    Waiter waiter;
    const auto going = expect(command, {.waiter = &waiter, .confirmed = confirmed}, until);
    if (!going) return std::unexpected(going.error());
    auto sent = going->link->send(command, Link::Flush::now);
    if (!sent && !made_up_for(sent)) {
        forget(going->command_id);
        return sent;
    }
    return await(waiter, going->command_id, until);
}

template <class T>
Result<void> Core::send(const T& command, const Confirmed& change) {
    Lock lock(mutex_);
    auto link = await_link(lock, std::nullopt);
    if (!link) return std::unexpected(std::move(link.error()));
    if (fails_over()) change(tracker_);
    lock.unlock();
    auto sent = (*link)->send(command, Link::Flush::soon);
    return made_up_for(sent) ? Result<void>() : sent;
}

template <class T>
Result<void> Core::send_end(const T& command, const Confirmed& change) {
    {
        const Lock lock(mutex_);
        if (fails_over() && state_ == State::down && !ended_) {
            change(tracker_);
            return {};
        }
    }
    return send(command, change);
}

template <class T>
Result<void> Core::send_in(Epoch epoch, const T& command, Link::Flush flush) {
    std::shared_ptr<Link> link;
    {
        Lock lock(mutex_);
        changed_.wait(lock,
                      [this, epoch] { return state_ == State::up || epoch != epoch_ || ended_; });
        if (ended_) return std::unexpected(*ended_);
        if (epoch != epoch_) return {};
        link = link_;
    }
    auto sent = link->send(command, flush);
    return made_up_for(sent) ? Result<void>() : sent;
}

}  // namespace tern::client
