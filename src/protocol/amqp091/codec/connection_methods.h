#pragma once

#include "protocol/amqp091/codec/method_fields.h"

namespace tern::amqp091 {

// class connection

struct ConnectionStart {
    static constexpr MethodId kId{10, 10};
    std::uint8_t version_major = 0;
    std::uint8_t version_minor = 9;
    TableView server_properties = {};
    LongText mechanisms = {};
    LongText locales = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.version_major, m.version_minor, m.server_properties, m.mechanisms, m.locales);
    }
    bool operator==(const ConnectionStart&) const = default;
};

struct ConnectionStartOk {
    static constexpr MethodId kId{10, 11};
    TableView client_properties = {};
    ShortText mechanism = {};
    LongText response = {};
    ShortText locale = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.client_properties, m.mechanism, m.response, m.locale);
    }
    bool operator==(const ConnectionStartOk&) const = default;
};

struct ConnectionSecure {
    static constexpr MethodId kId{10, 20};
    LongText challenge = {};
    static void fields(auto& m, auto&& visit) { visit(m.challenge); }
    bool operator==(const ConnectionSecure&) const = default;
};

struct ConnectionSecureOk {
    static constexpr MethodId kId{10, 21};
    LongText response = {};
    static void fields(auto& m, auto&& visit) { visit(m.response); }
    bool operator==(const ConnectionSecureOk&) const = default;
};

struct ConnectionTune {
    static constexpr MethodId kId{10, 30};
    std::uint16_t channel_max = 0;
    std::uint32_t frame_max = 0;
    std::uint16_t heartbeat = 0;
    static void fields(auto& m, auto&& visit) { visit(m.channel_max, m.frame_max, m.heartbeat); }
    bool operator==(const ConnectionTune&) const = default;
};

struct ConnectionTuneOk {
    static constexpr MethodId kId{10, 31};
    std::uint16_t channel_max = 0;
    std::uint32_t frame_max = 0;
    std::uint16_t heartbeat = 0;
    static void fields(auto& m, auto&& visit) { visit(m.channel_max, m.frame_max, m.heartbeat); }
    bool operator==(const ConnectionTuneOk&) const = default;
};

struct ConnectionOpen {
    static constexpr MethodId kId{10, 40};
    ShortText virtual_host = {};
    ShortText capabilities = {};
    bool insist = false;
    static void fields(auto& m, auto&& visit) { visit(m.virtual_host, m.capabilities, m.insist); }
    bool operator==(const ConnectionOpen&) const = default;
};

struct ConnectionOpenOk {
    static constexpr MethodId kId{10, 41};
    ShortText known_hosts = {};
    static void fields(auto& m, auto&& visit) { visit(m.known_hosts); }
    bool operator==(const ConnectionOpenOk&) const = default;
};

struct ConnectionClose {
    static constexpr MethodId kId{10, 50};
    std::uint16_t reply_code = 0;
    ShortText reply_text = {};
    std::uint16_t class_id = 0;
    std::uint16_t method_id = 0;
    static void fields(auto& m, auto&& visit) {
        visit(m.reply_code, m.reply_text, m.class_id, m.method_id);
    }
    bool operator==(const ConnectionClose&) const = default;
};

struct ConnectionCloseOk {
    static constexpr MethodId kId{10, 51};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ConnectionCloseOk&) const = default;
};

struct ConnectionBlocked {
    static constexpr MethodId kId{10, 60};
    ShortText reason = {};
    static void fields(auto& m, auto&& visit) { visit(m.reason); }
    bool operator==(const ConnectionBlocked&) const = default;
};

struct ConnectionUnblocked {
    static constexpr MethodId kId{10, 61};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ConnectionUnblocked&) const = default;
};

struct ConnectionUpdateSecret {
    static constexpr MethodId kId{10, 70};
    LongText new_secret = {};
    ShortText reason = {};
    static void fields(auto& m, auto&& visit) { visit(m.new_secret, m.reason); }
    bool operator==(const ConnectionUpdateSecret&) const = default;
};

struct ConnectionUpdateSecretOk {
    static constexpr MethodId kId{10, 71};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ConnectionUpdateSecretOk&) const = default;
};

// class channel

struct ChannelOpen {
    static constexpr MethodId kId{20, 10};
    ShortText out_of_band = {};
    static void fields(auto& m, auto&& visit) { visit(m.out_of_band); }
    bool operator==(const ChannelOpen&) const = default;
};

struct ChannelOpenOk {
    static constexpr MethodId kId{20, 11};
    LongText channel_id = {};
    static void fields(auto& m, auto&& visit) { visit(m.channel_id); }
    bool operator==(const ChannelOpenOk&) const = default;
};

struct ChannelFlow {
    static constexpr MethodId kId{20, 20};
    bool active = false;
    static void fields(auto& m, auto&& visit) { visit(m.active); }
    bool operator==(const ChannelFlow&) const = default;
};

struct ChannelFlowOk {
    static constexpr MethodId kId{20, 21};
    bool active = false;
    static void fields(auto& m, auto&& visit) { visit(m.active); }
    bool operator==(const ChannelFlowOk&) const = default;
};

struct ChannelClose {
    static constexpr MethodId kId{20, 40};
    std::uint16_t reply_code = 0;
    ShortText reply_text = {};
    std::uint16_t class_id = 0;
    std::uint16_t method_id = 0;
    static void fields(auto& m, auto&& visit) {
        visit(m.reply_code, m.reply_text, m.class_id, m.method_id);
    }
    bool operator==(const ChannelClose&) const = default;
};

struct ChannelCloseOk {
    static constexpr MethodId kId{20, 41};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ChannelCloseOk&) const = default;
};

// class access

struct AccessRequest {
    static constexpr MethodId kId{30, 10};
    ShortText realm = {};
    bool exclusive = false;
    bool passive = false;
    bool active = false;
    bool write = false;
    bool read = false;
    static void fields(auto& m, auto&& visit) {
        visit(m.realm, m.exclusive, m.passive, m.active, m.write, m.read);
    }
    bool operator==(const AccessRequest&) const = default;
};

struct AccessRequestOk {
    static constexpr MethodId kId{30, 11};
    std::uint16_t ticket = 1;
    static void fields(auto& m, auto&& visit) { visit(m.ticket); }
    bool operator==(const AccessRequestOk&) const = default;
};

}  // namespace tern::amqp091
