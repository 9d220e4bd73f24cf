#pragma once

#include "load/settings.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace tern::load {

/// The first bytes of each message. They never leave the process that wrote them except through the
/// broker, so that they need no order of bytes.
struct Stamp {
    std::int64_t due_ns = 0;  ///< when it should have been sent, of the steady clock
    std::uint32_t run = 0;    ///< others' messages, and those of runs before, have another one
    std::uint32_t publisher = 0;
    std::uint64_t number = 0;  ///< of the publisher, from 0 on
};
inline constexpr std::size_t kStampBytes = 24;
static_assert(sizeof(Stamp) == kStampBytes);

/// What a broker's frame says.
enum class Event : std::uint8_t { none, connected, subscribed, message, confirmed, refused };

/// The client's side of a protocol, as much of it as the load needs. One for each connection.
/// All append to `out` what is to be sent.
class Protocol {
public:
    virtual ~Protocol() = default;

    virtual void connect(std::string& out, std::string_view name, bool publishes) = 0;
    virtual void subscribe(std::string& out) = 0;
    /// Opens a transaction if there is to be one.
    virtual void publish(std::string& out, const Stamp& stamp) = 0;
    /// Ends the transaction that is open.
    virtual void commit(std::string&) {}
    virtual void leave(std::string& out) = 0;
    /// The broker lets it, for all that the protocol knows.
    [[nodiscard]] virtual bool may_publish() const { return true; }
    /// How many messages the last `confirmed` spoke of.
    [[nodiscard]] virtual int confirmations() const { return 1; }
    /// Takes one frame from the front of `in` and answers it; returns its size, 0: not whole yet.
    virtual std::size_t take(std::string_view in, std::string& out, Event& event) = 0;

    /// Of the last `message`; of others' messages, nonsense.
    [[nodiscard]] const Stamp& stamp() const { return stamp_; }
    /// What the broker said with the last `refused`, as far as it said anything.
    [[nodiscard]] const std::string& refusal() const { return refusal_; }

protected:
    /// The body that a message begins with.
    void saw(std::string_view body) {
        stamp_ = {};
        if (body.size() >= kStampBytes) std::memcpy(&stamp_, body.data(), kStampBytes);
    }
    static void put_stamp(std::string& message, std::size_t at, const Stamp& stamp) {
        std::memcpy(message.data() + at, &stamp, kStampBytes);
    }

    std::string refusal_;

private:
    Stamp stamp_;
};

/// Settings have to be complete.
std::unique_ptr<Protocol> make_protocol(const Settings& settings);

std::unique_ptr<Protocol> make_openwire(const Settings& settings);
std::unique_ptr<Protocol> make_mqtt(const Settings& settings);
std::unique_ptr<Protocol> make_stomp(const Settings& settings);
std::unique_ptr<Protocol> make_amqp(const Settings& settings);
std::unique_ptr<Protocol> make_amqp091(const Settings& settings);
std::unique_ptr<Protocol> make_nats(const Settings& settings);

}  // namespace tern::load
