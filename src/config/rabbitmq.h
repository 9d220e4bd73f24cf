#pragma once

#include "config/load.h"
#include "config/values.h"

#include <string_view>

namespace tern::config::rabbitmq {

/// Reads a `rabbitmq.conf`: lines of `key = value`. What RabbitMQ does where its file says nothing
/// holds here, too: it listens for AMQP 0-9-1 on port 5672.
void load(std::string_view text, const Values& values, Loaded& loaded);

}  // namespace tern::config::rabbitmq
