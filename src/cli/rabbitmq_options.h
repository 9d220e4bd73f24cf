#pragma once

#include "cli/rabbitmq.h"

// NOLINTNEXTLINE(readability-identifier-naming): it is the library's
namespace CLI {
class App;
}

namespace tern::cli {

/// Adds `rabbitmq`. Which of its verbs was given is in `options.verb`: empty, none.
void add_rabbitmq(CLI::App& app, RabbitmqOptions& options);

}  // namespace tern::cli
