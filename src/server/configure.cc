#include "server/configure.h"

#include "base/log.h"
#include "broker/api/event_log.h"
#include "broker/plugins/plugins.h"
#include "config/connector_uri.h"
#include "server/security.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <unistd.h>

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

// What a connector says of its protocol holds wherever that is spoken.

void set_openwire(const ConnectorUri& uri, openwire::Options& options) {
    set_if(options.frame_bytes_max, uri.frame_bytes_max);
    set_if(options.inactivity_ms, uri.inactivity_ms);
    set_if(options.inactivity_initial_delay_ms, uri.inactivity_initial_delay_ms);
    set_if(options.tight_encoding, uri.tight_encoding);
    set_if(options.tcp_no_delay, uri.tcp_no_delay);
    set_if(options.cache, uri.cache);
    if (!uri.advisories.value_or(true)) options.advisories = false;
}

void set_stomp(const ConnectorUri& uri, stomp::Options& options) {
    set_if(options.limits.frame_bytes, uri.frame_bytes_max);
    set_if(options.limits.body_bytes, uri.data_bytes_max);
    set_if(options.connect_timeout_ms, uri.connect_timeout_ms);
    if (uri.heart_beat) {
        options.client_beat_ms = uri.heart_beat->sends_ms;
        options.server_beat_ms = uri.heart_beat->wants_ms;
    }
    set_if(options.beat_grace, uri.heart_beat_grace);
}

void set_mqtt(const ConnectorUri& uri, mqtt::Options& options) {
    set_if(options.packet_bytes_max, uri.frame_bytes_max);
    set_if(options.handshake_timeout_ms, uri.connect_timeout_ms);
    if (uri.keep_alive_ms) {
        constexpr std::int64_t kSecond = 1000;
        options.keep_alive_default_s =
            static_cast<std::uint16_t>((*uri.keep_alive_ms + kSecond - 1) / kSecond);
    }
    if (uri.subscriptions) {
        options.virtual_topics = *uri.subscriptions == ConnectorUri::Subscriptions::virtual_topics;
    }
    if (uri.subscription_prefetch.value_or(0) > 0) {
        options.prefetch = static_cast<std::uint32_t>(*uri.subscription_prefetch);
    }
    set_if(options.publish_dollar_topics, uri.publishes_dollar_topics);
    set_if(options.close_refused_publishers, uri.closes_refused_publishers);
    set_if(options.topic_alias_max, uri.topic_alias_max);
    set_if(options.receive_maximum, uri.receive_maximum);
    set_if(options.packet_bytes_max, uri.packet_bytes_max);
    if (uri.server_keep_alive_s.value_or(-1) >= 0) {
        set_if(options.keep_alive_max_s, uri.server_keep_alive_s);
    }
    if (uri.session_expiry_s.value_or(-1) >= 0) {
        set_if(options.session_expiry_default_s, uri.session_expiry_s);
    }
}

void set_amqp(const ConnectorUri& uri, amqp10::Options& options) {
    set_if(options.handshake_timeout_ms, uri.connect_timeout_ms);
    set_if(options.producer_credit, uri.producer_credit);
    set_if(options.idle_timeout_ms, uri.idle_timeout_ms);
    set_if(options.large_bytes_min, uri.large_bytes_min);
    set_if(options.detects_duplicates, uri.detects_duplicates);
    using Transformer = ConnectorUri::Transformer;
    switch (uri.transformer.value_or(Transformer::jms)) {
        case Transformer::jms:
            break;
        case Transformer::native:
            options.transformer = amqp10::Transformer::native;
            break;
        case Transformer::raw:
            options.transformer = amqp10::Transformer::raw;
            break;
    }
}

/// What a connector says of its listener alone.
ListenerOptions listener_at(const ConnectorUri& uri) {
    ListenerOptions listener = make_listener(listener_name(uri), {uri.host, uri.port});
    if (uri.needs_client_certificate.value_or(false)) {
        listener.client_certificate = ClientCertificate::needed;
    } else if (uri.wants_client_certificate.value_or(false)) {
        listener.client_certificate = ClientCertificate::wanted;
    }
    set_if(listener.connections_max, uri.connections_max);
    listener.detection_timeout_ms = uri.detection_timeout_ms;
    if (listener.detection_timeout_ms == 0) listener.detection_timeout_ms = kForEverMs;
    listener.proxied = uri.proxied.value_or(false);
    listener.write_timeout_ms = std::min(uri.write_timeout_ms.value_or(0), kForEverMs);
    listener.security_domain = uri.security_domain;
    listener.verify_client_address = uri.verifies_client_address.value_or(false);
    for (const std::string& protocol : uri.only) {
        listener.only.push_back(protocol == "default" ? "openwire" : protocol);
    }
    return listener;
}

