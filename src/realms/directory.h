#pragma once

#include "realms/directory_connection.h"

#include <chrono>
#include <functional>
#include <mutex>

namespace tern::realms {

/// A directory that is asked over and over: keeps connections that nobody uses for the next one,
/// and after it could not be reached does not try again for a moment, so that a crowd of logins
/// does not wait for a server that is down.
///
/// Used from any thread, several at a time.
class Directory {
public:
    explicit Directory(DirectoryOptions options) : options_(std::move(options)) {}

    using Ask = std::function<std::expected<void, DirectoryError>(DirectoryConnection&)>;

    /// Calls `ask` with a connection, bound for searching; once more with a fresh one if the first
    /// was kept from before and turns out to be of no use any more. The error is that of connecting
    /// or the one that `ask` returned.
    [[nodiscard]] std::expected<void, DirectoryError> with_connection(const Ask& ask);

private:
    using Connection = std::unique_ptr<DirectoryConnection>;

    [[nodiscard]] Connection take_kept();
    void keep(Connection connection);
    [[nodiscard]] std::expected<Connection, DirectoryError> connect();

    const DirectoryOptions options_;
    std::mutex mutex_;
    std::vector<Connection> kept_;
    std::chrono::steady_clock::time_point not_before_;  ///< when to try to connect again
    std::string last_error_;
};

}  // namespace tern::realms
