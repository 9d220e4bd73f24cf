#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace tern::mqtt {

/// What an operator may set.
struct Options {
    /// From accept until CONNECT.
    std::int64_t handshake_timeout_ms = 30'000;
    std::int64_t packet_bytes_max = std::int64_t{256} * 1024 * 1024;
    /// How many QoS 1 and 2 messages a client may have under way to us (told to version 5).
    std::uint16_t receive_maximum = 1000;
    /// How many we have under way to a client that does not say how many it wants.
    std::uint16_t inflight_max = 1000;
    std::uint16_t topic_alias_max = 64;
    /// Clients that want a longer one, or none, are given this; 0: whatever they want.
    std::uint16_t keep_alive_max_s = 0;
    /// What holds for clients that want none; 0: none.
    std::uint16_t keep_alive_default_s = 0;
    /// Topics are virtual ones: those of `a/b` are `VirtualTopic.a.b`, and what waits for a client
    /// waits on a queue `Consumer.CLIENT:QOS.VirtualTopic.a.b`, as in ActiveMQ.
    bool virtual_topics = false;
    /// How many messages of a filter a session may have that are not settled.
    std::uint32_t prefetch = 1000;
    /// The longest time a session outlives its connection; UINT32_MAX: without end.
    std::uint32_t session_expiry_max_s = UINT32_MAX;
    /// The same of clients before version 5, which cannot say so.
    std::uint32_t session_expiry_default_s = UINT32_MAX;
    /// What clients publish to `$…` is passed on instead of dropped.
    bool publish_dollar_topics = false;
    /// Who connects with the client id of another one that is connected takes its place; otherwise
    /// it is refused.
    bool link_stealing = true;
    /// Version 3.1.1: who publishes where it may not is cut off; otherwise it is answered as if it
    /// might.
    bool close_refused_publishers = false;
    /// Clients of version 5 that ask for a topic to be answered on are told this one, and their
    /// client id below it; empty: they are told none.
    std::string response_topics = "responses";
    /// Where clients are sent instead of being served: servers as `host:port`, with spaces between
    /// them; empty: they are served. Only version 5 can be told.
    std::string redirect;
    bool redirects_for_good = false;
    /// Where clients of version 5 are sent when the broker stops; empty: nowhere.
    std::string failover_servers;
    /// How often the `$SYS` tree is published; 0: never.
    std::uint16_t sys_interval_s = 10;
    /// How much of its memory the process uses, for that tree. From any shard.
    std::function<std::size_t()> heap_bytes;
    std::string version;  ///< the broker's
};

}  // namespace tern::mqtt
