#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "message/message.h"

#include <cstddef>
#include <functional>
#include <string>

namespace tern::broker {

/// Something that clients may want to know of each other, such as that a consumer is there. The
/// broker remembers what lasts, for those who ask later.
struct Notice {
    enum class What : std::uint8_t {
        begins,   ///< something that lasts
        ends,     ///< what began under that topic and key; ignored if nothing did
        happens,  ///< and is over
    };

    What what = What::happens;
    std::string topic;     ///< where it is told, to whoever listens there
    std::string key = {};  ///< what it is about, unique in its topic
    /// Makes the message, given how many things last in its topic now. Called on any shard, and
    /// again as long as it lasts; null: nothing can be told.
    std::function<MessagePtr(std::size_t lasting)> message = {};
    Token token = {};
};

}  // namespace tern::broker
