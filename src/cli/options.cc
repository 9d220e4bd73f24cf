#include "cli/options.h"

#include "cli/bench_options.h"
#include "cli/classic_options.h"
#include "cli/completion.h"
#include "cli/operate_options.h"
#include "cli/parsed_option.h"
#include "cli/rabbitmq_options.h"
#include "cli/values.h"
#include "client/url.h"

#include <CLI/CLI.hpp>

#include <fstream>
#include <map>

namespace tern::cli {
namespace {

constexpr const char* kVersion = "0.1.0";
constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 failed against the broker; 2 bad arguments;\n"
    "3 --count was not reached before --timeout or --idle, or before it was interrupted.";
constexpr std::uint64_t kSizeMax = std::uint64_t{2'000'000'000};
constexpr std::uint64_t kDefaultSize = 1024;

void add_common(CLI::App& app, CommonOptions& common, const std::string& count) {
    const auto parse_url = [](const std::string& text) -> Parsed<std::string> {
        const auto parsed = client::parse_url(text);
        if (!parsed) return std::unexpected(parsed.error().text);
        return text;
    };
    add_parsed(
        app, "--url", "URL", parse_url, [&common](std::string url) { common.url = std::move(url); },
        "the broker (default: $TERN_URL, or " + common.url + ")")
        ->envname("TERN_URL");
    app.add_option("--user", common.user, "(default: $TERN_USER)")->envname("TERN_USER");
    app.add_option("--password", common.password, "(default: $TERN_PASSWORD)")
        ->envname("TERN_PASSWORD");
    app.add_option("--client-id", common.client_id, "of the connection; unique at the broker");
    app.add_option(
           "--trust-store", common.tls.trust_store,
           "of ssl://: who may sign the broker's certificate; PEM or PKCS#12 (default: whom "
           "the system trusts)")
        ->check(CLI::ExistingFile);
    app.add_option("--trust-store-password", common.tls.trust_store_password,
                   "(default: $TERN_TRUST_STORE_PASSWORD)")
        ->envname("TERN_TRUST_STORE_PASSWORD");
    app.add_option("--certificate", common.tls.certificate,
                   "of ssl://: ours, PEM or PKCS#12, with its key")
        ->check(CLI::ExistingFile);
    app.add_option("--key", common.tls.key, "the key, if it is in a file of its own")
        ->check(CLI::ExistingFile);
    app.add_option("--key-password", common.tls.key_password, "(default: $TERN_KEY_PASSWORD)")
        ->envname("TERN_KEY_PASSWORD");
    add_destination(
        app, "--destination,-d",
        [&common](client::Destination to) { common.destination = std::move(to); },
        "queue://NAME, topic://NAME, or NAME, a queue")
        ->required();
    // Unsigned numbers alone would take -1 for a very large one.
    app.add_option("--count,-n", common.count, count)->check(CLI::NonNegativeNumber);
    add_duration(
        app, "--timeout", [&common](milliseconds time) { common.timeout = time; },
        "end after this time: 500ms, 5s, 2m, 1h, or 5, which is seconds");
    app.add_flag("--quiet,-q", common.quiet, "neither progress nor summary");
    app.footer(kExitCodes);
}

/// For commands with several connections.
template <class Options>
void add_load(CLI::App& app, Options& options) {
    app.add_option("--parallel", options.parallel, "connections at work at the same time")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--rate", options.rate, "messages a second, all together")
        ->check(CLI::PositiveNumber);
    app.add_option("--transacted", options.transacted, "messages a transaction")
        ->check(CLI::NonNegativeNumber);
}

// produce

/// What cannot be stored before all options are known.
struct BodyArguments {
    std::optional<std::string> text;
    std::optional<std::uint64_t> size;
    std::string file;
    bool bytes = false;
};

void add_headers(CLI::App& app, ProduceOptions& options) {
    client::Message& message = options.message;
    app.add_flag("--persistent,!--non-persistent", message.persistent,
                 "whether it survives the broker (default: it does)");
    app.add_option("--priority", message.priority, "0 to 9")
        ->check(CLI::Range(0, 9))
        ->capture_default_str();
    add_duration(
        app, "--ttl", [&options](milliseconds time) { options.time_to_live = time; },
        "time to live");
    add_destination(
        app, "--reply-to", [&message](client::Destination to) { message.reply_to = std::move(to); },
        "where answers go");
    app.add_option("--correlation-id", message.correlation_id, "JMSCorrelationID");
    app.add_option("--type", message.type, "JMSType");
    app.add_option("--group", message.group_id, "JMSXGroupID");
    const auto parse = [](const std::string& text) {
        return or_else(parse_property(text), text, "NAME=TEXT or NAME:TYPE=VALUE");
    };
    add_parsed(
        app, "--property", "PROPERTY", parse,
        [&message](auto property) {
            message.properties.set(property.first, std::move(property.second));
        },
        "NAME=TEXT, or NAME:TYPE=VALUE with bool, byte, short, int, long, float, double; may be "
        "repeated")
        ->trigger_on_parse()
        ->take_last();
}

CLI::App* add_produce(CLI::App& app, const std::string& name, const std::string& what,
                      ProduceOptions& options, BodyArguments& body) {
    CLI::App* const command = app.add_subcommand(name, what);
    add_common(*command, options.common, "messages to send (default: 1; with --lines all)");
    auto* const source = command->add_option_group("Body", "one of");
    source->add_option("--message,-m", body.text, "this text");
    const auto parse = [](const std::string& text) {
        return or_else(parse_size(text), text, "a size such as 100, 10k or 50m");
    };
    add_parsed(
        *source, "--size", "SIZE", parse, [&body](std::uint64_t size) { body.size = size; },
        "so many bytes of text (default: 1k)");
    source->add_option("--file", body.file, "what the file holds")->check(CLI::ExistingFile);
    source->add_flag("--lines", options.lines, "each line of the standard input, a message each");
    source->require_option(0, 1);
    command->add_flag("--bytes", body.bytes, "bytes messages instead of text messages");
    add_headers(*command, options);
    add_load(*command, options);
    command->add_option("--window", options.window, "messages sent ahead of their confirmation")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    return command;
}

/// Empty when the file cannot be read.
std::optional<std::string> file_content(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) return std::nullopt;
    return content;
}

std::expected<Options, Exit> finish(ProduceOptions options, BodyArguments& body) {
    std::optional<std::string> content = std::move(body.text);
    if (!body.file.empty()) {
        content = file_content(body.file);
        if (!content) return std::unexpected(Exit{2, "cannot read " + body.file});
    }
    const std::uint64_t size = body.size.value_or(kDefaultSize);
    if (size > kSizeMax) return std::unexpected(Exit{2, "--size: a message is not that large"});
    std::string text = content ? std::move(*content) : std::string(options.lines ? 0 : size, 'x');
    if (body.bytes) {
        options.message.body = client::Blob(text.begin(), text.end());
    } else {
        options.message.body = std::move(text);
    }
    if (!options.lines && !options.common.count) options.common.count = 1;
    return options;
}

std::expected<Options, Exit> finish(ProduceOptions options, BodyArguments& body,
                                    const ClassicProducer& theirs) {
    const bool named = body.text || body.size || !body.file.empty() || options.lines;
    if (const auto refused = apply(theirs, options, named)) return std::unexpected(*refused);
    if (named) return finish(std::move(options), body);
    return options;
}

std::expected<Options, Exit> finish(ConsumeOptions options, const ClassicConsumer& theirs) {
    if (const auto refused = apply(theirs, options)) return std::unexpected(*refused);
    return options;
}

// consume and browse

template <class Options>
void add_printing(CLI::App& app, Options& options) {
    auto* const lines = app.add_flag_callback(
        "--lines", [&options] { options.print = Print::lines; }, "print bodies, one a line");
    app.add_flag_callback(
           "--json", [&options] { options.print = Print::json; },
           "print headers, properties and body as a JSON object a line")
        ->excludes(lines);
    app.add_option("--selector", options.selector, "take matching messages only");
}

CLI::App* add_consume(CLI::App& app, const std::string& name, const std::string& what,
                      ConsumeOptions& options) {
    using Acknowledge = ConsumeOptions::Acknowledge;
    CLI::App* const command = app.add_subcommand(name, what);
    add_common(*command, options.common, "messages to receive (default: all that come)");
    add_printing(*command, options);
    add_load(*command, options);
    const auto parse = [](const std::string& text) -> Parsed<Acknowledge> {
        static const std::map<std::string, Acknowledge> modes{
            {"auto", Acknowledge::automatic},
            {"client", Acknowledge::client},
            {"individual", Acknowledge::individual},
            {"none", Acknowledge::none}};
        const auto found = modes.find(text);
        if (found != modes.end()) return found->second;
        return std::unexpected("'" + text + "' is not auto, client, individual or none");
    };
    add_parsed(
        *command, "--ack", "MODE", parse,
        [&options](Acknowledge mode) { options.acknowledge = mode; },
        "auto: as they come; client: all at the end; individual: one by one; none: they stay "
        "(default: auto)")
        ->excludes(command->get_option("--transacted"));
    command->add_option(
        "--subscription", options.subscription,
        "of a topic: keeps what comes meanwhile under this name; needs --client-id");
    add_duration(
        *command, "--idle", [&options](milliseconds time) { options.idle = time; },
        "end when nothing has come for this time");
    command->add_option("--prefetch", options.prefetch, "messages the broker sends ahead")
        ->check(CLI::Range(0, 1'000'000));
    return command;
}

CLI::App* add_browse(CLI::App& app, BrowseOptions& options) {
    CLI::App* const command =
        app.add_subcommand("browse", "Look at the messages of a queue, which stay there");
    add_common(*command, options.common, "messages to show at most");
    add_printing(*command, options);
    add_classic(*command, options);
    return command;
}

CLI::App* add_config(CLI::App& app, ConfigOptions& options, OperateOptions& operating) {
    CLI::App* const command = app.add_subcommand("config", "Configuration documents");
    command->group("For operators");
    command->require_subcommand(1);
    CLI::App* const check = command->add_subcommand(
        "check", "What would become of each element and attribute of a document");
    check->callback([&options] { options.verb = ConfigOptions::Verb::check; });
    constexpr const char* kDocuments = "activemq.xml, broker.xml, rabbitmq.conf, or a broker: URI";
    check->add_option("DOCUMENT", options.document, kDocuments)->required();
    CLI::Option* const all = check->add_flag("--all", options.all, "also what is applied");
    check->add_flag("--json", options.json, "all of it, as JSON")->excludes(all);
    CLI::App* const convert =
        command->add_subcommand("convert", "A document as an activemq.xml of this broker");
    convert->callback([&options] { options.verb = ConfigOptions::Verb::convert; });
    convert->add_option("DOCUMENT", options.document, kDocuments)->required();
    CLI::App* const sanitize = command->add_subcommand(
        "sanitize", "What Amazon MQ would store of an activemq.xml, and what it takes out");
    sanitize->callback([&options] { options.verb = ConfigOptions::Verb::sanitize; });
    sanitize->add_option("FILE", options.document, "activemq.xml")->required();
    command->add_subcommand("default", "The document of a broker that is given none")
        ->callback([&options] { options.verb = ConfigOptions::Verb::show_default; });
    add_operate_config(*command, operating);
    return command;
}

}  // namespace

std::expected<Options, Exit> parse_options(int argc, const char* const* argv) {
    CLI::App app("Talks to a message broker: TernMQ or ActiveMQ Classic.", "tern");
    app.set_version_flag("--version", kVersion);
    app.require_subcommand(0, 1);  // `dstat queues` is about queues, not two commands
    ProduceOptions produce;
    BodyArguments body;
    ConsumeOptions consume;
    BrowseOptions browse;
    const CLI::App* const producing = add_produce(app, "produce", "Send messages", produce, body);
    const CLI::App* const consuming = add_consume(app, "consume", "Receive messages", consume);
    const CLI::App* const browsing = add_browse(app, browse);
    ProduceOptions producer;
    BodyArguments producer_body;
    ClassicProducer classic_producer;
    CLI::App* const like_their_producer =
        add_produce(app, "producer", "produce, with the options of `activemq producer` besides",
                    producer, producer_body);
    add_classic(*like_their_producer, producer, classic_producer);
    ConsumeOptions consumer;
    ClassicConsumer classic_consumer;
    CLI::App* const like_their_consumer = add_consume(
        app, "consumer", "consume, with the options of `activemq consumer` besides", consumer);
    add_classic(*like_their_consumer, consumer, classic_consumer);
    OperateOptions operating;
    add_operate(app, operating);
    ConfigOptions config;
    const CLI::App* const configuring = add_config(app, config, operating);
    SecretOptions secrets;
    add_secrets(app, secrets);
    std::string shell;
    app.add_subcommand("completion", "What makes a shell complete this command's words")
        ->add_option("SHELL", shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    StoreOptions store;
    add_store(app, store);
    RabbitmqOptions rabbitmq;
    add_rabbitmq(app, rabbitmq);
    BenchArguments bench;
    const CLI::App* const benching = add_bench(app, bench);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion&) {
        return std::unexpected(Exit{0, kVersion});
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return std::unexpected(Exit{0, chosen.empty() ? app.help() : chosen.front()->help("tern")});
    } catch (const CLI::ParseError& error) {
        return std::unexpected(Exit{2, error.what()});
    }
    if (!shell.empty()) return std::unexpected(Exit{0, completion(app, shell)});
    if (*producing) return finish(std::move(produce), body);
    if (*consuming) return consume;
    if (*like_their_producer) return finish(std::move(producer), producer_body, classic_producer);
    if (*like_their_consumer) return finish(std::move(consumer), classic_consumer);
    if (*browsing) return browse;
    if (!operating.verb.empty()) return operating;
    if (*configuring) return config;
    if (!secrets.verb.empty()) return secrets;
    if (!store.verb.empty()) return store;
    if (!rabbitmq.verb.empty()) return rabbitmq;
    if (*benching) return finish(std::move(bench));
    return std::unexpected(Exit{2, "what to do? produce, consume, browse, …; see tern --help"});
}

}  // namespace tern::cli
