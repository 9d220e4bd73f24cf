#pragma once

#include "config/model.h"

#include <string>
#include <vector>

namespace tern::config {

/// Compares the document that is in force with one that takes its place: adds to `wanted` what
/// stays though that does not name it any more, as its policies say (`configDelete…`), and returns
/// the queues that go.
[[nodiscard]] std::vector<std::string> settle_removals(const Broker& running, Broker& wanted);

}  // namespace tern::config
