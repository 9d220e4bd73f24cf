#pragma once

#include "config/model.h"

#include <cstdint>
#include <string>

namespace tern::config {

/// Passwords are written as they are, or as a placeholder that nothing explains: no broker starts
/// with what was only to be shown.
enum class Secrets : std::uint8_t { written, hidden };

/// A document that says the same as the model; what is as by default is left out.
[[nodiscard]] std::string to_xml(const Broker& broker, Secrets secrets = Secrets::written);

}  // namespace tern::config