void add_listener(const config::TransportConnector& connector, Options& options) {
    const auto uri = config::parse_connector_uri(connector.uri);
    if (!uri || !connector.auto_start) return;
    ListenerOptions listener = listener_at(*uri);
    listener.from_document = true;
    listener.limits = {connector.producers_max, connector.consumers_max};
    options.listeners.push_back(std::move(listener));
    if (!uri->ciphers.empty()) options.tls.ciphers = uri->ciphers;
    if (uri->only_newest_tls) options.tls.min_version = gateway::TlsOptions::Version::v1_3;
    const auto is_for = [&uri](ConnectorUri::Protocol protocol) {
        return uri->protocol == protocol || uri->protocol == ConnectorUri::Protocol::any;
    };
    const auto steals = uri->link_stealing ? uri->link_stealing : connector.allow_link_stealing;
    if (is_for(ConnectorUri::Protocol::openwire)) {
        if (steals.value_or(false)) options.openwire.link_stealing = true;
        set_openwire(*uri, options.openwire);
    }
    if (is_for(ConnectorUri::Protocol::stomp)) set_stomp(*uri, options.stomp);
    if (is_for(ConnectorUri::Protocol::mqtt)) {
        set_if(options.mqtt.link_stealing, steals);
        set_mqtt(*uri, options.mqtt);
    }
    if (is_for(ConnectorUri::Protocol::amqp)) set_amqp(*uri, options.amqp10);
}

constexpr std::int64_t kPagedAtPercent = 70;
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
    tls.key = path_of(context.key);
    tls.key_password =
        context.key_password.empty() ? context.key_store_password : context.key_password;
    tls.authorities = path_of(context.trust_store);
    tls.authorities_password = context.trust_store_password;
    tls.revocations = path_of(context.revocations);
    return tls;
}

void take(const config::Amqp091& says, Options& options) {
    amqp091::Options& room = options.amqp091;
    room.heartbeat_s = says.heartbeat_s.value_or(room.heartbeat_s);
    room.channels_max = says.channels_max.value_or(room.channels_max);
    room.frame_bytes_max = says.frame_bytes_max.value_or(room.frame_bytes_max);
    if (says.message_bytes_max) {
        room.message_bytes_max = static_cast<std::uint64_t>(*says.message_bytes_max);
    }
    room.handshake_timeout_ms = says.handshake_timeout_ms.value_or(room.handshake_timeout_ms);
    room.consumer_timeout_ms = says.consumer_timeout_ms.value_or(room.consumer_timeout_ms);
    room.default_queue_type =
        says.default_queue_type == config::Amqp091::QueueType::quorum ? "quorum" : "classic";
    if (!says.definitions.empty()) options.definitions = path_of(says.definitions);
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

broker::BrokerRedelivery redelivery(const config::RedeliveryPlugin& plugin) {
    broker::BrokerRedelivery made{.fall_back = plugin.fall_back,
                                  .dead_letter_when_exceeded = plugin.dead_letter_when_exceeded,
                                  .rules = {},
                                  .otherwise = {}};
    for (const config::RedeliveryPolicy& entry : plugin.entries) {
        if (const auto pattern = entry.destination()) made.rules.push_back({*pattern, entry});
    }
    if (plugin.otherwise) made.otherwise = *plugin.otherwise;
    return made;
}

/// Bytes of memory of this machine.
std::int64_t physical_memory() {
    return std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
}

std::int64_t limit_of(const config::Usage& usage, std::int64_t total, std::int64_t otherwise) {
    if (usage.percent) {
        const std::int64_t of = usage.total ? usage.total->value : total;
        return of / 100 * *usage.percent;
    }
    return usage.limit ? usage.limit->value : otherwise;
}

/// Those of ActiveMQ where the document says nothing. What is the heap there is the machine's
/// memory here; the broker never takes more than 70 % of it unless it is told to.
broker::Limits limits(const config::Broker& broker) {
    const config::SystemUsage& usage = broker.system_usage;
    constexpr std::int64_t kGiB = std::int64_t{1} << 30;
    std::error_code unknown;
    const std::string data = broker.data_directory.empty() ? "." : broker.data_directory;
    const auto disk = std::filesystem::space(data, unknown);
    const std::int64_t partition = unknown ? 0 : static_cast<std::int64_t>(disk.capacity);
    std::int64_t memory = limit_of(usage.memory, physical_memory(), physical_memory() / 100 * 70);
    if (broker.split_usage) memory = memory / 100 * broker.producer_usage_percent;
    return {.memory = memory,
            .store = limit_of(usage.store, partition, 100 * kGiB),
            .temporary = limit_of(usage.temp, partition, 50 * kGiB),
            .schedule = limit_of(usage.scheduler, partition, 50 * kGiB),
            .fail_if_no_space = usage.fail_if_no_space,
            .fail_if_no_space_after_ms = usage.fail_if_no_space_after_ms,
            .files_by_default = !usage.store.limit && !usage.store.percent && !usage.temp.limit &&
                                !usage.temp.percent,
            .disk_check_ms = broker.disk_check_ms,
            .disk_regrow_bytes = broker.disk_regrow_bytes};
}

std::vector<broker::InterceptorPtr> interceptors(const config::Broker& broker,
                                                 const broker::PolicyMap& policies) {
    const config::Plugins& plugins = broker.plugins;
    std::vector<broker::InterceptorPtr> all;
    if (broker.populate_user_id) all.push_back(broker::make_user_stamp());
    if (plugins.time_stamping) all.push_back(make_interceptor(*plugins.time_stamping));
    if (plugins.force_persistence) all.push_back(make_interceptor(*plugins.force_persistence));
    if (policies.rules_headers()) all.push_back(broker::make_header_rules(policies));
    if (plugins.redelivery) all.push_back(make_interceptor(redelivery(*plugins.redelivery)));
    if (plugins.discard_dead_letters) {
        auto made = make_interceptor(*plugins.discard_dead_letters);
        if (made) {
            all.push_back(std::move(*made));
        } else {
            log::error("server", "discardingDLQBrokerPlugin drops nothing: {}", made.error());
        }
    }
    return all;
}

}  // namespace

