#include "cli/bench_options.h"

#include "cli/parsed_option.h"
#include "client/url.h"
#include "config/files/read_document.h"

#include <CLI/CLI.hpp>

#include <set>

namespace tern::cli {
namespace {

using load::Mode;
using load::ProtocolName;
using load::Settings;

/// Messages on their way to each subscriber, unless somebody says it.
constexpr long kAhead = 1000;
constexpr std::uint64_t kSizeMax = std::uint64_t{256} * 1024 * 1024;

std::unexpected<Exit> refusal(const std::string& why) {
    return std::unexpected(Exit{2, why});
}

void add_broker(CLI::App& app, BenchArguments& arguments) {
    Settings& settings = arguments.options.settings;
    app.add_option("--url", arguments.url,
                   "the broker, tcp://HOST:PORT or ssl://HOST:PORT (default: $TERN_URL, or " +
                       arguments.url + ")")
        ->envname("TERN_URL");
    app.add_option("--trust-store", settings.trust_store,
                   "of ssl://: who may sign the broker's certificate, PEM (default: whom the "
                   "system trusts)");
    app.add_option("--user", settings.user, "(default: $TERN_USER)")->envname("TERN_USER");
    app.add_option("--password", settings.password, "(default: $TERN_PASSWORD)")
        ->envname("TERN_PASSWORD");
    app.add_option("--client-id", settings.client_prefix,
                   "what the names of the connections begin with")
        ->capture_default_str();
    const auto parse = [](const std::string& text) -> Parsed<ProtocolName> {
        for (const auto one : {ProtocolName::openwire, ProtocolName::stomp, ProtocolName::mqtt,
                               ProtocolName::amqp, ProtocolName::amqp091, ProtocolName::nats}) {
            if (text == load::to_text(one)) return one;
        }
        return std::unexpected("'" + text +
                               "' is not openwire, stomp, mqtt, amqp, amqp091 or nats");
    };
    add_parsed(
        app, "--protocol", "PROTOCOL", parse,
        [&settings](ProtocolName protocol) { settings.protocol = protocol; },
        "openwire, stomp, mqtt, amqp (1.0), amqp091 (0-9-1) or, of other brokers, nats "
        "(default: openwire)");
    add_destination(
        app, "--destination,-d",
        [&arguments](client::Destination to) { arguments.destination = std::move(to); },
        "queue://NAME, topic://NAME, or NAME, a queue; of MQTT a topic (default: bench)");
    app.add_option("--destinations", settings.destinations,
                   "so many instead of one, NAME.0, NAME.1, ..., among which clients are shared")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option("--exchange", settings.exchange, "AMQP 0-9-1: where topics are sent to")
        ->capture_default_str();
}

void add_messages(CLI::App& app, BenchArguments& arguments) {
    Settings& settings = arguments.options.settings;
    const auto parse = [](const std::string& text) {
        return or_else(parse_size(text), text, "a size such as 100, 10k or 50m");
    };
    add_parsed(
        app, "--size", "SIZE", parse, [&settings](std::uint64_t size) { settings.size = size; },
        "bytes of a message (default: 1k)");
    app.add_flag("--persistent,!--transient", settings.persistent,
                 "whether messages survive the broker (default: they do; of MQTT, --qos says it)");
    app.add_flag("--durable", settings.durable,
                 "subscriptions of a topic are durable (OpenWire, STOMP, AMQP 1.0)");
    app.add_option("--qos", settings.qos, "MQTT: 0 to 2")
        ->check(CLI::Range(0, 2))
        ->capture_default_str();
    app.add_flag_function(
        "--confirm,!--no-confirm",
        [&arguments](std::int64_t wanted) { arguments.confirmed = wanted > 0; },
        "whether publishers hear of each message (default: of persistent ones)");
    app.add_option("--window", settings.window, "messages of a publisher ahead of their confirms")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--ahead", arguments.ahead,
                   "messages on their way to each subscriber, 0: no limit (default: " +
                       std::to_string(kAhead) + "; with --rate no limit)")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--transacted", settings.transacted,
                   "messages a transaction of a publisher (not of MQTT)")
        ->check(CLI::PositiveNumber);
    app.add_option("--rate", settings.rate,
                   "messages a second of all publishers; a message is late from when it was due")
        ->check(CLI::PositiveNumber);
}

