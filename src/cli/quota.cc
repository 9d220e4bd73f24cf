#include "cli/quota.h"

#include <algorithm>

namespace tern::cli {

bool Quota::take() {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    line_.push_back(ticket);
    changed_.wait(lock,
                  [this, ticket] { return is_over() || (left_ != 0 && line_.front() == ticket); });
    std::erase(line_, ticket);
    changed_.notify_all();
    if (is_over()) return false;
    if (left_) --*left_;
    ++taken_;
    return true;
}

void Quota::give_back() {
    const std::lock_guard lock(mutex_);
    if (left_) ++*left_;
    --taken_;
    changed_.notify_all();
}

void Quota::use() {
    const std::lock_guard lock(mutex_);
    --taken_;
    if (left_ == 0) changed_.notify_all();
}

void Quota::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

bool Quota::is_used_up() const {
    const std::lock_guard lock(mutex_);
    return left_ == 0 && taken_ == 0;
}

}  // namespace tern::cli
