#include "client/brokers.h"

#include <algorithm>
#include <cmath>

namespace tern::client {
namespace {

bool contains(const std::vector<Endpoint>& brokers, const Endpoint& broker) {
    return std::ranges::any_of(
        brokers, [&broker](const Endpoint& other) { return other.same_place(broker); });
}

/// Removes it, and says whether it was there.
bool take(std::vector<Endpoint>& brokers, const std::optional<Endpoint>& broker) {
    return broker && std::erase_if(brokers, [&broker](const Endpoint& other) {
                         return other.same_place(*broker);
                     }) > 0;
}

}  // namespace

std::vector<Endpoint> Brokers::known() const {
    std::vector<Endpoint> all = learnt_;
    for (const Endpoint& broker : given_) {
        if (!contains(all, broker)) all.push_back(broker);
    }
    return all;
}

std::vector<Endpoint> Brokers::round() {
    std::vector<Endpoint> order = known();
    if (options_.randomize) {
        const bool last = take(order, lost_);
        std::ranges::shuffle(order, dice_);
        if (last) order.push_back(*lost_);
    }
    if (options_.priority_backup) {
        std::ranges::stable_partition(
            order, [this](const Endpoint& broker) { return has_priority(broker); });
    }
    if (preferred_) {
        take(order, preferred_);
        order.insert(order.begin(), *preferred_);
    }
    return order;
}

std::optional<milliseconds> Brokers::round_failed() {
    ++failed_rounds_;
    preferred_.reset();
    const int most = attempts_max();
    if (most >= 0 && failed_rounds_ >= most) return std::nullopt;
    const bool first = delay_ == milliseconds::zero();
    if (first || !options_.use_exponential_back_off) {
        delay_ = std::max(options_.initial_reconnect_delay, milliseconds(1));
    } else {
        const double longer =
            static_cast<double>(delay_.count()) * std::max(options_.back_off_multiplier, 1.0);
        const auto longest = static_cast<double>(options_.max_reconnect_delay.count());
        delay_ = milliseconds(static_cast<std::int64_t>(std::min(std::ceil(longer), longest)));
    }
    delay_ = std::clamp(delay_, milliseconds(1),
                        std::max(options_.max_reconnect_delay, milliseconds(1)));
    return delay_;
}

int Brokers::attempts_max() const {
    const bool starting = !was_connected_ && options_.startup_max_reconnect_attempts >= 0;
    return starting ? options_.startup_max_reconnect_attempts : options_.max_reconnect_attempts;
}

void Brokers::connecting(const Endpoint& broker) {
    current_ = broker;
    preferred_.reset();
}

void Brokers::connected() {
    lost_.reset();
    delay_ = milliseconds::zero();
    failed_rounds_ = 0;
    was_connected_ = true;
}

void Brokers::lost() {
    lost_ = std::exchange(current_, std::nullopt);
}

bool Brokers::prefer(std::string_view url) {
    if (!options_.reconnect_supported) return false;
    auto broker = parse_endpoint(url);
    if (!broker || (current_ && broker->same_place(*current_))) return false;
    preferred_ = std::move(*broker);
    return true;
}

bool Brokers::learn(std::string_view urls) {
    constexpr std::size_t kBrokersMax = 1000;
    if (!options_.update_uris_supported || urls.empty()) return false;
    std::vector<Endpoint> brokers;
    while (!urls.empty() && brokers.size() < kBrokersMax) {
        const std::size_t end = std::min(urls.find(','), urls.size());
        auto broker = parse_endpoint(urls.substr(0, end));
        urls.remove_prefix(std::min(end + 1, urls.size()));
        // What we do not speak is of no use to us.
        if (broker && !contains(brokers, *broker)) brokers.push_back(std::move(*broker));
    }
    if (brokers.empty() || brokers == learnt_) return false;
    learnt_ = std::move(brokers);
    return true;
}

bool Brokers::should_move() {
    return current_ && !round().front().same_place(*current_);
}

std::vector<Endpoint> Brokers::better() const {
    if (!options_.priority_backup || !current_ || has_priority(*current_)) return {};
    std::vector<Endpoint> found;
    std::ranges::copy_if(known(), std::back_inserter(found),
                         [this](const Endpoint& broker) { return has_priority(broker); });
    return found;
}

/// Without a list the first one has it.
bool Brokers::has_priority(const Endpoint& broker) const {
    if (options_.priority_uris.empty()) return given_.front().same_place(broker);
    return contains(options_.priority_uris, broker);
}

std::string Brokers::text() const {
    std::string names;
    for (const Endpoint& broker : known()) names += (names.empty() ? "" : ", ") + broker.text();
    return names;
}

}  // namespace tern::client
