#pragma once

#include "cli/http_client.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tern::cli {

/// What an operator wants of a broker's API.
struct OperateOptions {
    std::string verb{};
    HttpServer server{.url = "http://localhost:8161"};
    /// The API's answer as it is, instead of a table.
    bool json = false;
    std::vector<std::string> names{};  ///< of queues, destinations, connections
    std::string search{};
    std::string sort{};
    std::string selector{};
    std::string queue{};
    std::string module{};
    std::vector<std::uint64_t> ids{};
    bool all = false;
    std::optional<std::uint64_t> limit{};
    bool watch = false;
    std::chrono::milliseconds period{1000};
    std::optional<std::uint64_t> count{};  ///< samples of `stats --watch`
    std::vector<std::string> filters{};    ///< of `query`: Queue=*, …
    std::vector<std::string> excluded{};   ///< the same, of what it leaves out
    std::string object_name{};
    std::string view{};
    bool sampled = false;           ///< `trace`: what the broker followed itself
    std::optional<double> share{};  ///< of the messages it is to follow
};

/// Does it; returns the exit code. Tables and JSON go to standard output, one line of error to
/// standard error.
[[nodiscard]] int operate(const OperateOptions& options);

}  // namespace tern::cli