std::expected<ListenerOptions, std::string> listener_of(const std::string& uri) {
    auto parsed = config::parse_connector_uri(uri);
    if (!parsed) return std::unexpected(uri + " is no connector: " + parsed.error());
    return listener_at(*parsed);
}

void configure(const config::Broker& broker, Options& options) {
    options.document = broker;
    options.openwire.broker_name = broker.name;
    options.amqp091.broker_name = broker.name;
    options.amqp10.container_id = broker.name;
    options.openwire.advisories = broker.advisory_support;
    options.openwire.anonymous_producers = broker.anonymous_producer_advisories;
    options.openwire.inflated_bytes_max = broker.inflated_bytes_max;
    options.openwire.statistics = broker.plugins.statistics.has_value();
    const config::KahaDb& kaha_db = broker.persistence.kaha_db;
    if (!broker.data_directory.empty()) options.data = broker.data_directory;
    if (!kaha_db.directory.empty()) options.data = kaha_db.directory;
    options.journal.file_bytes = static_cast<std::uint64_t>(kaha_db.journal_file_max.value);
    options.journal.archive = kaha_db.archive_files;
    options.journal.write_bytes_max = static_cast<std::uint64_t>(kaha_db.journal_write_max.value);
    const bool kept =
        broker.persistent && broker.persistence.kind != config::Persistence::Kind::memory;
    const bool periodic = !kaha_db.enable_journal_disk_syncs && kaha_db.sync == DiskSync::periodic;
    options.journal.sync = kept && syncs(kaha_db) && !periodic ? journal::Options::Sync::always
                                                               : journal::Options::Sync::never;
    options.store_disk = {.key_file = path_of(kaha_db.encryption_key_file),
                          .sync_interval_ms = kept && periodic ? kaha_db.sync_interval_ms : 0};
    options.store_check = {.everything = kaha_db.check_for_corrupt_files,
                           .leaves_damage_out = kaha_db.ignore_missing_files};
    options.lock = {.retry_ms = kaha_db.lock_retry_ms,
                    .check_ms = kaha_db.lock_check_ms,
                    .fail_when_taken = kaha_db.fail_when_locked};
    options.forget_messages = !kept || broker.delete_all_messages_on_startup;
    const config::Usage& memory = broker.system_usage.memory;
    if (memory.limit || memory.percent) {
        // Messages leave memory before producers have to wait.
        options.engine.memory_bytes = static_cast<std::size_t>(
            std::max(limits(broker).memory / 100 * kPagedAtPercent, kMemoryBytesMin));
    }
    options.tls = tls_options(broker.ssl_context);
    take(broker.amqp091, options);
    options.listeners.clear();
    for (const config::TransportConnector& connector : broker.transport_connectors) {
        add_listener(connector, options);
    }
}

