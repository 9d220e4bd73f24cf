#pragma once

#include <string>

namespace tern::server {

/// Sends log lines of this level (debug, info, warning, error) and above to stderr, with time and
/// module. Call before any thread starts.
void log_to_console(const std::string& level);

}  // namespace tern::server
