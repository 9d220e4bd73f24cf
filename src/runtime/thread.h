#pragma once

#include <functional>
#include <string>
#include <thread>

namespace tern {

/// Starts a thread that `ps` and debuggers show under `name` (at most 15 characters of it). It
/// takes no signals such as SIGTERM or SIGHUP: those stay with the threads of the program itself,
/// and no blocking call of ours is interrupted.
[[nodiscard]] std::thread start_thread(const std::string& name,
                                       std::move_only_function<void()> run);

/// Has the calling thread leave the processors to others: `nice` of setpriority(2), from 1 to 19.
void give_way(int nice);

}  // namespace tern
