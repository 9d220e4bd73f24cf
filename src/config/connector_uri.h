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
    std::optional<bool> needs_client_certificate;
    std::optional<bool> wants_client_certificate;
    std::optional<bool> cache;
    std::optional<bool> proxied;  ///< a proxy says for whom it passes connections on
    std::optional<std::int64_t> detection_timeout_ms;
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
