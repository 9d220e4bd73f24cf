#include "server/options.h"

#include "config/files/read_document.h"
#include "security/identity.h"
#include "server/configure.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <utility>

namespace tern::server {
namespace {

constexpr const char* kVersion = "0.1.0";

using Problem = std::string;  // empty: none
using Setter = std::function<Problem(Options&, const std::string&)>;

template <class T>
Setter number(T& (*field)(Options&), std::int64_t min, std::int64_t max) {
    return [=](Options& options, const std::string& text) -> Problem {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size() || value < min ||
            value > max) {
            return "takes a whole number from " + std::to_string(min) + " to " +
                   std::to_string(max);
        }
        field(options) = static_cast<T>(value);
        return {};
    };
}

template <class T>
Setter choice(T& (*field)(Options&), const std::map<std::string, T>& choices) {
    return [field, choices](Options& options, const std::string& text) -> Problem {
        const auto found = choices.find(text);
        if (found != choices.end()) {
            field(options) = found->second;
            return {};
        }
        std::string names;
        for (const auto& [name, value] : choices) names += (names.empty() ? "" : " | ") + name;
        return "takes " + names;
    };
}

Setter text(std::string& (*field)(Options&)) {
    return [field](Options& options, const std::string& value) -> Problem {
        field(options) = value;
        return {};
    };
}

Setter groups(std::vector<std::string>& (*field)(OperatorGroups&)) {
    return [field](Options& options, const std::string& value) -> Problem {
        field(options.http.groups) = security::split_names(value);
        return {};
    };
}

/// A place that there is one of, or none.
Problem read_place(std::optional<gateway::Endpoint>& place, const std::string& text) {
    auto endpoint = gateway::parse_endpoint(text);
    if (text != "off" && !endpoint) return "takes HOST:PORT or off";
    place = std::move(endpoint);
    return {};
}

/// Where operators are served, with or without TLS; with the first that is named, nowhere else.
Problem listen_for(Options& options, const std::string& text, bool tls) {
    const auto endpoint = gateway::parse_endpoint(text);
    if (text != "off" && !endpoint) return "takes HOST:PORT or off";
    HttpOptions& http = options.http;
    if (std::exchange(http.by_default, false)) http.places.clear();
    std::erase_if(http.places, [tls](const auto& place) { return place.tls == tls; });
    if (endpoint) http.places.push_back({*endpoint, tls});
    return {};
}

/// Brokers that clients are told of.
Problem read_servers(std::string_view text, std::vector<amqp10::Server>& servers) {
    servers.clear();
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(','));
        const auto endpoint = gateway::parse_endpoint(one);
        if (!endpoint) return "takes HOST:PORT, several separated by commas";
        servers.push_back({endpoint->host, endpoint->port});
        text.remove_prefix(std::min(text.size(), one.size() + 1));
    }
    return {};
}

/// The same as one text, with spaces between them.
Problem read_server_names(const std::string& text, std::string& names) {
    std::vector<amqp10::Server> servers;
    names = text;
    std::ranges::replace(names, ',', ' ');
    return read_servers(text, servers);
}

/// Now and then is done from outside of the journal (StoreDisk).
Problem read_sync(Options& options, const std::string& text) {
    using Sync = journal::Options::Sync;
    constexpr std::int64_t kIntervalMs = 1000;
    if (text != "always" && text != "periodic" && text != "never") {
        return "takes always | periodic | never";
    }
    options.journal.sync = text == "always" ? Sync::always : Sync::never;
    std::int64_t& interval = options.store_disk.sync_interval_ms;
    interval = text != "periodic" ? 0 : interval == 0 ? kIntervalMs : interval;
    return {};
}

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kMiB = 1024 * 1024;