void add_clients(CLI::App& app, BenchArguments& arguments) {
    Settings& settings = arguments.options.settings;
    const CLI::Range clients(0, 100'000);
    app.add_option("--publishers,-p", settings.publishers, "connections that send")
        ->check(clients)
        ->capture_default_str();
    app.add_option("--subscribers,-s", settings.subscribers, "connections that receive")
        ->check(clients)
        ->capture_default_str();
    app.add_option("--idle", settings.idle, "connections besides that do nothing")
        ->check(clients)
        ->capture_default_str();
    app.add_option("--links", settings.links, "AMQP 1.0: that could send, of each connection")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    app.add_option("--threads", settings.threads, "that serve the connections")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_flag("--backlog", arguments.backlog,
                 "publish all of it first (--count, or for --duration), then receive it");
    app.add_option("--storm", settings.storm,
                   "so many connections at a time come, are let in, and leave, instead of all else")
        ->check(clients);
}

void add_course(CLI::App& app, BenchArguments& arguments) {
    BenchOptions& options = arguments.options;
    Settings& settings = options.settings;
    add_duration(
        app, "--warm-up", [&settings](milliseconds time) { settings.warm_up = time; },
        "before anything is measured (default: 1s)");
    add_duration(
        app, "--duration", [&settings](milliseconds time) { settings.duration = time; },
        "what is measured (default: 5s)");
    app.add_option("--count,-n", settings.count,
                   "messages, or connections of a storm, instead of a time")
        ->check(CLI::PositiveNumber);
    add_duration(
        app, "--interval", [&settings](milliseconds time) { settings.sample_interval = time; },
        "between two points of a plot (default: 1s)");
    app.add_option("--broker-pid", settings.broker_pid,
                   "of a broker on this machine: also its processor time and memory")
        ->check(CLI::PositiveNumber);
    app.add_flag("--json", options.json, "the result as a line of JSON");
    app.add_option("--report", options.report, "a page to write, HTML with plots");
    app.add_option("--hdr-log", options.hdr_log,
                   "a file to write, how long messages took in each interval, for HdrHistogram");
    app.add_flag("--quiet,-q", options.quiet, "neither progress nor a table");
}

/// What describes a load is said by the plugin's properties, or by our options.
void add_perf(CLI::App& app, BenchArguments& arguments) {
    const auto parse = [](const std::string& text) -> Parsed<load::PerfGoal> {
        if (text == "producer") return load::PerfGoal::producer;
        if (text == "consumer") return load::PerfGoal::consumer;
        return std::unexpected("'" + text + "' is not producer or consumer");
    };
    const std::vector<CLI::Option*> all =
        app.get_options([](const CLI::Option* one) { return !one->get_lnames().empty(); });
    CLI::Option* const perf = add_parsed(
        app, "--perf", "GOAL", parse, [&arguments](load::PerfGoal goal) { arguments.perf = goal; },
        "producer or consumer: as activemq-perf, the performance plugin for Maven, does");
    app.add_option("--define,-D", arguments.properties,
                   "a property of activemq-perf, NAME=VALUE; sysTest.propsConfigFile names a file")
        ->allow_extra_args(false)
        ->needs(perf);
    // Who the broker is may be in the environment.
    const std::set<std::string> besides{"help",    "url",    "user",    "password",
                                        "threads", "idle",   "json",    "broker-pid",
                                        "quiet",   "report", "hdr-log", "trust-store"};
    for (CLI::Option* const one : all) {
        if (!besides.contains(one->get_lnames().front())) perf->excludes(one);
    }
}

std::expected<load::PerfPlan, std::string> read_perf(const BenchArguments& arguments) {
    load::Properties properties;
    load::Properties given;
    for (const std::string& one : arguments.properties) {
        if (one.find('=') == std::string::npos) {
            return std::unexpected("-D: '" + one + "' is not NAME=VALUE");
        }
        load::read_properties(one, given);
    }
    if (const auto named = given.extract("sysTest.propsConfigFile"); !named.empty()) {
        const auto text = config::read_text(named.mapped());
        if (!text) return std::unexpected("cannot read " + named.mapped());
        load::read_properties(*text, properties);
    }
    given.merge(properties);
    return load::perf_plan(*arguments.perf, std::move(given));
}

}  // namespace

