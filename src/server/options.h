#pragma once

#include "config/model.h"
#include "config/report.h"
#include "engine/engine.h"
#include "gateway/endpoint.h"
#include "gateway/networks.h"
#include "gateway/places.h"
#include "gateway/tls.h"
#include "journal/journal.h"
#include "protocol/amqp091/options.h"
#include "protocol/amqp10/options.h"
#include "protocol/mqtt/options.h"
#include "protocol/openwire/options.h"
#include "protocol/stomp/options.h"
#include "protocol/wire.h"
#include "server/audit_log.h"
#include "server/data_lock.h"
#include "server/operator_groups.h"
#include "server/store_check.h"
#include "server/store_disk.h"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace tern::server {

/// A listener: which protocol, in what, where.
struct ListenerOptions {
    std::string name;
    gateway::Endpoint endpoint;
    /// Configured, not asked for on the command line: left out when it cannot be served.
    bool from_document = false;
    std::string protocol;  ///< as for `rooms_for`
    /// The entry of `login.config` that knows its clients; empty: as the document says.
    std::string security_domain = {};
    bool tls = false;
    bool web_socket = false;
    /// Nothing: as the settings say.
    std::optional<gateway::TlsOptions::ClientCertificate> client_certificate;
    /// A client's certificate has to be for the address that it comes from.
    bool verify_client_address = false;
    /// Proxies pass connections on, and say for whom.
    bool proxied = false;
    std::uint64_t connections_max = 0;  ///< at a time; 0: as many as like to
    protocol::ConnectionLimits limits;  ///< of each connection
    std::optional<std::int64_t> detection_timeout_ms;
    std::int64_t write_timeout_ms = 0;  ///< of a peer that takes nothing; 0: none
    /// If not empty: what may be spoken of all that the listener is for.
    std::vector<std::string> only;
};

/// A listener that is open.
struct Listening {
    std::string name;
    gateway::Endpoint endpoint;
    /// As in the scheme of a connector's URI; empty: as the name.
    std::string scheme = {};
    /// Of its connections; the listener outlives what is known to be open. Null: for operators.
    const gateway::Places* places = nullptr;
};

/// What to say of a listener for TLS where there is no certificate.
inline constexpr std::string_view kNoCertificate =
    "needs a certificate: the setting tls.certificate";

/// The names of the listeners for operators: in the open, and with TLS.
inline constexpr std::string_view kHttp = "http";
inline constexpr std::string_view kHttps = "https";

/// The name of the listener for RabbitMQ's management API.
inline constexpr std::string_view kManagement = "management";
/// The one for its metrics, which are shown to everybody who comes there.
inline constexpr std::string_view kPrometheus = "prometheus";

/// Where operators are served.
struct HttpOptions {
    struct Place {
        gateway::Endpoint endpoint;
        bool tls = false;
    };
    std::vector<Place> places = {{{"127.0.0.1", 8161}}, {{"127.0.0.1", 8162}, true}};
    /// Nobody asked for these: another broker of this machine may have them already, and without a
    /// certificate there is no TLS.
    bool by_default = true;
    OperatorGroups groups = {};
    /// Where the document names no users, whoever reaches the port is an operator; otherwise there
    /// is one of the broker's own, with a password.
    bool open = false;
    /// Messages come and go by `/api/message`.
    bool rest = false;
};

/// What a name says is in it: a protocol, and with `+` what it lies in, as in the schemes of
/// ActiveMQ's connectors: `stomp`, `auto+nio+ssl`, `wss`; `ssl` alone is OpenWire. `proxy`: by a
/// proxy that says whom it passes on.
[[nodiscard]] ListenerOptions make_listener(std::string name, gateway::Endpoint endpoint);

/// How long connections last at most; then whoever it is has to log in anew.
struct ConnectionExpiry {
    std::int64_t after_s = 0;                 ///< 0: they last
    std::vector<std::string> listeners = {};  ///< the names of those that are meant; empty: all
};

/// All the daemon may be told.
struct Options {
    std::string data = "data";
    std::vector<ListenerOptions> listeners;
    HttpOptions http;
    /// Where RabbitMQ's management API is; nothing: nowhere.
    std::optional<gateway::Endpoint> management;
    std::optional<gateway::Endpoint> prometheus;  ///< and its metrics besides
    /// From accept until it is known which protocol a peer speaks.
    std::int64_t detection_timeout_ms = 30'000;
    std::uint64_t connections_max = 0;  ///< at all listeners together; 0: as many as like to
    gateway::Networks proxies;          ///< that may pass connections on
    LockOptions lock;
    AuditOptions audit;
    /// How often it is looked whether those who are in would be let in still.
    std::int64_t login_check_ms = 5'000;
    ConnectionExpiry connection_expiry;
    /// After so long without a byte in either direction a connection ends; 0: never.
    std::int64_t connection_idle_ms = 0;
    /// Listens for others than this machine although nothing says who clients are.
    bool insecure = false;
    /// What earlier runs left is deleted at the start.
    bool forget_messages = false;
    std::uint16_t shards = 0;  ///< 0: as many as suit the machine
    std::string log_level = "info";
    bool log_json = false;  ///< each line is an object
    /// Of lines of a kind, in each period; 0: all are written.
    std::uint32_t log_repetitions_max = 100;
    /// The largest frame of a WebSocket that a client may send.
    std::uint64_t web_socket_frame_bytes_max = std::uint64_t{100} * 1024 * 1024;
    gateway::TlsOptions tls;  ///< without a certificate there is no TLS
    StoreDiskOptions store_disk;
    StoreCheckOptions store_check;
    journal::Options journal;
    store::SegmentOptions segments;
    engine::EngineOptions engine;
    amqp10::Options amqp10;
    openwire::Options openwire;
    mqtt::Options mqtt;
    stomp::Options stomp;
    amqp091::Options amqp091;
    std::string definitions;  ///< a file with RabbitMQ's users and permissions; empty: none
    std::string config;       ///< the document's file or URI; empty: the embedded one
    config::Broker document;  ///< what it says
    config::Report report;    ///< and what became of each thing in it
};

/// What to print, and with which exit code, instead of running.
struct Exit {
    int code = 0;
    std::string text;
};

/// Options from the command line: what the document says first (the embedded one if none is named),
/// then the others in their order. A bad option is one line of text and code 2; in a document, each
/// thing that is wrong is a line.
[[nodiscard]] std::expected<Options, Exit> parse_options(int argc, const char* const* argv);

}  // namespace tern::server