const std::map<std::string, Setter>& settings() {
    using journal::Options;
    using ClientCertificate = gateway::TlsOptions::ClientCertificate;
    using TlsVersion = gateway::TlsOptions::Version;
    static const std::map<std::string, bool> yes_no{{"true", true}, {"false", false}};
    static const std::map<std::string, Setter> all{
        {"amqp.failover_servers",
         [](server::Options& o, const std::string& text) -> Problem {
             return read_servers(text, o.amqp10.failover_servers);
         }},
        {"amqp.idle_timeout_ms",
         number<std::uint32_t>([](server::Options& o) -> auto& { return o.amqp10.idle_timeout_ms; },
                               0, 24 * 60 * kMinute)},
        {"amqp.max_frame_bytes",
         number<std::uint32_t>([](server::Options& o) -> auto& { return o.amqp10.frame_bytes_max; },
                               512, 2047 * kMiB)},
        {"amqp.max_message_bytes",
         number<std::uint64_t>(
             [](server::Options& o) -> auto& { return o.amqp10.message_bytes_max; }, 1024,
             std::int64_t{1} << 50)},
        {"amqp.min_large_bytes",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.amqp10.large_bytes_min; },
                              -1, std::int64_t{1} << 50)},
        {"amqp.producer_credit",
         number<std::uint32_t>([](server::Options& o) -> auto& { return o.amqp10.producer_credit; },
                               1, 1'000'000)},
        {"amqp.redirect",
         [](server::Options& o, const std::string& text) -> Problem {
             std::vector<amqp10::Server> servers;
             const Problem problem = read_servers(text, servers);
             if (!problem.empty() || servers.size() != 1) return "takes HOST:PORT";
             o.amqp10.redirect = servers.front();
             return {};
         }},
        {"amqp091.consumer_timeout_ms",
         number<std::int64_t>(
             [](server::Options& o) -> auto& { return o.amqp091.consumer_timeout_ms; }, 0,
             INT32_MAX)},
        {"amqp091.default_queue_type",
         [](server::Options& o, const std::string& text) -> Problem {
             o.amqp091.default_queue_type = text;
             return text == "classic" || text == "quorum" ? "" : "takes classic or quorum";
         }},
        {"amqp091.definitions", text([](server::Options& o) -> auto& { return o.definitions; })},
        {"amqp091.heartbeat_s",
         number<std::uint16_t>([](server::Options& o) -> auto& { return o.amqp091.heartbeat_s; }, 0,
                               65'535)},
        {"amqp091.max_message_bytes",
         number<std::uint64_t>(
             [](server::Options& o) -> auto& { return o.amqp091.message_bytes_max; }, 1,
             512 * kMiB)},
        {"audit.file_bytes",
         number<std::uint64_t>([](server::Options& o) -> auto& { return o.audit.file_bytes; }, 1024,
                               4096 * kMiB)},
        {"audit.files",
         number<std::size_t>([](server::Options& o) -> auto& { return o.audit.files; }, 1, 10'000)},
        {"broker.name",
         [](server::Options& o, const std::string& text) -> Problem {
             o.openwire.broker_name = text;
             o.amqp091.broker_name = text;
             o.amqp10.container_id = text;
             return text.empty() ? "takes a name" : "";
         }},
        {"connections.expiry_listeners",
         [](server::Options& o, const std::string& text) -> Problem {
             o.connection_expiry.listeners = security::split_names(text);
             return {};
         }},
        {"connections.expiry_s",
         number<std::int64_t>(
             [](server::Options& o) -> auto& { return o.connection_expiry.after_s; }, 0,
             std::int64_t{366} * 24 * 3600)},
        {"connections.idle_ms",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.connection_idle_ms; }, 0,
                              24 * 60 * kMinute)},
        {"detection_timeout_ms",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.detection_timeout_ms; },
                              100, 60 * kMinute)},
        {"http.admin_groups", groups([](OperatorGroups& g) -> auto& { return g.admin; })},
        {"http.listen",
         [](server::Options& o, const std::string& text) { return listen_for(o, text, false); }},
        {"http.open",
         choice<bool>([](server::Options& o) -> auto& { return o.http.open; }, yes_no)},
        {"http.operate_groups", groups([](OperatorGroups& g) -> auto& { return g.operate; })},
        {"http.rest",
         choice<bool>([](server::Options& o) -> auto& { return o.http.rest; }, yes_no)},
        {"http.view_groups", groups([](OperatorGroups& g) -> auto& { return g.view; })},
        {"https.listen",
         [](server::Options& o, const std::string& text) { return listen_for(o, text, true); }},
        {"journal.archive",
         choice<bool>([](server::Options& o) -> auto& { return o.journal.archive; }, yes_no)},
        {"journal.file_bytes",
         number<std::uint64_t>([](server::Options& o) -> auto& { return o.journal.file_bytes; },
                               64 * 1024, 4096 * kMiB)},
        {"journal.sync", read_sync},
        {"journal.sync_interval_ms",
         number<std::int64_t>(
             [](server::Options& o) -> auto& { return o.store_disk.sync_interval_ms; }, 1,
             24 * 60 * kMinute)},
        {"lock.check_ms",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.lock.check_ms; }, 0,
                              24 * 60 * kMinute)},
        {"lock.fail_when_taken",
         choice<bool>([](server::Options& o) -> auto& { return o.lock.fail_when_taken; }, yes_no)},
        {"lock.retry_ms",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.lock.retry_ms; }, 1,
                              24 * 60 * kMinute)},
        {"log.format",
         choice<bool>([](server::Options& o) -> auto& { return o.log_json; },
                      {{"text", false}, {"json", true}})},
        {"log.level",
         choice<std::string>(
             [](server::Options& o) -> auto& { return o.log_level; },
             {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}})},
        {"log.max_repetitions",
         number<std::uint32_t>([](server::Options& o) -> auto& { return o.log_repetitions_max; }, 0,
                               1'000'000)},
        {"max_connections",
         number<std::uint64_t>([](server::Options& o) -> auto& { return o.connections_max; }, 0,
                               10'000'000)},
        {"management.listen",
         [](server::Options& o, const std::string& text) {
             return read_place(o.management, text);
         }},
        {"memory.limit_bytes",
         number<std::size_t>([](server::Options& o) -> auto& { return o.engine.memory_bytes; },
                             kMiB, std::int64_t{1} << 50)},
        {"logins.check_ms",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.login_check_ms; }, 100,
                              60 * kMinute)},
        {"mqtt.failover_servers",
         [](server::Options& o, const std::string& text) -> Problem {
             return read_server_names(text, o.mqtt.failover_servers);
         }},
        {"mqtt.redirect",
         [](server::Options& o, const std::string& text) -> Problem {
             return read_server_names(text, o.mqtt.redirect);
         }},
        {"mqtt.redirect_for_good",
         choice<bool>([](server::Options& o) -> auto& { return o.mqtt.redirects_for_good; },
                      yes_no)},
        {"mqtt.response_topics",
         [](server::Options& o, const std::string& text) -> Problem {
             o.mqtt.response_topics = text;
             const bool wild = text.find_first_of("+#") != std::string::npos;
             return wild || text.size() > 512 ? "takes the name of a topic, or nothing" : "";
         }},
        {"mqtt.sys_interval_s",
         number<std::uint16_t>([](server::Options& o) -> auto& { return o.mqtt.sys_interval_s; }, 0,
                               65'535)},
        {"openwire.cache",
         choice<bool>([](server::Options& o) -> auto& { return o.openwire.cache; }, yes_no)},
        {"openwire.tight_encoding",
         choice<bool>([](server::Options& o) -> auto& { return o.openwire.tight_encoding; },
                      yes_no)},
        {"openwire.handshake_timeout_ms",
         number<std::int64_t>(
             [](server::Options& o) -> auto& { return o.openwire.handshake_timeout_ms; }, 100,
             60 * kMinute)},
        {"openwire.inactivity_ms",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.openwire.inactivity_ms; },
                              0, 24 * 60 * kMinute)},
        {"openwire.max_frame_bytes",
         number<std::int64_t>(
             [](server::Options& o) -> auto& { return o.openwire.frame_bytes_max; }, 1024,
             2047 * kMiB)},
        {"proxy.trusted",
         [](server::Options& o, const std::string& text) -> Problem {
             auto networks = gateway::Networks::parse(text);
             if (!networks) return "takes addresses and networks, as in 10.0.0.0/8,fd00::7";
             o.proxies = std::move(*networks);
             return {};
         }},
        {"stomp.connect_timeout_ms",
         number<std::int64_t>(
             [](server::Options& o) -> auto& { return o.stomp.connect_timeout_ms; }, 100,
             60 * kMinute)},
        {"stomp.client_beat_ms",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.stomp.client_beat_ms; }, 0,
                              24 * 60 * kMinute)},
        {"stomp.server_beat_ms",
         number<std::int64_t>([](server::Options& o) -> auto& { return o.stomp.server_beat_ms; }, 0,
                              24 * 60 * kMinute)},
        {"stomp.destinations",
         choice<bool>([](server::Options& o) -> auto& { return o.stomp.rabbitmq; },
                      {{"activemq", false}, {"rabbitmq", true}})},
        {"stomp.max_body_bytes",
         number<std::size_t>([](server::Options& o) -> auto& { return o.stomp.limits.body_bytes; },
                             1024, 2047 * kMiB)},
        {"stomp.max_frame_bytes",
         number<std::size_t>([](server::Options& o) -> auto& { return o.stomp.limits.frame_bytes; },
                             1024, 4096 * kMiB)},
        {"queue.memory_bytes",
         number<std::size_t>(
             [](server::Options& o) -> auto& { return o.engine.queue_memory_bytes; }, 64 * 1024,
             std::int64_t{1} << 50)},
        {"prometheus.listen",
         [](server::Options& o, const std::string& text) {
             return read_place(o.prometheus, text);
         }},
        {"segment.bytes",
         number<std::uint64_t>([](server::Options& o) -> auto& { return o.segments.bytes; },
                               64 * 1024, 4096 * kMiB)},
        {"store.check",
         choice<bool>([](server::Options& o) -> auto& { return o.store_check.everything; },
                      yes_no)},
        {"store.key_file",
         text([](server::Options& o) -> auto& { return o.store_disk.key_file; })},
        {"store.leave_damage_out",
         choice<bool>([](server::Options& o) -> auto& { return o.store_check.leaves_damage_out; },
                      yes_no)},
        {"shards",
         number<std::uint16_t>([](server::Options& o) -> auto& { return o.shards; }, 0, 64)},
        {"tls.authorities", text([](server::Options& o) -> auto& { return o.tls.authorities; })},
        {"tls.authorities_password",
         text([](server::Options& o) -> auto& { return o.tls.authorities_password; })},
        {"tls.certificate", text([](server::Options& o) -> auto& { return o.tls.certificate; })},
        {"tls.ciphers", text([](server::Options& o) -> auto& { return o.tls.ciphers; })},
        {"tls.client_certificate",
         choice<ClientCertificate>(
             [](server::Options& o) -> auto& { return o.tls.client_certificate; },
             {{"none", ClientCertificate::none},
              {"wanted", ClientCertificate::wanted},
              {"needed", ClientCertificate::needed}})},
        {"tls.host_certificates",
         [](server::Options& o, const std::string& text) -> Problem {
             o.tls.host_certificates.clear();
             for (std::size_t at = 0; at < text.size();) {
                 const std::size_t comma = std::min(text.find(',', at), text.size());
                 o.tls.host_certificates.push_back(text.substr(at, comma - at));
                 at = comma + 1;
             }
             return {};
         }},
        {"tls.key", text([](server::Options& o) -> auto& { return o.tls.key; })},
        {"tls.key_password", text([](server::Options& o) -> auto& { return o.tls.key_password; })},
        {"tls.min_version",
         choice<TlsVersion>([](server::Options& o) -> auto& { return o.tls.min_version; },
                            {{"1.2", TlsVersion::v1_2}, {"1.3", TlsVersion::v1_3}})},
        {"tls.ocsp_response",
         text([](server::Options& o) -> auto& { return o.tls.ocsp_response; })},
        {"tls.revocations", text([](server::Options& o) -> auto& { return o.tls.revocations; })},
        {"websocket.max_frame_bytes",
         number<std::uint64_t>(
             [](server::Options& o) -> auto& { return o.web_socket_frame_bytes_max; }, 128,
             2047 * kMiB)},
    };
    return all;
}

