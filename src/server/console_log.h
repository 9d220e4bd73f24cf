#pragma once

#include "server/options.h"

#include <chrono>

namespace tern::server {

/// Writes the log to standard error: from the level that the options say on, a line or an object
/// of JSON for each, and what the document's loggingBrokerPlugin asks for.
/// Of lines that come again and again some are withheld.
void log_to_console(const Options& options);

/// How long lines of a kind are counted together.
constexpr std::chrono::seconds kRepetitionPeriod{10};

/// Writes how many lines were withheld since the last call, and begins to count anew. Once in each
/// period, and at the end.
void tell_withheld_lines();

}  // namespace tern::server
