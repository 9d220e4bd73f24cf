#pragma once

#include <chrono>
#include <cstdint>

namespace tern::server {

/// Milliseconds since 1970. From any thread.
[[nodiscard]] inline std::int64_t wall_ms() {
    using std::chrono::milliseconds;
    using std::chrono::system_clock;
    return std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace tern::server
