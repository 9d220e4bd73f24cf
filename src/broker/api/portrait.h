#pragma once

#include "broker/api/ids.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tern::broker {

/// What only its room knows of a connection whose protocol has channels, for operators.
struct Portrait {
    struct Consumer {
        ConsumerNumber number = {};
        std::string tag = {};
        std::string address = {};  ///< its queue's
        std::uint32_t prefetch = 0;
        bool acknowledges = true;
        bool exclusive = false;
        std::string arguments = {};  ///< as the client wrote them
    };
    struct Channel {
        std::uint16_t number = 0;
        bool confirms = false;
        bool transactional = false;
        std::uint32_t prefetch = 0;
        std::uint32_t global_prefetch = 0;
        std::size_t unsettled = 0;    ///< messages with the client
        std::size_t unconfirmed = 0;  ///< publishes that were not confirmed yet
        std::vector<Consumer> consumers = {};
    };

    std::string vhost = {};
    std::string client = {};  ///< what it says of itself, as it wrote that
    std::string mechanism = {};
    std::uint16_t channels_max = 0;
    std::uint32_t frame_bytes_max = 0;
    std::int64_t heartbeat_s = 0;
    bool tells_blocked = false;
    std::vector<Channel> channels = {};
};

using PortraitPtr = std::shared_ptr<const Portrait>;

}  // namespace tern::broker
