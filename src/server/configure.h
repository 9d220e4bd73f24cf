#pragma once

#include "config/model.h"
#include "server/options.h"

namespace tern::server {

/// Sets what a document says in the daemon's options.
void configure(const config::Broker& broker, Options& options);

}  // namespace tern::server
