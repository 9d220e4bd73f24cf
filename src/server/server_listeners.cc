#include "base/log.h"
#include "config/connector_uri.h"
#include "server/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

// Listeners that come and go while the broker runs. The document has the last word: at the next
// start there are those that it names.

namespace tern::server {
namespace {

admin::ConnectionLimit limit_of(const gateway::Places& places) {
    return {.max = places.max(), .open = places.taken(), .refused = places.refused()};
}

/// The same with an address instead of a name, which may take a while to find.
std::expected<gateway::Endpoint, std::string> with_address(const gateway::Endpoint& where) {
    using boost::asio::ip::tcp;
    boost::asio::io_context context;
    boost::system::error_code error;
    const auto found = tcp::resolver(context).resolve(where.host, std::to_string(where.port),
                                                      tcp::resolver::passive, error);
    if (error || found.empty()) {
        return std::unexpected(fmt::format("cannot find {}: {}", where.host, error.message()));
    }
    return gateway::Endpoint{found.begin()->endpoint().address().to_string(), where.port};
}

}  // namespace

void Server::add_listener(const std::string& uri, admin::Surroundings::Added answer) {
    auto wanted = listener_of(uri);
    if (!wanted) return answer(std::unexpected(wanted.error()));
    auto where = with_address(wanted->endpoint);
    if (!where) return answer(std::unexpected(where.error()));
    wanted->endpoint = std::move(*where);
    if (would_expose(*wanted)) {
        return answer(std::unexpected(
            wanted->name + " would be open to everybody, for nothing says who clients are"));
    }
    shards_[ShardId{0}].deliver(
        [this, wanted = std::move(*wanted), answer = std::move(answer)]() mutable {
            forget_closed_listeners();
            // A name of its own, for whoever wants it removed.
            const std::string scheme = wanted.name;
            const auto is_taken = [&wanted](const auto& one) { return one->name() == wanted.name; };
            for (int number = 2; std::ranges::any_of(listeners_, is_taken); ++number) {
                wanted.name = fmt::format("{}-{}", scheme, number);
            }
            auto opened = listen(wanted);
            if (!opened) return answer(std::unexpected(opened.error()));
            opened->scheme = scheme;
            if (listening_) listeners_.back()->start();
            log::info("server", "an operator added {}", opened->name);
            {
                const std::scoped_lock lock(settings_mutex_);
                open_.push_back(*opened);
            }
            answer(opened->name);
        });
}

void Server::remove_listener(const std::string& name, std::move_only_function<void(bool)> answer) {
    shards_[ShardId{0}].deliver([this, name, answer = std::move(answer)]() mutable {
        forget_closed_listeners();
        const auto removed = std::ranges::stable_partition(
            listeners_, [&name](const auto& one) { return one->name() != name; });
        const bool found = !removed.empty();
        for (auto& one : removed) {
            one->stop([] {});
            one->end_strangers();
            closed_listeners_.push_back(std::move(one));
        }
        listeners_.erase(removed.begin(), removed.end());
        if (found) log::info("server", "an operator removed {}", name);
        {
            const std::scoped_lock lock(settings_mutex_);
            std::erase_if(open_, [&](const Listening& one) { return found && one.name == name; });
        }
        answer(found);
    });
}

void Server::forget_closed_listeners() {
    std::erase_if(closed_listeners_, [](const auto& one) { return one->is_over(); });
}

std::vector<admin::OpenListener> Server::open_listeners() {
    const std::scoped_lock lock(settings_mutex_);
    std::vector<admin::OpenListener> all;
    all.reserve(open_.size());
    for (const Listening& one : open_) {
        all.push_back({.name = one.name,
                       .scheme = one.scheme.empty() ? one.name : one.scheme,
                       .address = to_text(one.endpoint),
                       .connections = one.places == nullptr ? admin::ConnectionLimit()
                                                            : limit_of(*one.places)});
    }
    return all;
}

admin::ConnectionLimit Server::connection_limit() const {
    return limit_of(places_);
}

}  // namespace tern::server
