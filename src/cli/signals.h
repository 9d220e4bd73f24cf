#pragma once

#include <chrono>

namespace tern::cli {

// SIGINT and SIGTERM as events of the main thread, all of whose functions these are but one.

/// Threads started afterwards never see them. Also makes a closed pipe an error instead of the end.
void block_signals();
/// From now on a signal ends the process at once.
void release_signals();
/// True when the user wants it all to end; false at the deadline and after `wake_main_thread`.
[[nodiscard]] bool wait_for_interruption(std::chrono::steady_clock::time_point deadline);
/// Runs on: any thread.
void wake_main_thread();

}  // namespace tern::cli
