#pragma once

#include "client/url.h"

#include <random>

namespace tern::client {

/// Which broker a connection with failover tries when (OpenWire reference, 17; names and rules are
/// those of ActiveMQ's clients). Knows no socket and no clock. Not synchronised.
class Brokers {
public:
    Brokers(const Url& url, std::uint32_t seed)
        : options_(*url.failover), given_(url.brokers), dice_(seed) {}

    /// All brokers in the order of one round. The one that was lost last comes last when the order
    /// is random.
    [[nodiscard]] std::vector<Endpoint> round();
    /// No broker of a round could be had: how long to wait for the next; nothing: give up.
    [[nodiscard]] std::optional<milliseconds> round_failed();
    /// Whether it is worth trying at all, after a loss.
    [[nodiscard]] bool may_try() const { return attempts_max() != 0; }
    [[nodiscard]] int failed_rounds() const { return failed_rounds_; }

    /// From here on it may say where else to go.
    void connecting(const Endpoint& broker);
    void not_connected() { current_.reset(); }
    void connected();
    void lost();
    [[nodiscard]] const std::optional<Endpoint>& current() const { return current_; }

    /// ConnectionControl::reconnect_to: the next round begins with it. False if we do not follow.
    [[nodiscard]] bool prefer(std::string_view url);
    /// ConnectionControl::connected_brokers: which brokers the cluster has. True if that is news.
    [[nodiscard]] bool learn(std::string_view urls);
    /// Whether a new round would begin elsewhere.
    [[nodiscard]] bool should_move();
    /// Those that should be taken instead of the current one as soon as they can be had.
    [[nodiscard]] std::vector<Endpoint> better() const;

    /// For people.
    [[nodiscard]] std::string text() const;

private:
    [[nodiscard]] int attempts_max() const;
    [[nodiscard]] std::vector<Endpoint> known() const;
    [[nodiscard]] bool has_priority(const Endpoint& broker) const;

    const FailoverOptions options_;
    const std::vector<Endpoint> given_;
    std::vector<Endpoint> learnt_;
    std::mt19937 dice_;
    std::optional<Endpoint> current_;
    std::optional<Endpoint> lost_;
    std::optional<Endpoint> preferred_;
    milliseconds delay_{0};
    int failed_rounds_ = 0;
    bool was_connected_ = false;
};

}  // namespace tern::client
