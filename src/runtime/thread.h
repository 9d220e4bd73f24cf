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

}  // namespace tern
