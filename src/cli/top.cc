#include "cli/table.h"
#include "cli/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tern::cli {
namespace {

/// Queues that may be among the busiest, by each of what they are sorted by.
constexpr std::uint64_t kCandidates = 500;
constexpr std::size_t kRows = 15;

using Clock = std::chrono::steady_clock;

double number(const json::object& row, const char* name) {
    const json::value* const found = row.if_contains(name);
    return found != nullptr && found->is_number() ? found->to_number<double>() : 0;
}

/// Rows by what names them, with how fast counters grew since the look before.
class Rates {
public:
    explicit Rates(std::vector<const char*> counters) : counters_(std::move(counters)) {}

    /// Adds a member `NAME_rate` for each counter.
    void look(json::object& row, const std::string& id, double seconds) {
        const auto before = before_.find(id);
        json::object& now = now_[id];
        for (const char* counter : counters_) {
            const double value = number(row, counter);
            now[counter] = value;
            const double grown =
                before == before_.end() ? 0 : value - number(before->second, counter);
            row[std::string(counter) + "_rate"] =
                seconds > 0 ? std::max(0.0, grown / seconds) : 0.0;
        }
    }
    void next() {
        before_ = std::move(now_);
        now_.clear();
    }

private:
    std::vector<const char*> counters_;
    std::map<std::string, json::object> before_;
    std::map<std::string, json::object> now_;
};

class Top {
public:
    Top(const OperateOptions& options, const BrokerApi& api) : options_(options), api_(api) {}

    Outcome<int> run();

private:
    Outcome<std::vector<json::object>> queues(double seconds);
    Outcome<std::vector<json::object>> consumers(double seconds);
    [[nodiscard]] std::size_t rows() const { return options_.limit.value_or(kRows); }
    static std::string rate(const json::object& row, const char* name) {
        return fmt::format("{:.0f}", number(row, name));
    }
    void show(const std::vector<json::object>& queues,
              const std::vector<json::object>& consumers) const;

    const OperateOptions& options_;
    const BrokerApi& api_;
    Rates queue_rates_{{"enqueued", "dequeued"}};
    Rates consumer_rates_{{"delivered"}};
};

Outcome<std::vector<json::object>> Top::queues(double seconds) {
    std::map<std::string, json::object> found;
    for (const char* sort : {"enqueued", "size"}) {
        auto some =
            api_.list("/api/v1/queues", std::string("&order=descending&sort=") + sort, kCandidates);
        if (!some) return std::unexpected(some.error());
        for (json::value& one : *some) found[cell(one.as_object(), "name")] = one.as_object();
    }
    std::vector<json::object> all;
    for (auto& [name, row] : found) {
        queue_rates_.look(row, name, seconds);
        all.push_back(std::move(row));
    }
    queue_rates_.next();
    std::ranges::stable_sort(all, std::greater(), [](const json::object& row) {
        return std::pair(number(row, "enqueued_rate") + number(row, "dequeued_rate"),
                         number(row, "size"));
    });
    if (all.size() > rows()) all.resize(rows());
    return all;
}

Outcome<std::vector<json::object>> Top::consumers(double seconds) {
    auto found = api_.list("/api/v1/consumers");
    if (!found) return std::unexpected(found.error());
    std::vector<json::object> all;
    for (json::value& one : *found) {
        json::object& row = all.emplace_back(std::move(one.as_object()));
        consumer_rates_.look(row, cell(row, "id") + cell(row, "destination"), seconds);
    }
    consumer_rates_.next();
    std::ranges::stable_sort(all, std::greater(), [](const json::object& row) {
        return std::pair(number(row, "delivered_rate"), number(row, "unsettled"));
    });
    if (all.size() > rows()) all.resize(rows());
    return all;
}

void Top::show(const std::vector<json::object>& queues,
               const std::vector<json::object>& consumers) const {
    if (options_.json) {
        json::object view;
        view["queues"] = json::array(queues.begin(), queues.end());
        view["consumers"] = json::array(consumers.begin(), consumers.end());
        return print(json::serialize(view) + "\n");
    }
    Table above({"QUEUE", "IN/S", "OUT/S", "WAITING", "UNACKED", "CONSUMERS", "PAUSED"});
    for (const json::object& row : queues) {
        above.add({cell(row, "name"), rate(row, "enqueued_rate"), rate(row, "dequeued_rate"),
                   cell(row, "ready"), cell(row, "unsettled"), cell(row, "consumers"),
                   cell(row, "paused")});
    }
    Table below({"CONSUMER", "CLIENT", "DESTINATION", "OUT/S", "UNACKED", "CREDIT"});
    for (const json::object& row : consumers) {
        const bool named = cell(row, "client_id") != "-";
        below.add({cell(row, "id"), cell(row, named ? "client_id" : "peer"),
                   cell(row, "destination"), rate(row, "delivered_rate"), cell(row, "unsettled"),
                   cell(row, "credit")});
    }
    // A terminal shows it in one place.
    const bool in_place = isatty(STDOUT_FILENO) == 1;
    print((in_place ? "\x1b[H\x1b[2J" : "") + above.text() + "\n" + below.text() +
          (in_place ? "" : "\n"));
}

Outcome<int> Top::run() {
    auto last = Clock::now();
    // The first look is what rates are counted from.
    for (std::uint64_t looks = 0;; ++looks) {
        const auto now = Clock::now();
        const double seconds = std::chrono::duration<double>(now - last).count();
        last = now;
        const auto busiest = queues(looks == 0 ? 0 : seconds);
        if (!busiest) return std::unexpected(busiest.error());
        const auto takers = consumers(looks == 0 ? 0 : seconds);
        if (!takers) return std::unexpected(takers.error());
        if (looks > 0) show(*busiest, *takers);
        if (options_.count && looks >= *options_.count) return 0;
        std::this_thread::sleep_for(options_.period);
    }
}

}  // namespace

Outcome<int> top(const OperateOptions& options, const BrokerApi& api) {
    return Top(options, api).run();
}

}  // namespace tern::cli
