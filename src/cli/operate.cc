#include "cli/operate.h"

#include "admin/json.h"
#include "admin/target.h"
#include "cli/http_client.h"
#include "cli/table.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <map>
#include <thread>

namespace tern::cli {
namespace {

namespace json = boost::json;

/// Why it could not be done, for people.
struct Failure {
    std::string text;
};

template <class T>
using Outcome = std::expected<T, Failure>;

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

/// A member as text; lists and objects as JSON.
std::string cell(const json::object& row, json::string_view name) {
    const json::value* const found = row.if_contains(name);
    if (found == nullptr || found->is_null()) return "-";
    if (found->is_string()) {
        return found->get_string().empty() ? "-" : std::string(found->get_string());
    }
    return json::serialize(*found);
}

class Operator {
public:
    explicit Operator(const OperateOptions& options) : options_(options) {}

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
    Outcome<int> act(const std::string& verb) const;
    Outcome<int> done(const Outcome<json::object>& answer, const std::string& sentence) const;
    Outcome<int> why() const;
    Outcome<int> health() const;
    Outcome<int> export_configuration() const;
    Outcome<int> reload_configuration() const;
    Outcome<int> stats() const;
    Outcome<int> query() const;
    Outcome<int> print_beans(const std::string& pattern, const std::string& view) const;
    Outcome<int> dstat() const;
    Outcome<int> bstat() const;

