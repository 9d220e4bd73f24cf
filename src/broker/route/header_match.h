#pragma once

#include "broker/route/exchange.h"
#include "message/formats.h"

namespace tern::broker {

/// Whether the message has what the binding asks for. Numbers compare by value whatever their
/// width; a whole number, a fraction and a text are never equal.
[[nodiscard]] bool matches(const HeaderMatch& match, const Message& message,
                           const message::Formats& formats);

}  // namespace tern::broker