namespace {

void add_divert(const config::Divert& divert, std::vector<engine::Composite>& all) {
    using broker::Domain;
    using Routing = config::Divert::Routing;
    for (const Domain domain : {Domain::queue, Domain::topic}) {
        Domain to = domain;
        if (divert.routing == Routing::to_queues) to = Domain::queue;
        if (divert.routing == Routing::to_topics) to = Domain::topic;
        engine::Composite composite{.from = {domain, false, divert.address},
                                    .to = {},
                                    .forward_only = divert.exclusive,
                                    .keep_unmatched = divert.exclusive};
        for (auto& target : broker::elements({to, false, divert.forwarding_address})) {
            composite.to.push_back({std::move(target), divert.filter});
        }
        all.push_back(std::move(composite));
    }
}

std::vector<engine::Composite> composites(const config::Broker& broker) {
    std::vector<engine::Composite> all;
    for (const config::Divert& one : broker.diverts) add_divert(one, all);
    if (!broker.interceptors) return all;
    for (const config::CompositeDestination& one : broker.interceptors->composites) {
        engine::Composite composite{.from = {one.domain, false, one.name},
                                    .to = {},
                                    .forward_only = one.forward_only,
                                    .keep_unmatched = one.send_when_not_matched};
        for (const config::ForwardTo& to : one.forward_to) {
            composite.to.push_back({{to.domain, false, to.name}, to.selector});
        }
        all.push_back(std::move(composite));
    }
    return all;
}

std::optional<engine::Mirror> mirror(const config::Broker& broker) {
    const bool named = broker.interceptors && broker.interceptors->mirrored;
    if (!named && !broker.use_mirrored_queues) return {};
    const config::MirroredQueue mirrored =
        named ? *broker.interceptors->mirrored : config::MirroredQueue{};
    return engine::Mirror{.prefix = mirrored.prefix,
                          .postfix = mirrored.postfix,
                          .temporary = broker.use_temp_mirrored_queues};
}

std::optional<engine::Wildcards> wildcards(const config::Broker& broker) {
    if (!broker.wildcards) return {};
    return engine::Wildcards{.delimiter = broker.wildcards->delimiter,
                             .any_words = broker.wildcards->any_words,
                             .single_word = broker.wildcards->single_word};
}

/// Null: everybody may do everything.
broker::VhostLimits user_limits(const config::Broker& broker, broker::VhostLimits limits) {
    for (const config::ResourceLimit& one : broker.resource_limits) {
        limits.set(broker::VhostLimit::user_sessions, one.user, one.sessions_max);
        limits.set(broker::VhostLimit::user_queues, one.user, one.queues_max);
    }
    return limits;
}

security::RightsPtr rights_of(const config::Broker& broker, const Guards& guards) {
    if (guards.gatekeeper == nullptr) return nullptr;
    return guards.rights == nullptr ? make_rights(broker.plugins) : guards.rights;
}

}  // namespace

engine::SettingsPtr engine_settings(const config::Broker& broker, const Guards& guards) {
    std::vector<broker::VirtualTopic> topics;
    if (broker.interceptors) {
        for (const config::VirtualTopic& topic : broker.interceptors->virtual_topics) {
            topics.push_back({.name = topic.name,
                              .prefix = topic.prefix,
                              .postfix = topic.postfix,
                              .selective = topic.selector_aware,
                              .drops = topic.drop_on_resource_limit});
        }
    } else if (broker.use_virtual_topics) {
        topics.push_back({"VirtualTopic.>", "Consumer.*.", ""});
    }
    const auto& separator = broker.plugins.path_separator;
    broker::PolicyMap policy_map = policies(broker);
    auto all_interceptors = interceptors(broker, policy_map);
    return std::make_shared<const engine::Settings>(engine::Settings{
        .virtual_topics = broker::VirtualTopics(std::move(topics), broker.qualified_queue_names),
        .composites = composites(broker),
        .mirror = mirror(broker),
        .virtual_demand = {.consumers = broker.virtual_demand,
                           .queues = broker.virtual_demand_on_creation},
        .policies = std::move(policy_map),
        .dispatch_while_storing = broker.persistence.kaha_db.dispatch_while_storing_queues,
        .limits = limits(broker),
        .uncommitted_max = static_cast<std::uint32_t>(broker.uncommitted_max),
        .sweep = {.period_ms = broker.purge_sweep_ms, .removed_max = broker.purged_per_sweep_max},
        .offline = {.ms_max = broker.offline_subscriber_timeout_ms,
                    .period_ms = broker.offline_subscriber_sweep_ms},
        .durable_refused = broker.reject_durable_consumers,
        .temporary_made_on_send = broker.allow_temp_creation_on_send,
        .names = {.separator = separator ? separator->separator : "",
                  .qualified = broker.qualified_queue_names,
                  .wildcards = wildcards(broker)},
        .selectors_remembered = broker.plugins.selector_cache.has_value(),
        .interceptors = std::move(all_interceptors),
        .scheduler = {.enabled = broker.scheduler_support,
                      .repeat_max = broker.scheduler_repeat_max},
        .recovered_branches = recovered_branches(broker.persistence.kaha_db.recovered_xa),
        .gatekeeper = guards.gatekeeper,
        .rights = rights_of(broker, guards),
        .permissions = guards.permissions,
        .vhost_policies = guards.vhost_policies,
        .vhost_limits = user_limits(broker, guards.vhost_limits),
        .vhost_queue_types = guards.vhost_queue_types,
        .audit = guards.audit});
}

