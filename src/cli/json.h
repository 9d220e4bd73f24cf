#pragma once

#include "client/message.h"

#include <string>
#include <string_view>

namespace tern::cli {

/// A message as one line of JSON: `headers` under their JMS names, `properties`, `type` (text,
/// bytes, map, none, object, stream, blob), and `body`. Bodies of bytes are base64, and then there
/// is
/// `"encoding":"base64"`.
[[nodiscard]] std::string to_json(const client::Message& message);

[[nodiscard]] std::string to_json(const client::Value& value);

/// With its quotes. The text is UTF-8.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace tern::cli
