#pragma once

#include "admin/json.h"
#include "cli/http_client.h"

#include <expected>
#include <optional>
#include <string>

namespace tern::cli {

namespace json = boost::json;

/// Why it could not be done, for people.
struct Failure {
    std::string text{};
};

template <class T>
using Outcome = std::expected<T, Failure>;

/// A broker's API for operators.
class BrokerApi {
public:
    explicit BrokerApi(HttpServer server) : server_(std::move(server)) {}

    [[nodiscard]] Outcome<json::object> call(const std::string& method, const std::string& path,
                                             const json::object& body = {}) const;
    /// All pages of a list, but no more than `most` rows. `query`: "&name=value".
    [[nodiscard]] Outcome<json::array> list(const std::string& path, const std::string& query = {},
                                            std::optional<std::uint64_t> most = {}) const;

private:
    HttpServer server_;
};

/// A member as text, "-" for none; lists and objects as JSON.
[[nodiscard]] std::string cell(const json::object& row, json::string_view name);

/// To standard output, at once.
void print(const std::string& text);

}  // namespace tern::cli
