#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tern::load {

/// What a broker's frame says.
enum class Event : std::uint8_t { none, connected, subscribed, message, confirmed, refused };

/// The client's side of a protocol, as much of it as the load needs. One for each connection.
class Protocol {
public:
    virtual ~Protocol() = default;

    virtual void connect(std::string& out, std::string_view name) = 0;
    virtual void subscribe(std::string& out) = 0;
    virtual void publish(std::string& out) = 0;
    /// The broker lets it, for all that the protocol knows.
    [[nodiscard]] virtual bool may_publish() const { return true; }
    /// How many messages the last `confirmed` spoke of.
    [[nodiscard]] virtual int confirmations() const { return 1; }
    /// Takes one frame from the front of `in` and answers it; returns its size, 0: not whole yet.
    virtual std::size_t take(std::string_view in, std::string& out, Event& event) = 0;
};

/// `qos` is 0 to 2; above 0 subscribers have lasting sessions.
std::unique_ptr<Protocol> make_mqtt(int qos, std::size_t bytes);
/// One queue, persistent messages, each with a receipt; automatic acknowledgement.
std::unique_ptr<Protocol> make_stomp(std::size_t bytes);
/// One queue; durable messages, accepted by both sides, or transient ones that are sent settled.
/// Each connection has a session and so many sending links.
std::unique_ptr<Protocol> make_amqp(std::size_t bytes, bool settled, int links);
/// One durable queue, or one of each subscriber's own to which all goes; persistent messages with
/// confirms and acknowledgements, or transient ones without.
std::unique_ptr<Protocol> make_amqp091(std::size_t bytes, bool transient, bool fan_out);

}  // namespace tern::load
