#include "realms/directory.h"

namespace tern::realms {
namespace {

constexpr std::size_t kKeptMax = 8;
constexpr std::chrono::seconds kPause{1};

}  // namespace

Directory::Connection Directory::take_kept() {
    const std::scoped_lock lock(mutex_);
    if (kept_.empty()) return nullptr;
    Connection connection = std::move(kept_.back());
    kept_.pop_back();
    return connection;
}

void Directory::keep(Connection connection) {
    const std::scoped_lock lock(mutex_);
    if (kept_.size() < kKeptMax) kept_.push_back(std::move(connection));
}

std::expected<Directory::Connection, DirectoryError> Directory::connect() {
    {
        const std::scoped_lock lock(mutex_);
        if (std::chrono::steady_clock::now() < not_before_) {
            return std::unexpected(DirectoryError{last_error_, true});
        }
    }
    auto connection = DirectoryConnection::open(options_);
    if (!connection) {
        const std::scoped_lock lock(mutex_);
        not_before_ = std::chrono::steady_clock::now() + kPause;
        last_error_ = connection.error().text;
    }
    return connection;
}

std::expected<void, DirectoryError> Directory::with_connection(const Ask& ask) {
    if (Connection kept = take_kept()) {
        auto done = kept->bind_for_search();
        if (done) done = ask(*kept);
        if (done || !done.error().broken) {
            keep(std::move(kept));
            return done;
        }
    }
    auto fresh = connect();
    if (!fresh) return std::unexpected(std::move(fresh.error()));
    auto done = ask(**fresh);
    if (done || !done.error().broken) keep(std::move(*fresh));
    return done;
}

}  // namespace tern::realms
