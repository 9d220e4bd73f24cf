#pragma once

#include "gateway/endpoint.h"
#include "journal/journal.h"
#include "protocol/openwire/options.h"

#include <expected>
#include <string>
#include <vector>

namespace tern::server {

/// A listener: which protocol, where.
struct ListenerOptions {
    std::string name;
    gateway::Endpoint endpoint;
};

/// All the daemon may be told, with its embedded defaults.
struct Options {
    std::string data = "data";
    std::vector<ListenerOptions> listeners;  ///< none: the embedded ones
    /// From accept until it is known which protocol a peer speaks.
    std::int64_t detection_timeout_ms = 30'000;
    std::uint16_t shards = 0;  ///< 0: as many as suit the machine
    std::string log_level = "info";
    journal::Options journal;
    openwire::Options openwire;
};

/// What to print, and with which exit code, instead of running.
struct Exit {
    int code = 0;
    std::string text;
};

/// Options from the command line: `--config FILE` first, then the others in their order. A bad one
/// is one line of text and code 2.
[[nodiscard]] std::expected<Options, Exit> parse_options(int argc, const char* const* argv);

}  // namespace tern::server
