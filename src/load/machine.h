#pragma once

#include <cstdint>

namespace tern::load {

/// User and system time of a process so far; 0 if there is none.
[[nodiscard]] double cpu_seconds(int pid);
[[nodiscard]] double own_cpu_seconds();
/// Memory of a process; 0 if there is none.
[[nodiscard]] double rss_kib(int pid);
/// What the whole machine has done since it began.
struct MachineUse {
    // Processor time, in ticks.
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    std::uint64_t idle = 0;
    std::uint64_t waiting = 0;
    std::uint64_t switches = 0;    ///< of contexts
    std::uint64_t blocks_in = 0;   ///< KiB read from disks
    std::uint64_t blocks_out = 0;  ///< KiB written to them

    /// What was done meanwhile, processor time in percent.
    [[nodiscard]] MachineUse since(const MachineUse& before) const;
};
[[nodiscard]] MachineUse machine_use();
/// As many connections as the system lets us have.
void allow_many_files();

}  // namespace tern::load
