#pragma once

#include "message/hub.h"

#include <string>

namespace tern::amqp091 {

/// A body of values as clients of this protocol can read it: bytes become base64.
[[nodiscard]] std::string to_json(const message::HubValue& value);

/// The alphabet for names, without padding.
[[nodiscard]] std::string to_base64_url(std::string_view bytes);

}  // namespace tern::amqp091
