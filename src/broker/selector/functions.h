#pragma once

#include "broker/selector/program.h"
#include "broker/selector/scratch.h"

#include <span>

namespace tern::selector {

/// Calls one of Classic's functions. `regex` is the compiled pattern when that is a literal; else
/// it is compiled from its argument. Null where Classic fails on the message: an argument of a
/// wrong type, a pattern that is none, a group that is not in it.
[[nodiscard]] Value call_function(Function function, std::span<const Value> arguments,
                                  const Regex* regex, Scratch& scratch);

}  // namespace tern::selector
