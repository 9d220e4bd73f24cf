#pragma once

#include "message/message.h"

#include <functional>

namespace tern::broker {

/// Makes another message of one that is there; null: it stays.
///
/// Runs on: the queue's shard.
using Revision = std::move_only_function<MessagePtr(const Message& message)>;

}  // namespace tern::broker
