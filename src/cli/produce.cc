#include "cli/commands.h"
#include "cli/job.h"
#include "cli/line_reader.h"
#include "cli/printer.h"

#include <unistd.h>

namespace tern::cli {
namespace {

using client::Result;

/// One connection that sends.
class Sender {
public:
    Sender(Job& job, const ProduceOptions& options, LineReader& lines)
        : job_(job), options_(options), lines_(lines), message_(options.message) {}

    Result<void> run() {
        auto connection = job_.connect();
        if (!connection) return std::unexpected(std::move(connection.error()));
        auto session = connection->create_session(
            {.ack_mode = transacted() ? client::AckMode::transacted : client::AckMode::automatic,
             .unconfirmed_max = options_.window});
        if (!session) return std::unexpected(std::move(session.error()));
        auto producer = session->create_producer(options_.common.destination,
                                                 {.time_to_live = options_.time_to_live});
        if (!producer) return std::unexpected(std::move(producer.error()));
        if (auto sent = send_all(*session, *producer); !sent) return sent;
        if (auto closed = session->close(); !closed) return closed;
        return connection->close();
    }

private:
    [[nodiscard]] bool transacted() const { return options_.transacted > 0; }

    Result<void> send_all(client::Session& session, client::Producer& producer) {
        while (job_.take()) {
            const auto ready = prepare();
            if (!ready || !*ready) {
                job_.give_back();
                if (!ready) return std::unexpected(ready.error());
                break;
            }
            auto sent = transacted() ? send_in_transaction(session, producer) : send(producer);
            job_.use();
            if (!sent) return sent;
        }
        return transacted() ? commit(session) : session.flush();
    }

    /// False when there is nothing to send any more.
    Result<bool> prepare() {
        if (!job_.wait_for_turn(options_.rate)) return false;
        if (options_.numbered) message_.body = "test message: " + std::to_string(prepared_++);
        if (!options_.lines) return true;
        auto line = lines_.next([this] { return job_.stopped(); });
        if (!line) return std::unexpected(line.error());
        if (!*line) {
            job_.stop();
            return false;
        }
        if (message_.bytes() != nullptr) {
            message_.body = client::Blob((*line)->begin(), (*line)->end());
        } else {
            message_.body = std::move(**line);
        }
        return true;
    }

    Result<void> send(client::Producer& producer) {
        const auto sent = producer.send_async(
            message_, [&job = job_, bytes = body_bytes(message_)](const Result<void>& confirmed) {
                if (confirmed) job.count(1, bytes);
            });
        if (!sent) return std::unexpected(sent.error());
        return {};
    }

    Result<void> send_in_transaction(client::Session& session, client::Producer& producer) {
        const auto sent = producer.send(message_);
        if (!sent) return std::unexpected(sent.error());
        ++uncommitted_;
        uncommitted_bytes_ += body_bytes(message_);
        if (uncommitted_ < options_.transacted) return {};
        return commit(session);
    }

    Result<void> commit(client::Session& session) {
        auto committed = session.commit();
        if (committed && uncommitted_ > 0) job_.count(uncommitted_, uncommitted_bytes_);
        uncommitted_ = 0;
        uncommitted_bytes_ = 0;
        return committed;
    }

    Job& job_;
    const ProduceOptions& options_;
    LineReader& lines_;
    client::Message message_;
    std::uint64_t prepared_ = 0;
    std::uint64_t uncommitted_ = 0;
    std::uint64_t uncommitted_bytes_ = 0;
};

}  // namespace

int produce(const ProduceOptions& options) {
    LineReader lines(STDIN_FILENO);
    Job job(options.common, {.done = "sent", .shows_progress = true});
    return job.run(options.parallel,
                   [&](Job& running) { return Sender(running, options, lines).run(); });
}

}  // namespace tern::cli
