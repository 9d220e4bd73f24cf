#pragma once

#include "protocol/mqtt/codec/properties.h"
#include "protocol/mqtt/codec/reason.h"
#include "protocol/mqtt/codec/version.h"

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace tern::mqtt {

// The control packets. Texts and bytes are views into what they were decoded from. Properties and
// reasons travel in version 5 only.

struct Will {
    std::string_view topic = {};
    std::string_view payload = {};
    Qos qos = Qos::at_most_once;
    bool retain = false;
    Properties properties = {};

    bool operator==(const Will&) const = default;
};

struct Connect {
    Version version = Version::v3_1_1;
    /// A broker's bridge, which wants neither its own messages back nor retain flags cleared.
    bool bridge = false;
    bool clean_start = false;
    std::uint16_t keep_alive_s = 0;
    Properties properties = {};
    std::string_view client_id = {};
    std::optional<Will> will = {};
    std::optional<std::string_view> user_name = {};
    std::optional<std::string_view> password = {};

    bool operator==(const Connect&) const = default;
};

struct ConnAck {
    bool session_present = false;
    /// For versions before 5, a return code.
    std::uint8_t code = 0;
    Properties properties = {};

    bool operator==(const ConnAck&) const = default;
};

struct Publish {
    bool dup = false;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    std::string_view topic = {};
    std::uint16_t packet_id = 0;  ///< with QoS 1 and 2 only
    /// Still encoded, and valid: whoever passes them on needs nothing else.
    Bytes properties = {};
    Bytes payload = {};

    bool operator==(const Publish&) const;
};

/// PUBACK, PUBREC, PUBREL or PUBCOMP.
struct Ack {
    PacketType type = PacketType::puback;
    std::uint16_t packet_id = 0;
    Reason reason = Reason::success;
    Properties properties = {};

    bool operator==(const Ack&) const = default;
};

enum class RetainHandling : std::uint8_t { send = 0, send_if_new = 1, do_not_send = 2 };

struct SubscribeOptions {
    Qos qos = Qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    RetainHandling retain_handling = RetainHandling::send;

    bool operator==(const SubscribeOptions&) const = default;
};

struct Subscribe {
    struct Filter {
        std::string_view filter = {};
        SubscribeOptions options = {};

        bool operator==(const Filter&) const = default;
    };

    std::uint16_t packet_id = 0;
    Properties properties = {};
    std::vector<Filter> filters = {};

    bool operator==(const Subscribe&) const = default;
};

struct Unsubscribe {
    std::uint16_t packet_id = 0;
    Properties properties = {};
    std::vector<std::string_view> filters = {};

    bool operator==(const Unsubscribe&) const = default;
};

/// SUBACK or UNSUBACK. Before version 5 the latter has no codes.
struct SubAck {
    PacketType type = PacketType::suback;
    std::uint16_t packet_id = 0;
    Properties properties = {};
    std::vector<Reason> codes = {};

    bool operator==(const SubAck&) const = default;
};

struct PingReq {
    bool operator==(const PingReq&) const = default;
};

struct PingResp {
    bool operator==(const PingResp&) const = default;
};

struct Disconnect {
    Reason reason = Reason::success;
    Properties properties = {};

    bool operator==(const Disconnect&) const = default;
};

struct Auth {
    Reason reason = Reason::success;
    Properties properties = {};

    bool operator==(const Auth&) const = default;
};

using Packet = std::variant<Connect, ConnAck, Publish, Ack, Subscribe, SubAck, Unsubscribe, PingReq,
                            PingResp, Disconnect, Auth>;

}  // namespace tern::mqtt
