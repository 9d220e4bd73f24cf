#pragma once

#include "server/options.h"

namespace tern::server {

/// Writes the log to standard error: from the level that the options say on, a line or an object
/// of JSON for each, and what the document's loggingBrokerPlugin asks for.
void log_to_console(const Options& options);

}  // namespace tern::server
