#include "server/configure.h"

#include "config/connector_uri.h"

#include <algorithm>

namespace tern::server {
namespace {

using config::ConnectorUri;
using config::DiskSync;
using ClientCertificate = gateway::TlsOptions::ClientCertificate;

constexpr std::int64_t kForEverMs = std::int64_t{1000} * 60 * 60 * 24 * 365;

std::string_view protocol_name(ConnectorUri::Protocol protocol) {
    switch (protocol) {
        case ConnectorUri::Protocol::openwire:
            return "openwire";
        case ConnectorUri::Protocol::amqp:
            return "amqp";
        case ConnectorUri::Protocol::stomp:
            return "stomp";
        case ConnectorUri::Protocol::mqtt:
            return "mqtt";
        case ConnectorUri::Protocol::any:
            break;
    }
    return "auto";
}

std::string listener_name(const ConnectorUri& uri) {
    if (uri.web_socket) return uri.tls ? "wss" : "ws";
    return std::string(protocol_name(uri.protocol)) + (uri.tls ? "+ssl" : "");
}

template <class To, class From>
void set_if(To& to, const std::optional<From>& from) {
    if (from) to = static_cast<To>(*from);
}

void add_listener(const config::TransportConnector& connector, Options& options) {
    const auto uri = config::parse_connector_uri(connector.uri);
    if (!uri || !connector.auto_start) return;
    ListenerOptions listener = make_listener(listener_name(*uri), {uri->host, uri->port});
    listener.from_document = true;
    if (uri->needs_client_certificate.value_or(false)) {
        listener.client_certificate = ClientCertificate::needed;
    } else if (uri->wants_client_certificate.value_or(false)) {
        listener.client_certificate = ClientCertificate::wanted;
    }
    set_if(listener.connections_max, uri->connections_max);
    listener.detection_timeout_ms = uri->detection_timeout_ms;
    if (listener.detection_timeout_ms == 0) listener.detection_timeout_ms = kForEverMs;
    listener.proxied = uri->proxied.value_or(false);
    for (const std::string& protocol : uri->only) {
        listener.only.push_back(protocol == "default" ? "openwire" : protocol);
    }
    options.listeners.push_back(std::move(listener));
    if (uri->protocol != ConnectorUri::Protocol::openwire &&
        uri->protocol != ConnectorUri::Protocol::any) {
        return;
    }
    if (connector.allow_link_stealing) options.openwire.link_stealing = true;
    set_if(options.openwire.frame_bytes_max, uri->frame_bytes_max);
    set_if(options.openwire.inactivity_ms, uri->inactivity_ms);
    set_if(options.openwire.inactivity_initial_delay_ms, uri->inactivity_initial_delay_ms);
    set_if(options.openwire.tight_encoding, uri->tight_encoding);
    set_if(options.openwire.cache, uri->cache);
}

/// With less, nothing would move.
constexpr std::int64_t kMemoryBytesMin = std::int64_t{1024} * 1024;

/// The path in a file's URI, or what is a path already.
std::string path_of(std::string_view file) {
    if (file.starts_with("file:")) file.remove_prefix(5);
    while (file.starts_with("//")) file.remove_prefix(1);
    return std::string(file);
}

gateway::TlsOptions tls_options(const config::SslContext& context) {
    gateway::TlsOptions tls;
    tls.certificate = path_of(context.key_store);
    tls.key_password =
        context.key_password.empty() ? context.key_store_password : context.key_password;
    tls.authorities = path_of(context.trust_store);
    tls.authorities_password = context.trust_store_password;
    return tls;
}

bool syncs(const config::KahaDb& kaha_db) {
    if (kaha_db.enable_journal_disk_syncs) return *kaha_db.enable_journal_disk_syncs;
    return kaha_db.sync != DiskSync::never;
}

std::optional<broker::BranchEnd> recovered_branches(config::RecoveredXa strategy) {
    switch (strategy) {
        case config::RecoveredXa::kept:
            break;
        case config::RecoveredXa::committed:
            return broker::BranchEnd::commit;
        case config::RecoveredXa::rolled_back:
            return broker::BranchEnd::rollback;
    }
    return std::nullopt;
}

}  // namespace

void configure(const config::Broker& broker, Options& options) {
    options.document = broker;
    options.openwire.broker_name = broker.name;
    options.openwire.advisories = broker.advisory_support;
    options.openwire.statistics = broker.plugins.statistics.has_value();
    options.openwire.uncommitted_max = static_cast<std::uint32_t>(broker.uncommitted_max);
    const config::KahaDb& kaha_db = broker.persistence.kaha_db;
    if (!broker.data_directory.empty()) options.data = broker.data_directory;
    if (!kaha_db.directory.empty()) options.data = kaha_db.directory;
    options.journal.file_bytes = static_cast<std::uint64_t>(kaha_db.journal_file_max.value);
    options.journal.write_bytes_max = static_cast<std::uint64_t>(kaha_db.journal_write_max.value);
    const bool kept =
        broker.persistent && broker.persistence.kind != config::Persistence::Kind::memory;
    options.journal.sync =
        kept && syncs(kaha_db) ? journal::Options::Sync::always : journal::Options::Sync::never;
    options.forget_messages = !kept || broker.delete_all_messages_on_startup;
    if (const auto& limit = broker.system_usage.memory.limit) {
        options.engine.memory_bytes =
            static_cast<std::size_t>(std::max(limit->value, kMemoryBytesMin));
    }
    options.tls = tls_options(broker.ssl_context);
    options.listeners.clear();
    for (const config::TransportConnector& connector : broker.transport_connectors) {
        add_listener(connector, options);
    }
}

engine::SettingsPtr engine_settings(const config::Broker& broker) {
    std::vector<broker::VirtualTopic> topics;
    if (broker.interceptors) {
        for (const config::VirtualTopic& topic : broker.interceptors->virtual_topics) {
            topics.push_back({topic.name, topic.prefix, topic.postfix});
        }
    } else if (broker.use_virtual_topics) {
        topics.push_back({"VirtualTopic.>", "Consumer.*.", ""});
    }
    return std::make_shared<const engine::Settings>(engine::Settings{
        .virtual_topics = broker::VirtualTopics(std::move(topics)),
        .policies = policies(broker),
        .dispatch_while_storing = broker.persistence.kaha_db.dispatch_while_storing_queues,
        .scheduler = {.enabled = broker.scheduler_support,
                      .repeat_max = broker.scheduler_repeat_max},
        .recovered_branches = recovered_branches(broker.persistence.kaha_db.recovered_xa)});
}

std::vector<broker::Destination> startup_queues(const config::Broker& broker) {
    std::vector<broker::Destination> queues;
    for (const config::StartupDestination& one : broker.destinations) {
        if (one.domain == broker::Domain::queue) queues.emplace_back(one.domain, false, one.name);
    }
    return queues;
}

bool need_restart(config::Broker running, config::Broker wanted) {
    for (config::Broker* const one : {&running, &wanted}) {
        one->interceptors.reset();
        one->use_virtual_topics = true;
        one->policy_entries.clear();
        one->default_policy.reset();
        one->destinations.clear();
    }
    return !(running == wanted);
}

}  // namespace tern::server