    const OperateOptions& options_;
};

Outcome<json::object> Operator::call(const std::string& method, const std::string& path,
                                     const json::object& body) const {
    const auto answer =
        http_request(options_.url, method, path, body.empty() ? "" : json::serialize(body));
    if (!answer) return std::unexpected(Failure{answer.error()});
    boost::json::error_code error;
    json::value view = json::parse(answer->body, error);
    if (error || !view.is_object()) {
        return std::unexpected(Failure{options_.url + " is no broker's API"});
    }
    json::object& object = view.get_object();
    if (answer->status < 300) return std::move(object);
    const json::value* const refused = object.if_contains("error");
    if (refused == nullptr || !refused->is_object()) {
        return std::unexpected(Failure{fmt::format("status {}", answer->status)});
    }
    return std::unexpected(Failure{cell(refused->get_object(), "text")});
}

std::string Operator::queue_path(const std::string& rest) const {
    return "/api/v1/queues/" + admin::escape(options_.names.front()) + rest;
}

Outcome<json::array> Operator::list(const std::string& path, std::string query) const {
    constexpr std::size_t kPage = 1000;
    const std::size_t wanted = options_.limit.value_or(SIZE_MAX);
    if (!options_.search.empty()) query += "&search=" + admin::escape(options_.search);
    json::array all;
    for (;;) {
        const std::size_t limit = std::min(kPage, wanted - all.size());
        auto page =
            call("GET", fmt::format("{}?offset={}&limit={}{}", path, all.size(), limit, query));
        if (!page) return std::unexpected(page.error());
        json::array& items = (*page)["items"].as_array();
        for (json::value& one : items) all.push_back(std::move(one));
        const auto total = (*page)["total"].to_number<std::size_t>();
        if (all.size() > wanted) all.resize(wanted);  // some lists have no pages
        if (items.empty() || all.size() >= std::min(total, wanted)) return all;
    }
}

Outcome<int> Operator::show_list(const std::string& path, const std::vector<Column>& columns,
                                 const std::string& query) const {
    const auto rows = list(path, query);
    if (!rows) return std::unexpected(rows.error());
    if (options_.json) {
        for (const json::value& one : *rows) print(json::serialize(one) + "\n");
        return 0;
    }
    std::vector<std::string> headings;
    headings.reserve(columns.size());
    for (const Column& one : columns) headings.emplace_back(one.heading);
    Table table(std::move(headings));
    for (const json::value& row : *rows) {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const Column& one : columns) cells.push_back(cell(row.as_object(), one.member));
        table.add(std::move(cells));
    }
    print(table.text());
    return 0;
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

Outcome<int> Operator::why() const {
    auto answer = call("GET", queue_path("/why"));
    if (!answer || options_.json) return done(answer, {});
    for (const json::value& one : (*answer)["reasons"].as_array()) {
        print(cell(one.as_object(), "reason") + ": " + cell(one.as_object(), "text") + "\n");
    }
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
        std::fflush(stdout);
        last = std::move(*now);
        if (shown < options_.count.value_or(UINT64_MAX - 1)) {
            std::this_thread::sleep_for(options_.period);
        }
    }
    return 0;
}

Outcome<int> Operator::print_beans(const std::string& pattern, const std::string& view) const {
    const auto answer = call("POST", "/api/jolokia", {{"type", "read"}, {"mbean", pattern}});
    if (!answer) return std::unexpected(answer.error());
    if (answer->at("status").to_number<int>() != 200) return 0;  // nothing matches
    if (options_.json) {
        print(json::serialize(answer->at("value")) + "\n");
        return 0;
    }
    for (const auto& [name, attributes] : answer->at("value").as_object()) {
        for (const auto& [key, value] : attributes.as_object()) {
            const std::string wanted = "," + view + ",";
            if (!view.empty() && wanted.find("," + std::string(key) + ",") == std::string::npos) {
                continue;
            }
            print(
                fmt::format("{} = {}\n", std::string_view(key), cell(attributes.as_object(), key)));
        }
        print("\n");
    }
    return 0;
}

Outcome<int> Operator::query() const {
    std::string pattern = options_.object_name;
    if (pattern.empty()) {
        static const std::map<std::string, std::string> kinds{
            {"Queue", "destinationType=Queue,destinationName="},
            {"Topic", "destinationType=Topic,destinationName="},
            {"Connector", "connector=clientConnectors,connectorName="},
            {"Connection", "connectionViewType=clientId,connectionName="},
            {"Broker", "brokerName="}};
        pattern = "org.apache.activemq:type=Broker,";
        for (const std::string& filter : options_.filters) {
            const std::size_t equals = filter.find('=');
            const auto kind = kinds.find(filter.substr(0, equals));
            if (equals == std::string::npos || kind == kinds.end()) {
                return std::unexpected(
                    Failure{"-Q takes Queue=NAME, Topic=, Connector=, "
                            "Connection= or Broker=, not '" +
                            filter + "'"});
            }
            pattern += kind->second + filter.substr(equals + 1) + ",";
        }
        pattern += "*";
    }
    return print_beans(pattern, options_.view);
}

Outcome<int> Operator::bstat() const {
    const std::string base = "org.apache.activemq:type=Broker,brokerName=*";
    for (const char* rest :
         {"", ",connector=clientConnectors,connectorName=*",
          ",destinationType=Queue,destinationName=*", ",destinationType=Topic,destinationName=*"}) {
        const auto printed = print_beans(base + rest, {});
        if (!printed) return printed;
    }
    return 0;
}

Outcome<int> Operator::dstat() const {
    const std::string kind = options_.names.empty() ? "" : options_.names.front();
    constexpr const char* kRow = "{:<50}  {:>10}  {:>10}  {:>10}  {:>10}  {:>10}  {:>10}  {:>10}";
    std::string text;
    if (kind != "topics") {
        const auto queues = list("/api/v1/queues");
        if (!queues) return std::unexpected(queues.error());
        text += fmt::format(fmt::runtime(kRow), "Name", "Queue Size", "Producer #", "Consumer #",
                            "Enqueue #", "Dequeue #", "Forward #", "Inflight #") +
                "\n";
        for (const json::value& one : *queues) {
            const json::object& row = one.as_object();
            text +=
                fmt::format(fmt::runtime(kRow), cell(row, "name"), cell(row, "size"),
                            cell(row, "producers"), cell(row, "consumers"), cell(row, "enqueued"),
                            cell(row, "dequeued"), "0", cell(row, "unsettled")) +
                "\n";
        }
    }
    if (kind != "queues") {
        const auto topics = list("/api/v1/topics");
        if (!topics) return std::unexpected(topics.error());
        if (!text.empty()) text += "\n";
        text += fmt::format("{:<50}  {:>10}  {:>10}  {:>10}\n", "Name", "Queue Size", "Producer #",
                            "Consumer #");
        for (const json::value& one : *topics) {
            const json::object& row = one.as_object();
            text += fmt::format("{:<50}  {:>10}  {:>10}  {:>10}\n", cell(row, "name"),
                                cell(row, "pending"), cell(row, "producers"),
                                cell(row, "subscriptions"));
        }
    }
    print(text);
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
    if (verb == "why") return why();
    if (verb == "health") return health();
    if (verb == "config export") return export_configuration();
    if (verb == "config reload") return reload_configuration();
    if (verb == "stats") return stats();
    if (verb == "query") return query();
    if (verb == "bstat") return bstat();
    return dstat();
}

}  // namespace

int operate(const OperateOptions& options) {
    const auto code = Operator(options).run();
    if (code) return *code;
    std::fprintf(stderr, "tern: %s\n", code.error().text.c_str());
    return 1;
}

}  // namespace tern::cli
