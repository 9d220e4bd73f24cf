#include "cli/commands.h"
#include "cli/job.h"
#include "cli/printer.h"

#include <algorithm>
#include <unistd.h>

namespace tern::cli {
namespace {

using client::AckMode;
using client::Result;
using Acknowledge = ConsumeOptions::Acknowledge;

constexpr int kPrefetchMax = 1000;
/// How long a worker waits before it looks whether it should go on.
constexpr milliseconds kPatience{100};

/// One connection that receives. What it acknowledges has left the process before.
class Receiver {
public:
    Receiver(Job& job, const ConsumeOptions& options, Printer& printer)
        : job_(job), options_(options), printer_(printer) {}

    Result<void> run() {
        auto connection = job_.connect();
        if (!connection) return std::unexpected(std::move(connection.error()));
        auto session = connection->create_session({.ack_mode = ack_mode()});
        if (!session) return std::unexpected(std::move(session.error()));
        auto consumer = session->create_consumer(options_.common.destination,
                                                 {.selector = options_.selector,
                                                  .subscription = options_.subscription,
                                                  .prefetch = prefetch()});
        if (!consumer) return std::unexpected(std::move(consumer.error()));
        connection_ = std::move(*connection);
        session_ = std::move(*session);
        consumer_ = std::move(*consumer);
        if (auto received = receive_all(); !received) return received;
        if (options_.acknowledge != Acknowledge::none) {
            if (auto settled = settle(); !settled) return settled;
        }
        return connection_->close();
    }

private:
    [[nodiscard]] AckMode ack_mode() const {
        if (options_.transacted > 0) return AckMode::transacted;
        if (options_.acknowledge == Acknowledge::individual) return AckMode::individual;
        return AckMode::client;
    }

    /// The broker need not send ahead what is not wanted.
    [[nodiscard]] std::optional<int> prefetch() const {
        if (options_.prefetch || !options_.common.count) return options_.prefetch;
        if (options_.common.destination.is_topic()) return std::nullopt;
        const std::uint64_t count = std::max<std::uint64_t>(*options_.common.count, 1);
        return static_cast<int>(std::min<std::uint64_t>(count, kPrefetchMax));
    }

    Result<void> receive_all() {
        bool has_turn = false;
        while (job_.take()) {
            has_turn = has_turn || job_.wait_for_turn(options_.rate);
            auto message = has_turn ? next() : std::nullopt;
            if (!message || !*message) {
                job_.give_back();
                if (!message) return std::unexpected(std::move(message.error()));
                if (is_idle()) job_.stop();
                continue;
            }
            has_turn = false;
            auto handled = handle(**message);
            job_.use();
            if (!handled) return handled;
        }
        return {};
    }

    Result<std::optional<client::Message>> next() {
        auto message = consumer_->receive_no_wait();
        if (!message || *message) return message;
        if (options_.acknowledge == Acknowledge::automatic && options_.transacted == 0) {
            if (auto settled = settle(); !settled) return std::unexpected(settled.error());
        }
        return consumer_->receive(std::min(kPatience, options_.idle.value_or(kPatience)));
    }

    [[nodiscard]] bool is_idle() const {
        return options_.idle && Job::Clock::now() - job_.last_counted() >= *options_.idle;
    }

    Result<void> handle(const client::Message& message) {
        if (auto printed = printer_.print(message); !printed) return printed;
        job_.count(1, body_bytes(message));
        ++unsettled_;
        if (options_.transacted > 0) {
            return unsettled_ >= options_.transacted ? settle() : Result<void>();
        }
        if (options_.acknowledge == Acknowledge::individual) {
            if (auto flushed = printer_.flush(); !flushed) return flushed;
            unsettled_ = 0;
            return consumer_->acknowledge(message);
        }
        const bool at_once = options_.acknowledge == Acknowledge::automatic;
        return at_once && unsettled_ >= options_.batch ? settle() : Result<void>();
    }

    /// Acknowledges or commits what was printed.
    Result<void> settle() {
        if (auto flushed = printer_.flush(); !flushed) return flushed;
        if (std::exchange(unsettled_, 0) == 0) return {};
        return options_.transacted > 0 ? session_->commit() : session_->acknowledge();
    }

    Job& job_;
    const ConsumeOptions& options_;
    Printer& printer_;
    std::optional<client::Connection> connection_;
    std::optional<client::Session> session_;
    std::optional<client::Consumer> consumer_;
    std::uint64_t unsettled_ = 0;
};

}  // namespace

int consume(const ConsumeOptions& options) {
    Printer printer(options.print, stdout);
    const bool prints_to_terminal = options.print != Print::nothing && ::isatty(STDOUT_FILENO) != 0;
    Job job(options.common, {.done = "received", .shows_progress = !prints_to_terminal});
    return job.run(options.parallel,
                   [&](Job& running) { return Receiver(running, options, printer).run(); });
}

}  // namespace tern::cli
