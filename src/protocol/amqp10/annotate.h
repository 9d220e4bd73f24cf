#pragma once

#include "message/message.h"

#include <string>
#include <string_view>

namespace tern::amqp10 {

/// The annotation by which AMQP says where a dead letter was before, which other protocols say by
/// the property; empty: the property says something else.
[[nodiscard]] std::string letter_annotation(std::string_view property);

/// The message with these annotations, a map as encoded, in addition to its own: of those with the
/// same key the new one counts. Null: it is of another format, or the annotations are malformed or
/// become too many.
[[nodiscard]] MessagePtr annotated(const Message& message, Bytes annotations);

}  // namespace tern::amqp10