Problem apply_setting(Options& options, const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return "'" + text + "' is not KEY=VALUE";
    const std::string key = text.substr(0, equals);
    const auto found = settings().find(key);
    if (found == settings().end()) return "there is no setting '" + key + "'";
    const Problem problem = found->second(options, text.substr(equals + 1));
    return problem.empty() ? problem : "setting '" + key + "' " + problem;
}

/// Sets what the document says; each thing in it that is wrong is a line.
Problem apply_document(Options& options) {
    config::Loaded loaded = options.config.empty() ? config::load(config::default_document(), {})
                                                   : config::read_document(options.config);
    options.report = std::move(loaded.report);
    Problem problem;
    for (const config::Finding& finding : options.report.findings) {
        if (finding.kind != config::Finding::Kind::rejected) continue;
        problem += (problem.empty() ? "" : "\n") + to_line(options.report, finding);
    }
    if (problem.empty()) configure(loaded.broker, options);
    return problem;
}

Problem add_listener(Options& options, const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto endpoint = gateway::parse_endpoint(equals == std::string::npos
                                                      ? std::string_view()
                                                      : std::string_view(text).substr(equals + 1));
    if (!endpoint || name.empty()) return "--listen takes NAME=HOST:PORT, not '" + text + "'";
    if (name == kHttp || name == kHttps) {
        options.http.places.push_back({*endpoint, name == kHttps});
    } else if (name == kManagement) {
        options.management = endpoint;
    } else if (name == kPrometheus) {
        options.prometheus = endpoint;
    } else {
        options.listeners.push_back(make_listener(name, *endpoint));
    }
    return {};
}

