#pragma once

namespace tern::load {

/// User and system time of a process so far; 0 if there is none.
[[nodiscard]] double cpu_seconds(int pid);
[[nodiscard]] double own_cpu_seconds();
/// Memory of a process; 0 if there is none.
[[nodiscard]] double rss_kib(int pid);
/// As many connections as the system lets us have.
void allow_many_files();

}  // namespace tern::load
