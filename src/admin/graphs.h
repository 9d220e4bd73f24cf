#pragma once

#include "admin/api.h"
#include "admin/snapshot.h"

#include <string>

namespace tern::admin {

// Pictures of the broker in GraphViz' language, as ActiveMQ's connectionDotFilePlugin and
// destinationDotFilePlugin have them: the same broker gives the same text.

/// Clients and what they consume from.
[[nodiscard]] std::string connections_graph(const About& about, const Snapshot& now);
/// Queues and topics by the parts of their names, without temporary ones.
[[nodiscard]] std::string destinations_graph(const About& about, const Snapshot& now);

}  // namespace tern::admin
