#include "cli/reports.h"

#include "admin/object_name.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>
#include <vector>

namespace tern::cli {
namespace {

using admin::ObjectName;

/// What bstat looks for.
constexpr const char* kOfBroker =
    "BrokerName,Name,connectorName,networkConnectorName,destinationName,destinationType,"
    "EnqueueCount,DequeueCount,TotalEnqueueCount,TotalDequeueCount,Messages,TotalMessageCount,"
    "ConsumerCount,TotalConsumerCount,DispatchCount,Duplex,NetworkTTL,Uptime";
/// Of the views: a document may give them another than `org.apache.activemq`.
const std::string kDomains = "*:";
constexpr const char* kAdvisories = "Topic=ActiveMQ.Advisory.*";

/// As Java writes it.
std::string text_of(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_double()) {
        const double number = value.get_double();
        return fmt::format(fmt::runtime(number == std::floor(number) ? "{:.1f}" : "{}"), number);
    }
    if (const json::array* const list = value.if_array()) {
        return fmt::format("[{}]", fmt::join(*list | std::views::transform(text_of), ", "));
    }
    const json::object* const object = value.if_object();
    if (object == nullptr) return json::serialize(value);
    if (const json::value* const name = object->if_contains("objectName")) return text_of(*name);
    std::string text;
    for (const auto& [key, member] : *object) {
        text += (text.empty() ? "" : ", ") + std::string(key) + "=" + text_of(member);
    }
    return "{" + text + "}";
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    for (const auto part : text | std::views::split(','))
        parts.emplace_back(part.begin(), part.end());
    return parts;
}

/// Names as -Q and -xQ have them: `Queue=A.*`.
Outcome<ObjectName> of_kind(const std::string& filter) {
    static const std::map<std::string, std::string> kinds{
        {"Broker", ""},
        {"Connection", "connector=clientConnectors,connectionViewType=*,connectionName="},
        {"Connector", "connector=clientConnectors,connectorName="},
        {"NetworkConnector", "connector=networkConnectors,networkConnectorName="},
        {"Queue", "destinationType=Queue,destinationName="},
        {"Topic", "destinationType=Topic,destinationName="}};
    const std::size_t equals = filter.find('=');
    const auto kind = kinds.find(filter.substr(0, equals));
    std::optional<ObjectName> name;
    if (equals != std::string::npos && kind != kinds.end()) {
        const std::string which = filter.substr(equals + 1);
        const bool broker = kind->second.empty();
        name = admin::parse_object_name(
            kDomains + "type=Broker,brokerName=" + (broker ? which : "*," + kind->second + which) +
            (kind->first == "Connection" ? ",*" : ""));
    }
    if (name) return *name;
    return std::unexpected(
        Failure{"-Q and -xQ take Queue=NAME, Topic=, Connector=, NetworkConnector=, Connection= or "
                "Broker=, not '" +
                filter + "'"});
}

class Reports {
public:
    Reports(const OperateOptions& options, const BrokerApi& api) : options_(options), api_(api) {}

    /// What `wanted` says of all that these name and those do not.
    [[nodiscard]] Outcome<int> query(const std::vector<std::string>& filters,
                                     const std::vector<std::string>& excluded,
                                     const std::string& object_name, const std::string& wanted);
    [[nodiscard]] Outcome<int> dstat(const std::string& kind);

private:
    /// By their names; none if nothing matches.
    [[nodiscard]] Outcome<json::object> read(const std::string& pattern,
                                             const json::array& attributes = {}) const;
    static void print_bean(const ObjectName& name, const json::object& attributes,
                           const std::vector<std::string>& wanted);

