#pragma once

namespace tern {

/// Prints the broken expectation and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace tern

/// Stops the process when `condition` does not hold, in release builds too: a bug of ours must not
/// reach the disk. Never about data from outside.
#define TERN_ASSERT(condition)                         \
    (__builtin_expect(static_cast<bool>(condition), 1) \
         ? static_cast<void>(0)                        \
         : ::tern::assertion_failed(#condition, __FILE__, __LINE__))
