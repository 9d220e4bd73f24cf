#pragma once

#include "cli/bench.h"
#include "cli/configuration.h"
#include "cli/fields.h"
#include "cli/operate.h"
#include "cli/rabbitmq.h"
#include "cli/secrets.h"
#include "cli/store_files.h"
#include "client/message.h"
#include "client/options.h"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tern::cli {

using std::chrono::milliseconds;

/// What all commands take.
struct CommonOptions {
    std::string url = "tcp://localhost:61616";
    std::string user{};
    std::string password{};
    std::string client_id{};
    client::TlsOptions tls{};
    client::Destination destination{};
    /// Messages; nothing is no limit.
    std::optional<std::uint64_t> count{};
    /// For all of it; nothing is for ever.
    std::optional<milliseconds> timeout{};
    bool quiet = false;
};

struct ProduceOptions {
    CommonOptions common{};
    int parallel = 1;
    /// Messages a second, all connections together.
    std::optional<double> rate{};
    /// Messages a transaction; 0 is none.
    std::uint64_t transacted = 0;
    /// Messages sent ahead of their confirmation, a connection.
    std::size_t window = 100;
    /// Each line of the standard input is a message.
    bool lines = false;
    /// Each message has its number as its text.
    bool numbered = false;
    milliseconds time_to_live{0};
    /// All but what sending fills in. The body is the one of every message, unless there are lines.
    client::Message message{};
};

enum class Print { nothing, lines, json, list, fields };

struct ConsumeOptions {
    /// When the broker is told that messages are done: always after they were written out.
    enum class Acknowledge {
        automatic,   ///< as they come, some at a time
        client,      ///< all at the end
        individual,  ///< each by itself
        none,        ///< never: they stay
    };
    CommonOptions common{};
    int parallel = 1;
    std::optional<double> rate{};
    std::uint64_t transacted = 0;
    Acknowledge acknowledge = Acknowledge::automatic;
    /// How many messages may be written out before they are acknowledged, of `automatic`.
    std::uint64_t batch = 100;
    Print print = Print::nothing;
    std::string selector{};
    /// Of a topic: the name of a durable subscription.
    std::string subscription{};
    std::optional<int> prefetch{};
    /// Ends when nothing has come for so long.
    std::optional<milliseconds> idle{};
};

struct BrowseOptions {
    CommonOptions common{};
    Print print = Print::list;
    FieldGroups fields{};  ///< to print, of Print::fields
    std::string selector{};
};

using Options =
    std::variant<ProduceOptions, ConsumeOptions, BrowseOptions, OperateOptions, ConfigOptions,
                 SecretOptions, StoreOptions, RabbitmqOptions, BenchOptions>;

/// What to print instead of running, and the exit code: 0 for help, 2 for bad arguments.
struct Exit {
    int code = 0;
    std::string text{};
};

[[nodiscard]] std::expected<Options, Exit> parse_options(int argc, const char* const* argv);

}  // namespace tern::cli
