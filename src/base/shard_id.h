#pragma once

#include "base/strong.h"

namespace tern {

/// A shard: one thread that owns its part of the state. Ids are 0 … count-1.
using ShardId = Strong<struct ShardTag, std::uint16_t>;

}  // namespace tern
