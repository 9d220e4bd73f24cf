#pragma once

#include "bytes/buffer.h"
#include "protocol/openwire/codec/commands.h"

namespace tern::openwire {

/// Copies every text and every byte array that `structure` refers to into one buffer, makes it
/// refer to the copies, and returns the buffer, which must live as long as `structure` then. So a
/// decoded structure survives its frame. For Command, its alternatives that hold any text, Object,
/// and the structures of identifiers.h.
template <class T>
[[nodiscard]] Buffer own(T& structure);

}  // namespace tern::openwire
