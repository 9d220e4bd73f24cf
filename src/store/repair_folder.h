#pragma once

namespace tern::store {

/// Where `tern store check --repair` prepares what it puts in place. It is gone when all of that is
/// there: until then no broker starts.
inline constexpr const char* kRepairFolder = "repair.new";

}  // namespace tern::store
