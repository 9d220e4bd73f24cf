#include "cli/operate.h"

#include "admin/json.h"
#include "admin/target.h"
#include "cli/broker_api.h"
#include "cli/reports.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "cli/watch.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <map>
#include <thread>

namespace tern::cli {
namespace {

class Operator {
public:
    explicit Operator(const OperateOptions& options) : options_(options), api_(options.server) {}

    Outcome<int> run();

private:
    struct Column {
        const char* heading;
        const char* member;
    };

    Outcome<json::object> call(const std::string& method, const std::string& path,
                               const json::object& body = {}) const;
    [[nodiscard]] std::string queue_path(const std::string& rest = {}) const;
    /// A list, all pages of it unless there is a limit.
    Outcome<json::array> list(const std::string& path, std::string query = {}) const;
    Outcome<int> show_list(const std::string& path, const std::vector<Column>& columns,
                           const std::string& query = {}) const;
    void show_rows(const json::array& rows, const std::vector<Column>& columns) const;
    Outcome<int> act(const std::string& verb) const;
    Outcome<int> done(const Outcome<json::object>& answer, const std::string& sentence) const;
    /// `what`: queue, subscription, message or connection.
    Outcome<int> why(const std::string& what) const;
    /// `what`: list, commit, rollback or forget.
    Outcome<int> transactions(const std::string& what) const;
    /// `what`: list, add or remove.
    Outcome<int> listeners(const std::string& what) const;
    Outcome<int> sessions() const;
    Outcome<int> health() const;
    Outcome<int> log_levels() const;
    Outcome<int> export_configuration() const;
    Outcome<int> reload_configuration() const;
    Outcome<int> stats() const;

