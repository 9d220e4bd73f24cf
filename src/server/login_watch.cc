#include "server/login_watch.h"

#include "base/assert.h"

#include <utility>

namespace tern::server {

using security::IdentityPtr;
using security::Standing;

LoginWatch::~LoginWatch() {
    TERN_ASSERT(!thread_.joinable());
}

void LoginWatch::add(const IdentityPtr& who) {
    if (!who->standing()) return;
    const std::scoped_lock lock(mutex_);
    doubted_.try_emplace(who, false);
}

LoginWatch::Identities LoginWatch::watched() {
    Identities all;
    const std::scoped_lock lock(mutex_);
    std::erase_if(doubted_, [](const auto& one) { return one.first.expired(); });
    all.reserve(doubted_.size());
    for (const auto& [held, doubted] : doubted_) {
        if (auto who = held.lock()) all.push_back(std::move(who));
    }
    return all;
}

bool LoginWatch::is_over(const IdentityPtr& who, Standing standing) {
    if (standing == Standing::unknown) return false;
    const std::scoped_lock lock(mutex_);
    const auto found = doubted_.find(who);
    if (found == doubted_.end()) return false;
    const bool doubted = std::exchange(found->second, standing == Standing::over);
    if (!doubted || standing != Standing::over) return false;
    doubted_.erase(found);
    return true;
}

LoginWatch::Identities LoginWatch::look(const std::stop_token& stop) {
    Identities over;
    for (const IdentityPtr& who : watched()) {
        if (stop.stop_requested()) break;
        if (is_over(who, who->standing()())) over.push_back(who);
    }
    return over;
}

void LoginWatch::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void LoginWatch::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

void LoginWatch::run(const std::stop_token& stop) {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            stopping_.wait_for(lock, stop, period_, [] { return false; });
        }
        if (stop.stop_requested()) return;
        looked_(look(stop));
    }
}

}  // namespace tern::server
