#pragma once

#include "broker/api/broker.h"

namespace tern::amqp10 {

/// Makes of `command` what the options of an address ask for: ActiveMQ's, such as
/// `queue://A?consumer.priority=5&consumer.exclusive=true`. Returns what is wrong with them, in
/// words; empty: nothing.
[[nodiscard]] std::string apply_consumer_options(std::string_view address,
                                                 broker::Subscribe& command);

}  // namespace tern::amqp10