    const OperateOptions& options_;
    BrokerApi api_;
};

Outcome<json::object> Operator::call(const std::string& method, const std::string& path,
                                     const json::object& body) const {
    return api_.call(method, path, body);
}

std::string Operator::queue_path(const std::string& rest) const {
    return "/api/v1/queues/" + admin::escape(options_.names.front()) + rest;
}

Outcome<json::array> Operator::list(const std::string& path, std::string query) const {
    if (!options_.search.empty()) query += "&search=" + admin::escape(options_.search);
    return api_.list(path, query, options_.limit);
}

Outcome<int> Operator::show_list(const std::string& path, const std::vector<Column>& columns,
                                 const std::string& query) const {
    const auto rows = list(path, query);
    if (!rows) return std::unexpected(rows.error());
    show_rows(*rows, columns);
    return 0;
}

void Operator::show_rows(const json::array& rows, const std::vector<Column>& columns) const {
    if (options_.json) {
        for (const json::value& one : rows) print(json::serialize(one) + "\n");
        return;
    }
    std::vector<std::string> headings;
    headings.reserve(columns.size());
    for (const Column& one : columns) headings.emplace_back(one.heading);
    Table table(std::move(headings));
    for (const json::value& row : rows) {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const Column& one : columns) cells.push_back(cell(row.as_object(), one.member));
        table.add(std::move(cells));
    }
    print(table.text());
}

Outcome<int> Operator::done(const Outcome<json::object>& answer,
                            const std::string& sentence) const {
    if (!answer) return std::unexpected(answer.error());
    if (options_.json) {
        print(json::serialize(*answer) + "\n");
    } else {
        print(answer->contains("messages") ? cell(*answer, "messages") + " messages " + sentence
                                           : sentence);
        print("\n");
    }
    return 0;
}

Outcome<int> Operator::act(const std::string& verb) const {
    json::object which;
    if (!options_.ids.empty()) which["ids"] = json::array(options_.ids.begin(), options_.ids.end());
    if (!options_.selector.empty()) which["selector"] = options_.selector;
    if (options_.all) which["all"] = true;
    if (options_.limit) which["limit"] = *options_.limit;
    if (options_.names.size() > 1) which["to"] = options_.names[1];
    static const std::map<std::string, std::string> past{
        {"move", "moved"}, {"copy", "copied"}, {"delete", "deleted"}, {"retry", "sent back"}};
    return done(call("POST", queue_path("/messages/" + verb), which), past.at(verb));
}

Outcome<int> Operator::why(const std::string& what) const {
    std::string path = "/api/v1/why/" + what;
    for (const std::string& name : options_.names) path += "/" + admin::escape(name);
    auto answer = call("GET", path);
    if (!answer || options_.json) return done(answer, {});
    const json::array& reasons = answer->at("reasons").as_array();
    if (reasons.empty()) print(cell(*answer, "text") + "\n");
    for (const json::value& one : reasons) {
        print(cell(one.as_object(), "reason") + ": " + cell(one.as_object(), "text") + "\n");
    }
    if (!answer->contains("consumers")) return 0;
    for (const json::value& one : answer->at("consumers").as_array()) {
        const json::object& consumer = one.as_object();
        for (const json::value& reason : consumer.at("reasons").as_array()) {
            print(fmt::format("{}: {}: {}\n", cell(consumer, "destination"),
                              cell(reason.as_object(), "reason"),
                              cell(reason.as_object(), "text")));
        }
    }
    return 0;
}

Outcome<int> Operator::transactions(const std::string& what) const {
    const std::string path = "/api/v1/transactions";
    if (what == "list") {
        return show_list(path, {{"XID", "xid"},
                                {"STATE", "state"},
                                {"PUBLISHES", "publishes"},
                                {"ACCEPTS", "accepts"}});
    }
    static const std::map<std::string, std::string> past{
        {"commit", "committed"}, {"rollback", "rolled back"}, {"forget", "forgotten"}};
    const std::string& xid = options_.names.front();
    return done(call("POST", path + "/" + admin::escape(xid) + "/" + what),
                xid + " is " + past.at(what));
}

Outcome<int> Operator::log_levels() const {
    json::object wanted;
    if (!options_.names.empty()) wanted["level"] = options_.names.front();
    if (!options_.module.empty()) wanted["module"] = options_.module;
    const auto now = call(wanted.empty() ? "GET" : "POST", "/api/v1/log", wanted);
    if (!now || options_.json) return done(now, {});
    const json::object& modules = now->at("modules").as_object();
    std::size_t width = 3;
    for (const auto& [module, level] : modules) width = std::max(width, module.size());
    print(fmt::format("{:<{}}  {}\n", "all", width, cell(*now, "level")));
    for (const auto& [module, level] : modules) {
        print(fmt::format("{:<{}}  {}\n", std::string_view(module), width, cell(modules, module)));
    }
    return 0;
}

Outcome<int> Operator::listeners(const std::string& what) const {
    const std::string path = "/api/v1/listeners";
    if (what == "list") {
        const auto answer = call("GET", path);
        if (!answer) return std::unexpected(answer.error());
        show_rows(answer->at("items").as_array(), {{"NAME", "name"}, {"URI", "uri"}});
        return 0;
    }
    const std::string& name = options_.names.front();
    if (what == "remove") {
        return done(call("DELETE", path + "/" + admin::escape(name)), name + " is closed");
    }
    const auto added = call("POST", path, {{"uri", name}});
    return done(added, added ? cell(*added, "name") + " is open at " + cell(*added, "uri") : "");
}

Outcome<int> Operator::sessions() const {
    const auto answer = call("GET", "/api/v1/connections/" + admin::escape(options_.names.front()));
    if (!answer) return std::unexpected(answer.error());
    json::array rows = answer->at("session_list").as_array();
    if (!options_.json) {
        for (json::value& row : rows) {
            const std::size_t consumers = row.at("consumers").as_array().size();
            row.as_object()["consumers"] = consumers;
        }
    }
    show_rows(rows, {{"NAME", "name"}, {"CONSUMERS", "consumers"}});
    return 0;
}

Outcome<int> Operator::health() const {
    auto answer = call("GET", "/api/v1/health");
    if (!answer) return std::unexpected(answer.error());
    const bool good = cell(*answer, "status") == "good";
    if (options_.json) {
        print(json::serialize(*answer) + "\n");
        return good ? 0 : 1;
    }
    print(cell(*answer, "status") + "\n");
    for (const json::value& one : (*answer)["findings"].as_array()) {
        const json::object& finding = one.as_object();
        print(fmt::format("{}: {}: {}\n  {}\n", cell(finding, "id"), cell(finding, "about"),
                          cell(finding, "cause"), cell(finding, "remedy")));
    }
    return good ? 0 : 1;
}

Outcome<int> Operator::export_configuration() const {
    const auto answer = call("GET", "/api/v1/configuration");
    if (!answer || options_.json) return done(answer, {});
    print(cell(*answer, "document"));
    if (answer->at("restart_needed").as_bool()) {
        std::fputs("tern: some of it takes effect at the broker's next start\n", stderr);
    }
    return 0;
}

Outcome<int> Operator::reload_configuration() const {
    const auto answer = call("POST", "/api/v1/configuration/reload");
    if (!answer || options_.json) return done(answer, {});
    print(answer->at("restart_needed").as_bool()
              ? "taken over; some of it takes effect at the next start\n"
              : "taken over\n");
    return 0;
}

Outcome<int> Operator::stats() const {
    constexpr std::array<const char*, 9> kNumbers{"queues",    "subscriptions", "connections",
                                                  "consumers", "ready",         "unsettled",
                                                  "published", "delivered",     "journal_files"};
    if (!options_.watch) {
        const auto now = call("GET", "/api/v1/broker");
        if (!now) return std::unexpected(now.error());
        if (options_.json) return done(now, {});
        for (const char* name : kNumbers) print(fmt::format("{:<14}{}\n", name, cell(*now, name)));
        return 0;
    }
    const auto number = [](const json::object& view, const char* name) {
        return view.at(name).to_number<double>();
    };
    if (!options_.json) {
        print(fmt::format("{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "in/s", "out/s", "ready",
                          "unsettled", "consumers", "connections"));
    }
    std::optional<json::object> last;
    for (std::uint64_t shown = 0; shown <= options_.count.value_or(UINT64_MAX - 1); ++shown) {
        auto now = call("GET", "/api/v1/broker");
        if (!now) return std::unexpected(now.error());
        if (options_.json) {
            print(json::serialize(*now) + "\n");
        } else if (last) {
            const double seconds =
                std::max(1.0, number(*now, "uptime_ms") - number(*last, "uptime_ms")) / 1000;
            const auto rate = [&](const char* name) {
                return (number(*now, name) - number(*last, name)) / seconds;
            };
            print(fmt::format("{:>12.0f}{:>12.0f}{:>12}{:>12}{:>12}{:>12}\n", rate("published"),
                              rate("delivered"), cell(*now, "ready"), cell(*now, "unsettled"),
                              cell(*now, "consumers"), cell(*now, "connections")));
        }
        last = std::move(*now);
        if (shown < options_.count.value_or(UINT64_MAX - 1)) {
            std::this_thread::sleep_for(options_.period);
        }
    }
    return 0;
}

Outcome<int> Operator::run() {
    const std::string& verb = options_.verb;
    const std::string name = options_.names.empty() ? "" : options_.names.front();
    if (verb == "queues") {
        return show_list("/api/v1/queues",
                         {{"NAME", "name"},
                          {"SIZE", "size"},
                          {"UNACKED", "unsettled"},
                          {"CONSUMERS", "consumers"},
                          {"ENQUEUED", "enqueued"},
                          {"DEQUEUED", "dequeued"},
                          {"PAUSED", "paused"}},
                         options_.sort.empty() || options_.sort == "name"
                             ? ""
                             : "&order=descending&sort=" + options_.sort);
    }
    if (verb == "topics") {
        return show_list("/api/v1/topics", {{"NAME", "name"},
                                            {"SUBSCRIPTIONS", "subscriptions"},
                                            {"DURABLE", "durable_subscriptions"},
                                            {"PRODUCERS", "producers"},
                                            {"PENDING", "pending"}});
    }
    if (verb == "subscriptions") {
        return show_list("/api/v1/subscriptions", {{"TOPIC", "topic"},
                                                   {"CLIENT", "client_id"},
                                                   {"NAME", "name"},
                                                   {"ACTIVE", "active"},
                                                   {"SIZE", "size"},
                                                   {"SELECTOR", "selector"}});
    }
    if (verb == "connections") {
        return show_list("/api/v1/connections", {{"ID", "id"},
                                                 {"PROTOCOL", "protocol"},
                                                 {"PEER", "peer"},
                                                 {"CLIENT", "client_id"},
                                                 {"CONSUMERS", "consumers"},
                                                 {"PUBLISHED", "published"},
                                                 {"DELIVERED", "delivered"}});
    }
    if (verb == "consumers") {
        return show_list(options_.queue.empty()
                             ? "/api/v1/consumers"
                             : "/api/v1/queues/" + admin::escape(options_.queue) + "/consumers",
                         {{"ID", "id"},
                          {"DESTINATION", "destination"},
                          {"CLIENT", "client_id"},
                          {"PEER", "peer"},
                          {"UNACKED", "unsettled"},
                          {"CREDIT", "credit"},
                          {"DELIVERED", "delivered"},
                          {"SELECTOR", "selector"}});
    }
    if (verb == "create") {
        return done(call("POST", "/api/v1/queues", {{"name", name}}), name + " is there");
    }
    if (verb == "drop") return done(call("DELETE", queue_path()), name + " is deleted");
    if (verb == "purge") return done(call("POST", queue_path("/purge")), "purged");
    if (verb == "pause") return done(call("POST", queue_path("/pause")), name + " is paused");
    if (verb == "resume") return done(call("POST", queue_path("/resume")), name + " goes on");
    if (verb == "move" || verb == "copy" || verb == "retry") return act(verb);
    if (verb == "delete") return act("delete");
    if (verb == "kill") {
        return done(call("DELETE", "/api/v1/connections/" + admin::escape(name)),
                    name + " is closed");
    }
    if (verb.starts_with("why ")) return why(verb.substr(4));
    if (verb.starts_with("listeners ")) return listeners(verb.substr(10));
    if (verb == "sessions") return sessions();
    if (verb.starts_with("xa ")) return transactions(verb.substr(3));
    if (verb == "log") return log_levels();
    if (verb == "top") return top(options_, api_);
    if (verb == "trace") {
        return options_.sampled ? show_sampled(options_, api_) : trace(options_, api_);
    }
    if (verb == "health") return health();
    if (verb == "config export") return export_configuration();
    if (verb == "config reload") return reload_configuration();
    if (verb == "stats") return stats();
    return report(options_, api_);
}

}  // namespace

int operate(const OperateOptions& options) {
    release_signals();  // nothing here has to be brought to an end
    const auto code = Operator(options).run();
    if (code) return *code;
    std::fprintf(stderr, "tern: %s\n", code.error().text.c_str());
    return 1;
}

}  // namespace tern::cli
