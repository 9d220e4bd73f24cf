#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace tern::client {

/// What the application was done with when a connection was lost: the acknowledgement may have been
/// lost with it, and then the message comes again, but not to the application. Remembers the
/// newest. Not synchronised.
class Audit {
public:
    static constexpr std::size_t kKeysMax = 16'384;

    void done(const std::string& key) { note(key, link_); }
    /// The same for what came on an earlier connection.
    void done_before(const std::string& key) { note(key, link_ - 1); }
    /// True for what was done with on an earlier connection.
    [[nodiscard]] bool was_done(const std::string& key) const {
        const auto found = links_.find(key);
        return found != links_.end() && found->second != link_;
    }
    void connection_lost() { ++link_; }

private:
    void note(const std::string& key, std::int64_t link) {
        const auto [found, is_new] = links_.insert_or_assign(key, link);
        if (!is_new) return;
        order_.push_back(key);
        if (order_.size() <= kKeysMax) return;
        links_.erase(order_.front());
        order_.pop_front();
    }

    std::int64_t link_ = 0;
    std::unordered_map<std::string, std::int64_t> links_;
    std::deque<std::string> order_;
};

}  // namespace tern::client
