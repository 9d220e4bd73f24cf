#pragma once

#include "config/artemis_schema.h"
#include "config/place.h"
#include "config/report.h"

#include <string>

namespace tern::config::artemis {

/// Adds a connector that does what the acceptor at `place` would do, and what it says of
/// certificates, to `broker`; findings are about its parameters. `path` names it in the report.
void add_acceptor(const Acceptor& acceptor, Place place, const std::string& path, Broker& broker,
                  Report& report);

}  // namespace tern::config::artemis
