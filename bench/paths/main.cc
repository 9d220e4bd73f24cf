// Takes messages from a publisher through the broker to a subscriber, all in this one thread, so
// that what the broker does for a message can be counted: bench/instructions.py.

#include "load/protocol.h"
#include "simulated_broker.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <map>

namespace tern::paths {
namespace {

using load::Event;
using load::ProtocolName;
using load::Settings;

/// Messages that come in one read, as those of a busy client do.
constexpr std::uint64_t kTogether = 16;

[[noreturn]] void fail(const std::string& why) {
    fmt::print(stderr, "broker_paths: {}\n", why);
    std::exit(1);
}

class Client {
public:
    Client(SimulatedBroker& broker, std::string_view room, const Settings& settings, bool publishes)
        : connection_(broker, room), protocol_(load::make_protocol(settings)) {
        protocol_->connect(connection_.to_broker, publishes ? "publisher" : "subscriber",
                           publishes);
    }

    [[nodiscard]] SimulatedBroker::Connection& connection() { return connection_; }
    [[nodiscard]] load::Protocol& protocol() { return *protocol_; }
    [[nodiscard]] std::uint64_t seen(Event event) const {
        const auto found = seen_.find(event);
        return found == seen_.end() ? 0 : found->second;
    }

    void publish(std::uint64_t number) {
        protocol_->publish(connection_.to_broker, {.number = number});
    }
    /// Takes all that the broker has said, and answers it.
    void hear() {
        std::string& in = connection_.from_broker;
        std::size_t at = 0;
        while (at < in.size()) {
            Event event = Event::none;
            const std::size_t size =
                protocol_->take(std::string_view(in).substr(at), connection_.to_broker, event);
            if (size == 0) break;
            at += size;
            if (event == Event::refused) fail("refused: " + protocol_->refusal());
            const int count = event == Event::confirmed ? protocol_->confirmations() : 1;
            seen_[event] += static_cast<std::uint64_t>(count);
        }
        in.erase(0, at);
    }

private:
    SimulatedBroker::Connection connection_;
    std::unique_ptr<load::Protocol> protocol_;
    std::map<Event, std::uint64_t> seen_;
};

class Path {
public:
    Path(std::string_view room, const Settings& settings)
        : settings_(settings),
          subscriber_(broker_, room, settings_, false),
          publisher_(broker_, room, settings_, true) {
        until(subscriber_, Event::connected);
        subscriber_.protocol().subscribe(subscriber_.connection().to_broker);
        until(subscriber_, Event::subscribed);
        until(publisher_, Event::connected);
    }

    /// Publishes so many, and has all of them received and confirmed.
    void take(std::uint64_t count, bool counted) {
        for (std::uint64_t sent = 0; sent < count; sent += kTogether) {
            for (std::uint64_t i = 0; i < kTogether; ++i) {
                if (!publisher_.protocol().may_publish()) fail("the broker takes no more");
                publisher_.publish(number_++);
            }
            // Until everybody has heard everything, and answered.
            do {
                work(counted);
            } while (busy());
        }
        if (subscriber_.seen(Event::message) != number_) fail("not all messages came");
        if (settings_.confirmed && publisher_.seen(Event::confirmed) != number_) {
            fail("not all messages were confirmed");
        }
    }

private:
    [[nodiscard]] bool busy() {
        return !publisher_.connection().to_broker.empty() ||
               !subscriber_.connection().to_broker.empty();
    }

    void work(bool counted) {
        const std::array both{&publisher_.connection(), &subscriber_.connection()};
        if (counted) {
            broker_.work_counted(both);
        } else {
            broker_.work(both);
        }
        publisher_.hear();
        subscriber_.hear();
    }

    void until(const Client& client, Event event) {
        constexpr int kTurns = 100;
        for (int i = 0; client.seen(event) == 0; ++i) {
            if (i == kTurns) fail("a client is not served");
            work(false);
        }
    }

    const Settings settings_;
    SimulatedBroker broker_;
    Client subscriber_;
    Client publisher_;
    std::uint64_t number_ = 0;
};

struct Named {
    std::string_view name;
    std::string_view room;
    Settings settings;
};

std::array<Named, 4> paths() {
    Settings openwire;
    Settings amqp10;
    amqp10.protocol = ProtocolName::amqp;
    amqp10.persistent = false;
    amqp10.confirmed = false;
    Settings mqtt;
    mqtt.protocol = ProtocolName::mqtt;
    mqtt.topic = true;
    mqtt.size = 100;
    Settings amqp091;
    amqp091.protocol = ProtocolName::amqp091;
    return {{{"openwire-persistent", "openwire", openwire},
             {"amqp10-transient", "amqp10", amqp10},
             {"mqtt-qos0", "mqtt", mqtt},
             {"amqp091-confirms", "amqp091", amqp091}}};
}

int run(std::span<char* const> words) {
    if (words.size() != 4) {
        fmt::print(stderr, "usage: broker_paths PATH WARM-UP COUNT\n");
        return 2;
    }
    for (Named& path : paths()) {
        if (path.name != words[1]) continue;
        if (const auto wrong = load::complete(path.settings)) fail(*wrong);
        Path taken(path.room, path.settings);
        taken.take(std::strtoull(words[2], nullptr, 10), false);
        taken.take(std::strtoull(words[3], nullptr, 10), true);
        return 0;
    }
    fail("there is no such path");
}

}  // namespace
}  // namespace tern::paths

int main(int count, char** words) {
    return tern::paths::run({words, static_cast<std::size_t>(count)});
}
