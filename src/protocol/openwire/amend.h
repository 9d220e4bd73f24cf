#pragma once

#include "message/formats.h"
#include "protocol/openwire/convert.h"

namespace tern::openwire {

/// The stored form of `original` with that changed. Errors: those of the codec.
[[nodiscard]] Result<MessagePtr> amend(const Message& original, const message::Amendment& change,
                                       MessageConverter& converter);

}  // namespace tern::openwire
