#include "admin/target.h"
#include "cli/watch.h"

#include <fmt/format.h>

namespace tern::cli {
namespace {

constexpr std::uint64_t kTraces = 20;

/// The message's id, if it was heard of; otherwise its number.
std::string name_of(const json::object& trace) {
    for (const json::value& event : trace.at("events").as_array()) {
        if (event.as_object().contains("message_id")) return cell(event.as_object(), "message_id");
    }
    return "message " + cell(trace, "id");
}

std::string line_of(const json::object& event) {
    const auto after_us = event.at("after_us").to_number<std::int64_t>();
    std::string text = fmt::format("{:>12.3f} ms  {:<10}", static_cast<double>(after_us) / 1000,
                                   cell(event, "event"));
    if (event.contains("destination")) text += " " + cell(event, "destination");
    if (event.contains("consumer")) {
        text += " to consumer " + cell(event, "consumer");
    } else if (event.contains("connection")) {
        text += " from connection " + cell(event, "connection");
    }
    if (event.contains("detail")) text += ": " + cell(event, "detail");
    return text + "\n";
}

}  // namespace

Outcome<int> show_sampled(const OperateOptions& options, const BrokerApi& api) {
    const std::string path = "/api/v1/traces";
    if (options.share) {
        const auto told = api.call("POST", path, {{"share", *options.share}});
        if (!told) return std::unexpected(told.error());
    }
    std::string query = "?limit=" + std::to_string(options.limit.value_or(kTraces));
    if (!options.names.empty()) query += "&search=" + admin::escape(options.names.front());
    const auto page = api.call("GET", path + query);
    if (!page) return std::unexpected(page.error());
    if (!options.json) print(fmt::format("share: {}\n", page->at("share").to_number<double>()));
    for (const json::value& item : page->at("items").as_array()) {
        const json::object& trace = item.as_object();
        if (options.json) {
            print(json::serialize(trace) + "\n");
            continue;
        }
        print(name_of(trace) + "\n");
        for (const json::value& event : trace.at("events").as_array()) {
            print(line_of(event.as_object()));
        }
    }
    return 0;
}

}  // namespace tern::cli