    const OperateOptions& options_;
    const BrokerApi& api_;
};

Outcome<json::object> Reports::read(const std::string& pattern,
                                    const json::array& attributes) const {
    json::object request{{"type", "read"}, {"mbean", pattern}};
    if (!attributes.empty()) request["attribute"] = attributes;
    auto answer = api_.call("POST", "/api/jolokia", request);
    if (!answer) return std::unexpected(answer.error());
    if (answer->at("status").to_number<int>() != 200) return json::object();
    json::object& value = answer->at("value").as_object();
    const auto name = admin::parse_object_name(pattern);
    // One that is no pattern is answered without its name.
    if (name && !name->is_pattern()) return json::object{{name->text(), std::move(value)}};
    return std::move(value);
}

void Reports::print_bean(const ObjectName& name, const json::object& attributes,
                         const std::vector<std::string>& wanted) {
    json::object all = attributes;
    for (const auto& [key, value] : name.keys) all.emplace(key, value);
    std::string text;
    const auto add = [&text](std::string_view key, const json::value& value) {
        text += fmt::format("{} = {}\n", key, text_of(value));
    };
    if (wanted.empty()) {
        for (const auto& [key, value] : all) add(key, value);
    }
    for (const std::string& key : wanted) {
        if (const json::value* const value = all.if_contains(key)) add(key, *value);
    }
    if (!text.empty()) print(text + "\n");
}

Outcome<int> Reports::query(const std::vector<std::string>& filters,
                            const std::vector<std::string>& excluded,
                            const std::string& object_name, const std::string& wanted) {
    std::vector<std::string> patterns;
    if (!object_name.empty()) patterns.push_back(object_name);
    std::vector<ObjectName> out;
    for (const std::string& filter : filters) {
        const auto name = of_kind(filter);
        if (!name) return std::unexpected(name.error());
        patterns.push_back(name->text());
    }
    for (const std::string& filter : excluded) {
        const auto name = of_kind(filter);
        if (!name) return std::unexpected(name.error());
        out.push_back(*name);
    }
    if (patterns.empty()) patterns.push_back(kDomains + "type=Broker,*");
    json::object found;
    for (const std::string& pattern : patterns) {
        const bool has_domain = pattern.find(':') != std::string::npos;
        const auto beans = read(has_domain ? pattern : kDomains + pattern);
        if (!beans) return std::unexpected(beans.error());
        for (const auto& [text, attributes] : *beans) {
            const auto name = admin::parse_object_name(text);
            const bool stays = name && std::ranges::none_of(out, [&name](const ObjectName& one) {
                                   return one.matches(*name);
                               });
            if (stays) found.emplace(text, attributes);
        }
    }
    if (options_.json) {
        print(json::serialize(found) + "\n");
        return 0;
    }
    const std::vector<std::string> view =
        wanted.empty() ? std::vector<std::string>() : split(wanted);
    for (const auto& [text, attributes] : found) {
        print_bean(*admin::parse_object_name(text), attributes.as_object(), view);
    }
    return 0;
}

Outcome<int> Reports::dstat(const std::string& kind) {
    struct Column {
        const char* heading;
        const char* attribute;
    };
    std::vector<Column> columns{{"Queue Size", "QueueSize"},       {"Producer #", "ProducerCount"},
                                {"Consumer #", "ConsumerCount"},   {"Enqueue #", "EnqueueCount"},
                                {"Dequeue #", "DequeueCount"},     {"Forward #", "ForwardCount"},
                                {"Memory %", "MemoryPercentUsage"}};
    if (kind == "queues") columns.push_back({"Inflight #", "InFlightCount"});
    json::array attributes{"Name"};
    std::string text = fmt::format("{:<50}", "Name");
    for (const Column& one : columns) {
        attributes.emplace_back(one.attribute);
        text += fmt::format("  {:>10}", one.heading);
    }
    const char* const type = kind == "queues" ? "Queue" : kind == "topics" ? "Topic" : "*";
    const auto beans = read(fmt::format("{}type=Broker,brokerName=*,"
                                        "destinationType={},destinationName=*",
                                        kDomains, type),
                            attributes);
    if (!beans) return std::unexpected(beans.error());
    if (options_.json) {
        print(json::serialize(*beans) + "\n");
        return 0;
    }
    text += "\n";
    std::vector<json::object> rows;
    for (const auto& [name, bean] : *beans) rows.push_back(bean.as_object());
    std::ranges::sort(rows, {}, [](const json::object& bean) { return text_of(bean.at("Name")); });
    for (const json::object& bean : rows) {
        text += fmt::format("{:<50}", text_of(bean.at("Name")));
        for (const Column& one : columns) {
            text += fmt::format("  {:>10}", text_of(bean.at(one.attribute)));
        }
        text += "\n";
    }
    print(text);
    return 0;
}

}  // namespace

Outcome<int> report(const OperateOptions& options, const BrokerApi& api) {
    Reports reports(options, api);
    if (options.verb == "dstat") {
        return reports.dstat(options.names.empty() ? "" : options.names.front());
    }
    if (options.verb == "list") return reports.query({"Broker=*"}, {}, {}, "brokerName");
    if (options.verb == "bstat") {
        return reports.query({}, {kAdvisories}, "type=*,brokerName=*,*", kOfBroker);
    }
    return reports.query(options.filters, options.excluded, options.object_name, options.view);
}

}  // namespace tern::cli
