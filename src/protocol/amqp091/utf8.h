#pragma once

#include <string>
#include <string_view>

namespace tern::amqp091 {

[[nodiscard]] bool is_utf8(std::string_view bytes);
/// A code unit of a Java char; half of a pair becomes the replacement character.
void append_utf8(std::string& text, char16_t unit);

}  // namespace tern::amqp091
