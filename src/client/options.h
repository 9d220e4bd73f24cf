#pragma once

#include "client/destination.h"
#include "client/error.h"
#include "client/message.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tern::client {

using std::chrono::milliseconds;

/// How long to wait; nothing is for ever.
using Timeout = std::optional<milliseconds>;

/// What becomes of messages that a session rolls back or recovers. They wait here, not at the
/// broker, and come back in their old order.
struct RedeliveryPolicy {
    /// A message rolled back more often than this goes to the dead letter queue; -1 is never.
    int redeliveries_max = 6;
    /// The consumer pauses for so long before it redelivers...
    milliseconds delay{1000};
    /// ...from the second time on for so long, if it does not grow or was 0; nothing: the same...
    std::optional<milliseconds> repeated_delay{};
    /// ...and each time that much longer, up to the maximum.
    double delay_multiplier = 1.0;
    milliseconds delay_max{60'000};
    /// By which part of it, 0 to 1, chance makes a pause longer or shorter, so that consumers which
    /// fail together do not come back together.
    double collision_avoidance = 0;
};

/// The policy for destinations of a name, or of all that a pattern (`A.*`, `A.>`) matches.
struct RedeliveryPolicyEntry {
    Destination destination{};
    RedeliveryPolicy policy{};
};

/// Messages that the broker sends ahead to a consumer, unless ConsumerOptions::prefetch says it.
struct PrefetchPolicy {
    int queue = 1000;
    int topic = 32767;
    int durable_topic = 100;
};

/// Of `ssl://`. Files are PEM or PKCS#12.
struct TlsOptions {
    /// Who may sign a broker's certificate; empty: whom the system trusts.
    std::string trust_store{};
    std::string trust_store_password{};
    /// Our certificate, if the broker wants one, with its key in the same file or in `key`.
    std::string certificate{};
    std::string key{};
    std::string key_password{};
    /// Whether the certificate must be for the host of the URL.
    bool verify_host = true;
};

struct ConnectionOptions {
    /// `tcp://host:port`, `ssl://host:port`, or `failover:(tcp://one:61616,ssl://two:61617)` with
    /// options; without a port it is 61616. docs/guides/cpp-client.md lists the options.
    std::string url = "tcp://localhost:61616";
    std::string user{};
    std::string password{};
    /// Unique at the broker; empty picks one.
    std::string client_id{};

    TlsOptions tls{};

    /// For one attempt.
    milliseconds connect_timeout{10'000};
    /// For every answer of the broker, unless a call names its own.
    Timeout request_timeout{};
    /// For the goodbye.
    milliseconds close_timeout{15'000};

    RedeliveryPolicy redelivery{};
    /// Go before it: of those that fit a consumer's destination the first one counts.
    std::vector<RedeliveryPolicyEntry> redelivery_of{};
    PrefetchPolicy prefetch{};
    /// Called when the broker reports an error that belongs to no call, and when the connection is
    /// lost. Runs on the connection's thread: it must neither block nor use the connection.
    std::function<void(const Error&)> on_error{};

    // Of connections with failover. They run like `on_error`, one after the other.
    /// The connection is lost; calls wait until there is another.
    std::function<void(const Error&)> on_interrupted{};
    /// It takes long: called every so many rounds through all brokers, as the URL says.
    std::function<void(const Error&)> on_retrying{};
    /// All is as it was before, at this broker; also called for the first one.
    std::function<void(const std::string& url)> on_resumed{};

    /// Once that is wanted, no call waits for a connection any more: they get `interrupted`.
    std::stop_token stop_waiting{};

    /// Where connected stream sockets come from; nothing: TCP.
    std::function<Result<int>(const std::string& host, std::uint16_t port)> open_socket{};

    // The wire. The broker has a say in all of them.
    int version = 12;
    bool tight_encoding = true;
    /// A peer silent for so long is dead; 0 switches that off.
    milliseconds inactivity{30'000};
    milliseconds inactivity_initial_delay{10'000};
};

/// Who acknowledges received messages, and when.
enum class AckMode {
    automatic,   ///< the session: when `receive` returns, or when a listener has returned
    client,      ///< Session::acknowledge, all that were received so far
    individual,  ///< Consumer::acknowledge, one by one
    transacted,  ///< Session::commit, together with all that was sent
};

struct SessionOptions {
    AckMode ack_mode = AckMode::automatic;
    /// Messages sent ahead of the broker's confirmation; beyond it sending waits.
    std::size_t unconfirmed_max = 1000;
};

/// Whether a send waits for the broker's confirmation.
enum class Confirm {
    automatic,  ///< for persistent messages outside a transaction, as JMS clients do
    always,
    never,
};

struct ProducerOptions {
    Confirm confirm = Confirm::automatic;
    /// Gives messages an expiration that have none; 0 does not.
    milliseconds time_to_live{0};
};

struct ConsumerOptions {
    std::string selector{};
    /// Of a topic: the broker keeps what comes while the subscriber with this name, and the
    /// connection's client id, is away. Session::unsubscribe ends it.
    std::string subscription{};
    /// Messages that the broker sends ahead. Nothing: as PrefetchPolicy says. 0 asks for each
    /// message as it is wanted.
    std::optional<int> prefetch{};
    bool no_local = false;
    bool exclusive = false;
    bool retroactive = false;
    /// -128 … 127; higher ones are served first.
    int priority = 0;
};

struct BrowserOptions {
    std::string selector{};
    int prefetch = 500;
};

}  // namespace tern::client