std::string settings_help() {
    std::string text = "Settings for --set:";
    for (const auto& [key, setter] : settings()) text += "\n  " + key;
    return text;
}

}  // namespace

ListenerOptions make_listener(std::string name, gateway::Endpoint endpoint) {
    ListenerOptions listener;
    for (std::string_view rest = name; !rest.empty();) {
        const std::size_t plus = rest.find('+');
        const std::string_view word = rest.substr(0, plus);
        rest = plus == std::string_view::npos ? "" : rest.substr(plus + 1);
        if (word == "ssl" || word == "wss") listener.tls = true;
        if (word == "ws" || word == "wss") listener.web_socket = true;
        if (word == "proxy") listener.proxied = true;
        constexpr std::array<std::string_view, 6> kCarriers{"ssl", "ws",  "wss",
                                                            "nio", "tcp", "proxy"};
        if (std::ranges::find(kCarriers, word) != kCarriers.end()) continue;
        listener.protocol.append(listener.protocol.empty() ? "" : "+").append(word);
    }
    if (listener.protocol.empty()) listener.protocol = listener.web_socket ? "auto" : "openwire";
    listener.name = std::move(name);
    listener.endpoint = std::move(endpoint);
    return listener;
}

std::expected<Options, Exit> parse_options(int argc, const char* const* argv) {
    CLI::App app("TernMQ, a message broker", "ternd");
    Options options;
    std::string data;
    std::vector<std::string> listen;
    std::vector<std::string> set;
    app.add_option("--config", options.config,
                   "activemq.xml, or a URI such as broker:(tcp://127.0.0.1:61616)");
    app.add_option("--data", data, "directory of everything that is kept");
    app.add_option("--listen", listen,
                   "NAME=HOST:PORT instead of the configured listeners; http and https are for "
                   "operators, management and prometheus for RabbitMQ's tools");
    app.add_flag("--insecure", options.insecure,
                 "listen on other addresses than those of this machine even where nothing says "
                 "who clients are");
    app.add_option("--set", set, "KEY=VALUE, one of the settings below");
    app.set_version_flag("--version", kVersion);
    app.footer(settings_help());
    options.openwire.version = kVersion;
    options.amqp091.version = kVersion;
    options.amqp10.version = kVersion;
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& stop) {
        if (stop.get_exit_code() != 0) return std::unexpected(Exit{2, stop.what()});
        const bool version = dynamic_cast<const CLI::CallForVersion*>(&stop) != nullptr;
        return std::unexpected(Exit{0, version ? kVersion : app.help()});
    }
    Problem problem = apply_document(options);
    if (!data.empty()) options.data = data;
    const std::vector<ListenerOptions> configured = options.listeners;
    if (!listen.empty()) {
        options.listeners.clear();
        options.http.places.clear();
        options.http.by_default = false;
    }
    for (const std::string& text : listen) {
        if (problem.empty()) problem = add_listener(options, text);
    }
    // What a connector allows holds wherever it listens.
    for (ListenerOptions& listener : options.listeners) {
        const auto same = std::ranges::find(configured, listener.name, &ListenerOptions::name);
        if (same == configured.end()) continue;
        listener.limits = same->limits;
        listener.security_domain = same->security_domain;
    }
    for (const std::string& text : set) {
        if (problem.empty()) problem = apply_setting(options, text);
    }
    if (!problem.empty()) return std::unexpected(Exit{2, problem});
    return options;
}

}  // namespace tern::server
