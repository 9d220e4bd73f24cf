#pragma once

#include "admin/api.h"

#include <functional>
#include <string>

namespace tern::admin {

/// Accepts nobody any more on the listeners of that name, and closes the connections that came by
/// them. False: there is none; those for operators do not count.
void remove_listener(broker::Operations& broker, const About& about,
                     const Surroundings& surroundings, const std::string& name,
                     std::move_only_function<void(bool)> done);

}  // namespace tern::admin
