#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::cli {

/// What somebody wants of RabbitMQ's management API, as `rabbitmqctl` takes it.
struct RabbitmqOptions {
    std::string verb{};
    std::string url = "http://guest:guest@localhost:15672";
    std::string vhost = "/";
    /// What the API answers, instead of a table.
    bool json = false;
    std::vector<std::string> arguments{};
    bool if_empty = false;
    bool if_unused = false;
    std::optional<std::int64_t> priority{};
    std::string apply_to = "all";
};

/// A verb: what stands behind it, and what it does.
struct RabbitmqVerb {
    std::string_view name;
    std::string_view arguments;  ///< `[X]` may be left out, `X...` may be several
    std::string_view description;
};
[[nodiscard]] const std::vector<RabbitmqVerb>& rabbitmq_verbs();

/// Does it; returns the exit code.
[[nodiscard]] int rabbitmq(const RabbitmqOptions& options);

}  // namespace tern::cli
