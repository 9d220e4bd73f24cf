#include "cli/broker_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace tern::cli {

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

std::string cell(const json::object& row, json::string_view name) {
    const json::value* const found = row.if_contains(name);
    if (found == nullptr || found->is_null()) return "-";
    if (found->is_string()) {
        return found->get_string().empty() ? "-" : std::string(found->get_string());
    }
    return json::serialize(*found);
}

Outcome<json::object> BrokerApi::call(const std::string& method, const std::string& path,
                                      const json::object& body) const {
    const auto answer =
        http_request(server_, method, path, body.empty() ? "" : json::serialize(body));
    if (!answer) return std::unexpected(Failure{answer.error()});
    boost::json::error_code error;
    json::value view = json::parse(answer->body, error);
    if (error || !view.is_object())
        return std::unexpected(Failure{"what answers there is no broker's API"});
    json::object& object = view.get_object();
    if (answer->status < 300) return std::move(object);
    const json::value* const refused = object.if_contains("error");
    if (refused == nullptr || !refused->is_object()) {
        return std::unexpected(Failure{fmt::format("status {}", answer->status)});
    }
    return std::unexpected(Failure{cell(refused->get_object(), "text")});
}

Outcome<json::array> BrokerApi::list(const std::string& path, const std::string& query,
                                     std::optional<std::uint64_t> most) const {
    constexpr std::size_t kPage = 1000;
    const std::size_t wanted = most.value_or(SIZE_MAX);
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

}  // namespace tern::cli
