#pragma once

#include "client/deliveries.h"
#include "client/link.h"
#include "client/producer.h"

#include <atomic>
#include <condition_variable>
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
    /// Core::stopped has something to say.
    virtual void on_stopped() = 0;
    [[nodiscard]] virtual std::int64_t last_delivered_sequence_id() const = 0;

protected:
    ~Receiver() = default;
};

/// What all parts of a connection share: matches the broker's answers with those who wait for them,
/// and brings messages to their consumers.
class Core final : private Link::Handler {
public:
    using Lock = std::unique_lock<std::mutex>;
    using Deadline = std::optional<std::chrono::steady_clock::time_point>;

    explicit Core(ConnectionOptions options);
    ~Core();

    /// Takes the link into service and logs in. Errors: refused, and those of `request`.
    [[nodiscard]] Result<void> open(std::unique_ptr<Link> link);
    /// Logs out in good order, as far as the connection still works. Not on the connection's
    /// thread.
    [[nodiscard]] Result<void> close();
    void interrupt();

    [[nodiscard]] const ConnectionOptions& options() const { return options_; }
    [[nodiscard]] std::string_view connection_id() const { return connection_id_; }
    [[nodiscard]] std::int64_t next_session() { return ++sessions_; }
    [[nodiscard]] std::int64_t next_transaction() { return ++transactions_; }
    [[nodiscard]] std::int64_t next_temporary() { return ++temporaries_; }

    /// One way: errors come back as ConnectionError, if at all.
    template <class T>
    [[nodiscard]] Result<void> send(const T& command, Link::Flush flush = Link::Flush::soon) {
        return link_->send(command, flush);
    }
    /// Waits for the broker's answer, at most for `timeout`, or the connection's.
    /// Errors: refused; timed_out; those of Link::send.
    template <class T>
    [[nodiscard]] Result<void> request(T command, Timeout timeout = {});
    [[nodiscard]] Result<void> request(WireMessage& message, Timeout timeout = {});
    /// Does not wait for the answer, but while the window has `unconfirmed_max` messages. After an
    /// error `completion` is not called.
    [[nodiscard]] Result<void> send_ahead(WireMessage& message,
                                          const std::shared_ptr<SendWindow>& window,
                                          std::size_t unconfirmed_max, Completion completion);
    /// Waits until the window is empty and all completions have returned; then says what failed
    /// since the last time.
    [[nodiscard]] Result<void> drain(SendWindow& window, Timeout timeout = {});

    /// Guards receivers and send windows.
    [[nodiscard]] std::mutex& mutex() { return mutex_; }
    void add(const openwire::ConsumerId& id, Receiver& receiver);
    void remove(const openwire::ConsumerId& id);
    /// Why nobody should wait for messages any more; nothing in good times. Under the mutex.
    [[nodiscard]] std::optional<Error> stopped() const;

private:
    /// Somebody who waits for an answer, on his own stack.
    struct Waiter {
        std::condition_variable answered;
        std::optional<Result<void>> answer;
    };
    /// Either a waiter, or a message sent ahead.
    struct Pending {
        Waiter* waiter = nullptr;
        std::shared_ptr<SendWindow> window{};
        Completion completion{};
    };
    using ReceiverKey = std::pair<std::int64_t, std::int64_t>;  // session, consumer

    [[nodiscard]] Result<std::int32_t> expect(Pending pending);
    void forget(std::int32_t command_id);
    [[nodiscard]] Result<void> await(Waiter& waiter, std::int32_t command_id, Timeout timeout);
    [[nodiscard]] Deadline deadline(Timeout timeout) const;
    [[nodiscard]] Result<void> log_in();
    [[nodiscard]] Result<void> log_out();
    [[nodiscard]] Receiver* find(const std::optional<openwire::ConsumerId>& id);
    void end(const Error& why);
    static void wake(Waiter& waiter, Result<void> answer);
    void complete(const Pending& pending, const Result<void>& answer);

    // Runs on: the connection's thread.
    void on_command(openwire::Command& command) override;
    void on_lost(const Error& error) override;
    void on_answer(std::int32_t correlation_id, Result<void> answer);
    void on_dispatch(openwire::MessageDispatch& dispatch);
    void on_control(const openwire::ConsumerControl& control);
    void report(const Error& error) const;

    const ConnectionOptions options_;
    const std::string connection_id_;
    std::atomic<std::int64_t> sessions_{0};
    std::atomic<std::int64_t> transactions_{0};
    std::atomic<std::int64_t> temporaries_{0};
    std::unique_ptr<Link> link_;

    std::mutex mutex_;  // guards what follows
    std::int32_t last_command_id_ = 0;
    std::unordered_map<std::int32_t, Pending> pending_;
    std::map<ReceiverKey, Receiver*> receivers_;
    std::optional<Error> ended_;
    bool interrupted_ = false;
    bool closing_ = false;
};

template <class T>
Result<void> Core::request(T command, Timeout timeout) {
    Waiter waiter;
    const auto id = expect({.waiter = &waiter});
    if (!id) return std::unexpected(id.error());
    command.command_id = *id;
    command.response_required = true;
    if (auto sent = link_->send(command, Link::Flush::now); !sent) {
        forget(*id);
        return sent;
    }
    return await(waiter, *id, timeout);
}

}  // namespace tern::client
