#pragma once

#include "config/model.h"

#include <string>

namespace tern::config {

/// A document that says the same as the model; what is as by default is left out.
[[nodiscard]] std::string to_xml(const Broker& broker);

}  // namespace tern::config
