#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tern::broker {

enum class ExchangeType : std::uint8_t {
    direct = 1,           ///< to queues bound with the very key
    fanout = 2,           ///< to all
    topic = 3,            ///< by patterns over words split by dots: `*` one word, `#` any number
    headers = 4,          ///< by what is in the message
    consistent_hash = 5,  ///< to one queue, the same one for the same key
};

/// Something messages are sent to that decides by bindings where they go. Numbers and texts are on
/// disk: docs/formats/records.md.
struct Exchange {
    std::string vhost;
    std::string name;
    ExchangeType type = ExchangeType::direct;
    bool durable = true;
    bool auto_delete = false;        ///< goes with the last binding it is the source of
    bool internal = false;           ///< takes messages from other exchanges only
    std::string alternate = {};      ///< where to go with what it routes nowhere
    std::string hash_header = {};    ///< consistent_hash: by this header instead of the key
    std::string hash_property = {};  ///< consistent_hash: by this property instead of the key
    std::string arguments = {};      ///< as its protocol wrote them

    bool operator==(const Exchange&) const = default;
};

/// A value that a header must have; monostate: it must be there.
using HeaderValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// What a binding of a headers exchange asks for.
struct HeaderMatch {
    bool any = false;  ///< one of them is enough; all must match otherwise
    std::vector<std::pair<std::string, HeaderValue>> headers = {};

    bool operator==(const HeaderMatch&) const = default;
};

/// From an exchange to a queue, or on to another exchange.
struct Binding {
    std::string vhost;
    std::string source;
    bool to_exchange = false;
    std::string destination;  ///< a queue's address, an exchange's name
    std::string key = {};
    HeaderMatch match = {};
    std::string arguments = {};  ///< as its protocol wrote them; part of its identity

    [[nodiscard]] bool is_same(const Binding& other) const {
        return to_exchange == other.to_exchange && destination == other.destination &&
               key == other.key && arguments == other.arguments;
    }
};

/// The exchange of that name that meets the topics of all protocols: what is sent to either reaches
/// the subscribers of both.
constexpr std::string_view kTopicTree = "amq.topic";
constexpr std::string_view kDefaultVhost = "/";

/// The address of a virtual host's queue, which all protocols share. Those of the default host are
/// known by their plain names.
[[nodiscard]] std::string queue_address(std::string_view vhost, std::string_view name);

/// What an address of `queue_address` was made of.
struct VhostName {
    std::string_view vhost;
    std::string_view name;
};
[[nodiscard]] VhostName split_address(std::string_view address);

}  // namespace tern::broker
