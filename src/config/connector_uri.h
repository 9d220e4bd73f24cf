#pragma once

#include "config/schema.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::config {

/// What a transport connector's URI asks for.
struct ConnectorUri {
    enum class Protocol : std::uint8_t { openwire, amqp, stomp, mqtt, any };
    /// Where messages wait for MQTT clients: for durable subscribers of the topic, or on a queue of
    /// the virtual topic.
    enum class Subscriptions : std::uint8_t { topics, virtual_topics };
    /// What clients of other protocols see of a message: all that it says, also its encoding, or
    /// that alone.
    enum class Transformer : std::uint8_t { jms, native, raw };
    /// As a client's heart-beat header: what it sends, and what it wants.
    struct HeartBeat {
        std::int64_t sends_ms = 0;
        std::int64_t wants_ms = 0;

        bool operator==(const HeartBeat&) const = default;
    };

    Protocol protocol = Protocol::openwire;
    bool tls = false;
    bool web_socket = false;
    std::string host;
    std::uint16_t port = 0;  ///< 0: any free one
    // As its options say; nothing: as by default.
    std::optional<std::int64_t> connections_max;
    std::optional<std::int64_t> frame_bytes_max;
    std::optional<std::int64_t> inactivity_ms;
    std::optional<std::int64_t> inactivity_initial_delay_ms;
    std::optional<bool> tight_encoding;
    std::optional<bool> tcp_no_delay;  ///< OpenWire: of clients
    std::optional<bool> needs_client_certificate;
    std::optional<bool> wants_client_certificate;
    std::optional<bool> cache;
    std::optional<bool> proxied;  ///< a proxy says for whom it passes connections on
    std::optional<std::int64_t> detection_timeout_ms;
    std::optional<std::int64_t> connect_timeout_ms;     ///< from accept to the first command
    std::optional<std::int64_t> data_bytes_max;         ///< STOMP: of a body
    std::optional<HeartBeat> heart_beat;                ///< STOMP: of clients that send none
    std::optional<double> heart_beat_grace;             ///< STOMP
    std::optional<std::int64_t> keep_alive_ms;          ///< MQTT: of clients that ask for none
    std::optional<Subscriptions> subscriptions;         ///< MQTT
    std::optional<std::int64_t> subscription_prefetch;  ///< MQTT
    std::optional<bool> publishes_dollar_topics;        ///< MQTT
    std::optional<bool> closes_refused_publishers;      ///< MQTT 3.1.1: who may not publish
    std::optional<std::int64_t> topic_alias_max;        ///< MQTT 5.0
    std::optional<std::int64_t> receive_maximum;        ///< MQTT 5.0
    std::optional<std::int64_t> packet_bytes_max;       ///< MQTT
    std::optional<std::int64_t> server_keep_alive_s;    ///< MQTT 5.0; 0: as clients like
    std::optional<std::int64_t> session_expiry_s;       ///< MQTT 3.x; below 0: never
    std::optional<bool> link_stealing;                  ///< MQTT, OpenWire: of client ids in use
    std::optional<std::int64_t> producer_credit;        ///< AMQP
    std::optional<std::int64_t> idle_timeout_ms;        ///< AMQP
    std::optional<std::int64_t> large_bytes_min;        ///< AMQP; -1: nothing is large
    std::optional<Transformer> transformer;             ///< AMQP
    std::optional<bool> detects_duplicates;             ///< AMQP: by _AMQ_DUPL_ID
    std::optional<bool> advisories;                     ///< OpenWire
    std::optional<bool> only_newest_tls;                ///< 1.3, and not 1.2
    std::optional<bool> verifies_client_address;        ///< against its certificate
    std::optional<std::int64_t> write_timeout_ms;       ///< of a peer that takes nothing; 0: none
    std::string ciphers;                                ///< separated by ":"; empty: any
    std::string
        security_domain;  ///< the entry of `login.config` for its clients; empty: the broker's
    /// Of all protocols, those that are spoken here, by Classic's names; empty: all.
    std::vector<std::string> only;

    bool operator==(const ConnectorUri&) const = default;
};

/// From a URI such as `stomp+ssl://0.0.0.0:61612?maximumConnections=1000`; or what the text should
/// have been.
[[nodiscard]] std::expected<ConnectorUri, std::string> parse_connector_uri(std::string_view text);

/// What becomes of each option of a URI that can be parsed.
void note_connector_options(const std::string& text, const Note& note);

}  // namespace tern::config