std::vector<broker::Destination> startup_queues(const config::Broker& broker) {
    std::vector<broker::Destination> queues;
    for (const config::StartupDestination& one : broker.destinations) {
        if (one.domain == broker::Domain::queue) queues.emplace_back(one.domain, false, one.name);
    }
    return queues;
}

std::vector<std::string> startup_topics(const config::Broker& broker) {
    std::set<std::string> topics;
    for (const config::StartupDestination& one : broker.destinations) {
        if (one.domain == broker::Domain::topic) topics.insert(one.name);
    }
    return {topics.begin(), topics.end()};
}

admin::MBeanSettings mbean_settings(const config::Broker& broker) {
    return {.shown = broker.use_jmx,
            .domain = broker.management.domain,
            .suppressed = config::split(broker.management.suppressed, ','),
            .remote_addresses = broker.management.remote_addresses,
            .user_names = broker.user_names_in_views,
            .count = broker.enable_statistics};
}

namespace {

bool knows_users(const config::Plugins& plugins) {
    return plugins.simple_authentication || plugins.jaas_authentication ||
           plugins.jaas_certificate_authentication || plugins.jaas_dual_authentication;
}

}  // namespace

std::vector<std::string_view> told_events(const config::Broker& broker) {
    if (!broker.plugins.logging) return {};
    const config::LoggingPlugin& said = *broker.plugins.logging;
    std::vector<std::string_view> all;
    const auto add = [&](bool one, std::string_view events) {
        if (one || said.all) all.push_back(events);
    };
    add(said.connections, broker::kConnectionEvents);
    add(said.sessions, broker::kSessionEvents);
    add(said.consumers, broker::kConsumerEvents);
    add(said.producers, broker::kProducerEvents);
    add(said.transactions, broker::kTransactionEvents);
    add(said.internals, broker::kInternalEvents);
    return all;
}

bool need_restart(config::Broker running, config::Broker wanted) {
    const bool users_change = knows_users(running.plugins) == knows_users(wanted.plugins);
    for (config::Broker* const one : {&running, &wanted}) {
        one->interceptors.reset();
        one->use_virtual_topics = true;
        one->use_mirrored_queues = false;
        one->use_temp_mirrored_queues = true;
        one->purge_sweep_ms = 0;
        one->purged_per_sweep_max = 0;
        one->diverts.clear();
        one->offline_subscriber_timeout_ms = -1;
        one->offline_subscriber_sweep_ms = 0;
        one->reject_durable_consumers = false;
        one->allow_temp_creation_on_send = false;
        one->populate_user_id = false;
        one->qualified_queue_names = false;
        one->wildcards.reset();
        one->plugins.path_separator.reset();
        one->plugins.selector_cache.reset();
        one->plugins.redelivery.reset();
        if (users_change) {
            one->plugins.simple_authentication.reset();
            one->plugins.jaas_authentication.reset();
            one->plugins.jaas_certificate_authentication.reset();
            one->plugins.jaas_dual_authentication.reset();
        }
        one->policy_entries.clear();
        one->default_policy.reset();
        one->destinations.clear();
        one->system_usage = {};
        one->plugins.time_stamping.reset();
        one->plugins.force_persistence.reset();
        one->plugins.discard_dead_letters.reset();
        if (one->plugins.authorization) one->plugins.authorization->map.reset();
    }
    return !(running == wanted);
}

}  // namespace tern::server
