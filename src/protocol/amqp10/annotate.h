#pragma once

#include "message/message.h"

namespace tern::amqp10 {

/// The message with these annotations, a map as encoded, in addition to its own: of those with the
/// same key the new one counts. Null: it is of another format, or the annotations are malformed or
/// become too many.
[[nodiscard]] MessagePtr annotated(const Message& message, Bytes annotations);

}  // namespace tern::amqp10