CLI::App* add_bench(CLI::App& app, BenchArguments& arguments) {
    CLI::App* const command =
        app.add_subcommand("bench", "Load a broker by any protocol, and measure it");
    add_broker(*command, arguments);
    add_messages(*command, arguments);
    add_clients(*command, arguments);
    add_course(*command, arguments);
    add_perf(*command, arguments);
    command->footer(
        "Exit codes: 0 done; 1 failed against the broker; 2 bad arguments;\n"
        "3 messages were lost, came twice, or it was interrupted.");
    return command;
}

std::expected<Options, Exit> finish(BenchArguments arguments) {
    if (arguments.perf) {
        auto plan = read_perf(arguments);
        if (!plan) return refusal(plan.error());
        if (!plan->url.empty()) arguments.url = plan->url;
        if (plan->settings.user.empty()) {
            plan->settings.user = arguments.options.settings.user;
            plan->settings.password = arguments.options.settings.password;
        }
        plan->settings.threads = arguments.options.settings.threads;
        plan->settings.idle = arguments.options.settings.idle;
        plan->settings.broker_pid = arguments.options.settings.broker_pid;
        plan->settings.trust_store = arguments.options.settings.trust_store;
        arguments.options.settings = plan->settings;
        arguments.options.perf = std::move(*plan);
    }
    Settings& settings = arguments.options.settings;
    const auto url = client::parse_url(arguments.url);
    if (!url) return refusal("--url: " + url.error().text);
    const client::Endpoint& endpoint = url->brokers.front();
    if (url->brokers.size() > 1) {
        return refusal("--url: a load goes to one broker: tcp://HOST:PORT or ssl://HOST:PORT");
    }
    settings.tls = endpoint.tls;
    settings.verify_host = endpoint.verify_host.value_or(true);
    settings.host = endpoint.host;
    settings.port = endpoint.port;
    settings.times_by_interval = !arguments.options.hdr_log.empty();
    if (arguments.perf) return std::move(arguments.options);
    if (arguments.destination) {
        if (arguments.destination->is_temporary()) {
            return refusal("--destination: temporary ones belong to one connection");
        }
        settings.destination = arguments.destination->name;
        settings.topic = arguments.destination->is_topic();
    } else {
        settings.topic = settings.protocol == ProtocolName::mqtt;
    }
    if (settings.size > kSizeMax) return refusal("--size: a message is not that large");
    settings.confirmed = arguments.confirmed.value_or(settings.persistent);
    settings.ahead = arguments.ahead.value_or(settings.rate > 0 ? 0 : kAhead);
    if (settings.storm > 0 && arguments.backlog) return refusal("--storm excludes --backlog");
    settings.mode = settings.storm > 0  ? Mode::storm
                    : arguments.backlog ? Mode::backlog
                                        : Mode::traffic;
    if (settings.sample_interval.count() == 0) return refusal("--interval is longer than nothing");
    if (auto wrong = load::complete(settings)) return refusal(*wrong);
    return std::move(arguments.options);
}

}  // namespace tern::cli
