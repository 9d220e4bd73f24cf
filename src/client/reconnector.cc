#include "client/reconnector.h"

#include "base/assert.h"

namespace tern::client {

Reconnector::Reconnector(Client& client, Dialer dialer, const Url& url)
    : client_(client),
      dialer_(std::move(dialer)),
      options_(*url.failover),
      brokers_(url, std::random_device{}()) {}

Reconnector::~Reconnector() {
    TERN_ASSERT(!thread_.joinable());
}

Result<void> Reconnector::start() {
    if (cancel_.descriptor() < 0) return failure(Errc::unreachable, "too many open files");
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
        return failure(Errc::unreachable, error.what());
    }
    return {};
}

void Reconnector::stop() {
    {
        const Lock lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    cancel_.signal();
    if (thread_.joinable()) thread_.join();
}

void Reconnector::lost(const Error& why) {
    const Lock lock(mutex_);
    lost_ = true;
    why_lost_ = why;
    changed_.notify_all();
}

void Reconnector::find_another() {
    const Lock lock(mutex_);
    lost_ = true;
}

void Reconnector::on_control(const openwire::ConnectionControl& control) {
    const Lock lock(mutex_);
    const bool told = brokers_.prefer(control.reconnect_to.view());
    const bool news = brokers_.learn(control.connected_brokers.view());
    const bool moves = told || (news && control.rebalance_connection && brokers_.should_move());
    if (!moves) return;
    move_ = true;
    changed_.notify_all();
}

void Reconnector::run() {
    if (!connect()) return;
    Lock lock(mutex_);
    while (!stopping_) {
        if (lost_) {
            lost_ = move_ = false;
            const auto why = std::exchange(why_lost_, std::nullopt);
            brokers_.lost();
            lock.unlock();
            if (why) client_.interrupted(*why);
            bury_dead();
            if (!connect()) return;
            lock.lock();
        } else if (move_) {
            move_ = false;
            lock.unlock();
            move_away({.code = Errc::connection_lost, .text = "the broker asked to move"});
            lock.lock();
        } else if (const auto better = brokers_.better(); !better.empty()) {
            const auto wanted = [this] { return stopping_ || lost_ || move_; };
            if (changed_.wait_for(lock, options_.max_reconnect_delay, wanted)) continue;
            lock.unlock();
            move_to_better(better);
            lock.lock();
        } else {
            changed_.wait(lock);
        }
    }
}

bool Reconnector::connect() {
    Error why{.code = Errc::connection_lost};
    {
        const Lock lock(mutex_);
        if (stopping_) return false;
        hopeless_ = connected_before_ && !brokers_.may_try();
    }
    for (;;) {
        std::vector<Endpoint> round;
        {
            const Lock lock(mutex_);
            if (!hopeless_) round = brokers_.round();
        }
        if (try_round(round, why)) return true;
        if (!after_failed_round(why)) return false;
    }
}

bool Reconnector::try_round(const std::vector<Endpoint>& brokers, Error& why) {
    for (const Endpoint& broker : brokers) {
        {
            const Lock lock(mutex_);
            if (stopping_) return false;
        }
        if (try_one(broker, why)) return true;
    }
    return false;
}

/// Waits, or gives up; false then.
bool Reconnector::after_failed_round(const Error& why) {
    Lock lock(mutex_);
    if (stopping_) return false;
    // Whoever may not log in the first time has to hear that.
    const bool hopeless = hopeless_ || (!connected_before_ && why == Errc::refused);
    const auto delay = hopeless ? std::nullopt : brokers_.round_failed();
    if (delay) {
        const int often = options_.warn_after_reconnect_attempts;
        if (often > 0 && brokers_.failed_rounds() % often == 0) {
            lock.unlock();
            client_.still_trying(why);
            lock.lock();
        }
        changed_.wait_for(lock, *delay, [this] { return stopping_; });
        return !stopping_;
    }
    Error last = why;
    if (brokers_.failed_rounds() > 0) {
        last.text += (last.text.empty() ? "" : "; ") + std::string("gave up after ") +
                     std::to_string(brokers_.failed_rounds()) + " rounds through " +
                     brokers_.text();
    }
    lock.unlock();
    client_.give_up(last);
    return false;
}

bool Reconnector::try_one(const Endpoint& broker, Error& why) {
    auto link = dialer_.dial(broker, &cancel_);
    if (!link) {
        why = std::move(link.error());
        return false;
    }
    return take(broker, std::move(*link), why);
}

bool Reconnector::take(const Endpoint& broker, std::unique_ptr<Link> link, Error& why) {
    const std::shared_ptr<Link> shared = std::move(link);
    {
        const Lock lock(mutex_);
        brokers_.connecting(broker);
    }
    auto taken = client_.take(shared, connected_before_);
    {
        const Lock lock(mutex_);
        taken ? brokers_.connected() : brokers_.not_connected();
    }
    if (!taken) {
        shared->stop();
        why = std::move(taken.error());
        return false;
    }
    connected_before_ = true;
    client_.resumed(broker);
    return true;
}

/// Leaves the current broker only when there is a better one.
void Reconnector::move_to_better(const std::vector<Endpoint>& better) {
    for (const Endpoint& broker : better) {
        auto link = dialer_.dial(broker, &cancel_);
        if (!link) continue;
        const auto old =
            client_.leave({.code = Errc::connection_lost, .text = "moving to " + broker.text()});
        if (!old) return;  // lost meanwhile
        old->stop();
        Error why;
        if (!take(broker, std::move(*link), why)) find_another();
        return;
    }
}

void Reconnector::move_away(const Error& why) {
    const auto old = client_.leave(why);
    if (!old) return;
    old->stop();
    find_another();
}

void Reconnector::bury_dead() {
    if (const auto dead = client_.take_dead()) dead->stop();
}

}  // namespace tern::client
