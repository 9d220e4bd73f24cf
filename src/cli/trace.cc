#include "admin/target.h"
#include "cli/watch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <map>
#include <thread>

namespace tern::cli {
namespace {

/// Messages that are followed at a time, from the head of the queue.
constexpr std::uint64_t kMessages = 1000;

class Trace {
public:
    Trace(const OperateOptions& options, const BrokerApi& api)
        : options_(options),
          api_(api),
          path_("/api/v1/queues/" + admin::escape(options.names.front())) {}

    Outcome<int> run();

private:
    struct Seen {
        std::string state;
        std::string name;  ///< its JMSMessageID, or its number
    };

    Outcome<bool> look();
    void say(const char* what, std::uint64_t id, const Seen& one, const json::object* row) const;

    const OperateOptions& options_;
    const BrokerApi& api_;
    std::string path_;
    std::map<std::uint64_t, Seen> seen_;
    std::uint64_t last_ = 0;  ///< the newest that was seen
    std::optional<std::uint64_t> enqueued_;
    bool first_ = true;
};

void Trace::say(const char* what, std::uint64_t id, const Seen& one,
                const json::object* row) const {
    if (options_.json) {
        json::object event{{"event", what}, {"id", id}, {"message_id", one.name}};
        if (row != nullptr) event["message"] = *row;
        return print(json::serialize(event) + "\n");
    }
    const std::time_t now = std::time(nullptr);
    std::string text =
        fmt::format("{:%H:%M:%S} {:<9} {} {}", fmt::localtime(now), what, id, one.name);
    if (row != nullptr && row->contains("consumer")) text += " to " + cell(*row, "consumer");
    if (row != nullptr && row->contains("preview")) text += "  " + cell(*row, "preview");
    print(text + "\n");
}

Outcome<bool> Trace::look() {
    std::string query = "?limit=" + std::to_string(kMessages);
    if (!options_.selector.empty()) query += "&selector=" + admin::escape(options_.selector);
    auto page = api_.call("GET", path_ + "/messages" + query);
    if (!page) return std::unexpected(page.error());
    const auto queue = api_.call("GET", path_);
    if (!queue) return std::unexpected(queue.error());
    std::map<std::uint64_t, Seen> now;
    std::uint64_t came = 0;
    for (const json::value& item : page->at("items").as_array()) {
        const json::object& row = item.as_object();
        const auto id = row.at("id").to_number<std::uint64_t>();
        Seen one{.state = cell(row, "state"), .name = cell(row, "message_id")};
        const auto before = seen_.find(id);
        if (before == seen_.end()) {
            if (id > last_) ++came;
            if (!first_ || one.state != "ready") {
                say(one.state == "ready" ? "came" : one.state.c_str(), id, one, &row);
            }
        } else if (before->second.state != one.state) {
            say(one.state == "ready" ? "returned" : one.state.c_str(), id, one, &row);
        }
        last_ = std::max(last_, id);
        now.emplace(id, std::move(one));
    }
    for (const auto& [id, one] : seen_) {
        // What lies behind a full page may be there still.
        const bool beyond = page->contains("next") && !now.empty() && id > now.rbegin()->first;
        if (!now.contains(id) && !beyond) say("gone", id, one, nullptr);
    }
    const auto total = queue->at("enqueued").to_number<std::uint64_t>();
    if (enqueued_ && options_.selector.empty() && !page->contains("next") &&
        total > *enqueued_ + came) {
        const std::string quick =
            fmt::format("{} that came and went between two looks", total - *enqueued_ - came);
        say("also", 0, {.state = {}, .name = quick}, nullptr);
    }
    enqueued_ = total;
    seen_ = std::move(now);
    first_ = false;
    return true;
}

Outcome<int> Trace::run() {
    for (std::uint64_t looks = 0;; ++looks) {
        if (auto looked = look(); !looked) return std::unexpected(looked.error());
        if (options_.count && looks >= *options_.count) return 0;
        std::this_thread::sleep_for(options_.period);
    }
}

}  // namespace

Outcome<int> trace(const OperateOptions& options, const BrokerApi& api) {
    return Trace(options, api).run();
}

}  // namespace tern::cli
