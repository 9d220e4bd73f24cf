#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tern::load {

enum class ProtocolName : std::uint8_t { openwire, stomp, mqtt, amqp, amqp091, nats };

/// What a run does, whatever the protocol.
enum class Mode : std::uint8_t {
    traffic,  ///< publishers and subscribers at the same time
    backlog,  ///< first all is published, then all is received
    storm,    ///< connections come, are let in, and leave
};

struct Settings {
    ProtocolName protocol = ProtocolName::openwire;
    std::string host = "localhost";
    std::uint16_t port = 61616;
    bool tls = false;
    std::string trust_store{};  ///< PEM: who may sign the broker's certificate; empty: the system's
    bool verify_host = true;
    std::string user{};
    std::string password{};
    /// Of the names by which the broker knows the connections.
    std::string client_prefix = "bench";

    /// Of the queue or the topic, in the protocol's own spelling.
    std::string destination = "bench";
    /// Each message comes to all subscribers, not to one.
    bool topic = false;
    /// Of the same name with .0, .1, ... behind it, if there are several; clients are shared among
    /// them.
    int destinations = 1;
    /// AMQP 0-9-1: where topics lie.
    std::string exchange = "amq.topic";

    Mode mode = Mode::traffic;
    int publishers = 1;
    int subscribers = 1;
    int idle = 0;     ///< connections besides, which do nothing
    int storm = 0;    ///< connections at a time
    int threads = 1;  ///< that serve the connections
    int links = 1;    ///< AMQP 1.0: that send, of each connection
    /// Subscriptions stay while their subscribers are away, until the end of the load.
    bool durable = false;
    std::size_t size = 1024;
    bool persistent = true;
    int qos = 0;            ///< MQTT
    bool confirmed = true;  ///< publishers hear of each message, or of each transaction
    long window = 100;      ///< unconfirmed messages of a publisher
    long ahead = 0;         ///< messages on their way to each subscriber; 0: no limit
    long transacted = 0;    ///< messages a transaction; 0: none
    double rate = 0;        ///< messages a second of all publishers; 0: as fast as it goes

    std::chrono::milliseconds warm_up{1000};
    std::chrono::milliseconds duration{5000};
    /// Ends the run besides: messages of all publishers, or connections of a storm.
    std::optional<std::uint64_t> count{};
    std::chrono::milliseconds sample_interval{1000};
    /// Keeps the times of each interval, too.
    bool times_by_interval = false;
    /// Likewise what the machine does.
    bool machine_by_interval = false;
    /// Whose processor time and memory are told; 0: nobody's.
    int broker_pid = 0;
};

/// To how many subscribers a message comes.
[[nodiscard]] inline std::uint64_t copies(const Settings& settings) {
    return settings.topic ? static_cast<std::uint64_t>(settings.subscribers / settings.destinations)
                          : 1;
}

/// What a protocol has not, or nothing. Also sets what follows from the rest.
[[nodiscard]] std::optional<std::string> complete(Settings& settings);

/// As options name it.
[[nodiscard]] const char* to_text(ProtocolName protocol);

}  // namespace tern::load
