#include "cli/operate_options.h"

#include "cli/values.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tern::cli {
namespace {

void add_common(CLI::App& command, OperateOptions& options) {
    command
        .add_option("--http", options.server.url,
                    "the broker's API (default: $TERN_HTTP, or " + options.server.url + ")")
        ->envname("TERN_HTTP");
    command
        .add_option("--trust-store", options.server.trust_store,
                    "of https://: who may sign the broker's certificate; PEM or PKCS#12 (default: "
                    "$TERN_TRUST_STORE, or whom the system trusts)")
        ->envname("TERN_TRUST_STORE")
        ->check(CLI::ExistingFile);
    command.add_flag("--json", options.json, "what the API answers, as JSON");
}

CLI::App* add(CLI::App& app, OperateOptions& options, const char* verb, const char* description) {
    CLI::App* const command = app.add_subcommand(verb, description);
    command->group("For operators");
    add_common(*command, options);
    command->callback([&options, verb] { options.verb = verb; });
    return command;
}

void add_list(CLI::App& app, OperateOptions& options, const char* verb, const char* description) {
    CLI::App* const command = add(app, options, verb, description);
    command->add_option("--search", options.search, "rows that contain this");
    command->add_option("--limit", options.limit, "rows at most")->check(CLI::PositiveNumber);
    if (std::string_view(verb) == "queues") {
        command->add_option("--sort", options.sort, "name, or most of: size, unsettled, …")
            ->check(
                CLI::IsMember({"name", "size", "unsettled", "consumers", "enqueued", "dequeued"}));
    }
    if (std::string_view(verb) == "consumers") {
        command->add_option("--queue", options.queue, "those of this queue");
    }
}

void add_names(CLI::App& command, OperateOptions& options, const char* what, int count) {
    command.add_option(what, options.names)->required()->expected(count);
}

void add_which(CLI::App& app, OperateOptions& options, const char* verb, const char* description,
               bool to) {
    CLI::App* const command = add(app, options, verb, description);
    add_names(*command, options, to ? "QUEUE TO" : "QUEUE", to ? 2 : 1);
    auto* const which = command->add_option_group("Which", "one of");
    which->add_option("--id", options.ids, "the message of this id; may be repeated");
    which->add_option("--selector", options.selector, "those it takes, in JMS's language");
    which->add_flag("--all", options.all, "every message that waits");
    which->require_option(1);
    command->add_option("--limit", options.limit, "no more than that")->check(CLI::PositiveNumber);
}

void add_why(CLI::App& app, OperateOptions& options) {
    CLI::App* const why = app.add_subcommand("why", "What keeps something from getting on");
    why->group("For operators");
    const auto about = [&](const char* what, const char* description, const char* names,
                           int count) {
        CLI::App* const one = add(*why, options, what, description);
        one->callback([&options, what] { options.verb = std::string("why ") + what; });
        add_names(*one, options, names, count);
    };
    about("queue", "Why its messages are not delivered or acknowledged", "QUEUE", 1);
    about("subscription", "The same of a subscription", "CLIENT NAME", 2);
    about("message", "Why it is not delivered or acknowledged: its number, or its JMSMessageID",
          "QUEUE MESSAGE", 2);
    about("connection", "Why it is blocked or gets nothing", "CONNECTION", 1);
    why->require_subcommand(1);
}

void add_listeners(CLI::App& app, OperateOptions& options) {
    CLI::App* const listeners =
        app.add_subcommand("listeners", "Where clients come in, while the broker runs");
    listeners->group("For operators");
    const auto about = [&](const char* what, const char* description) {
        CLI::App* const one = add(*listeners, options, what, description);
        one->callback([&options, what] { options.verb = std::string("listeners ") + what; });
        return one;
    };
    about("list", "Those that are open");
    add_names(*about("add", "Open one, until the broker ends: as in stomp://127.0.0.1:61700"),
              options, "URI", 1);
    add_names(*about("remove", "Close one, and the connections that came by it"), options, "NAME",
              1);
    listeners->require_subcommand(1);
}

void add_transactions(CLI::App& app, OperateOptions& options) {
    CLI::App* const xa =
        app.add_subcommand("xa", "Distributed transactions that are in doubt, and how to end them");
    xa->group("For operators");
    const auto about = [&](const char* what, const char* description) {
        CLI::App* const one = add(*xa, options, what, description);
        one->callback([&options, what] { options.verb = std::string("xa ") + what; });
        return one;
    };
    about("list", "Those that are prepared, or that an operator has ended");
    add_names(*about("commit", "Commit one; its manager is told when it asks next"), options, "XID",
              1);
    add_names(*about("rollback", "Roll one back; its manager is told when it asks next"), options,
              "XID", 1);
    add_names(*about("forget", "Forget how one was ended: its manager will never ask"), options,
              "XID", 1);
    xa->require_subcommand(1);
}

/// How often to look, and how many times.
std::pair<CLI::Option*, CLI::Option*> add_period(CLI::App& command, OperateOptions& options) {
    CLI::Option* const every = command.add_option_function<std::string>(
        "--every",
        [&options](const std::string& text) {
            const auto time = parse_duration(text);
            if (!time) throw CLI::ValidationError("--every", "'" + text + "' is no duration");
            options.period = *time;
        },
        "how often to look: as in 500ms, 5s (default: 1s)");
    CLI::Option* const count =
        command.add_option("--count,-n", options.count, "look so many times, then end")
            ->check(CLI::PositiveNumber);
    return {every, count};
}

void add_watching(CLI::App& app, OperateOptions& options) {
    CLI::App* const stats = add(app, options, "stats", "The broker's numbers");
    auto* const watch = stats->add_flag("--watch", options.watch, "a line each second");
    const auto [every, count] = add_period(*stats, options);
    every->needs(watch);
    count->needs(watch);
    CLI::App* const top =
        add(app, options, "top", "The busiest queues and consumers, again and again");
    add_period(*top, options);
    top->add_option("--limit", options.limit, "rows of each at most (default: 15)")
        ->check(CLI::PositiveNumber);
    CLI::App* const trace = add(app, options, "trace",
                                "Follow the messages of a queue: what comes, goes to whom, ends");
    CLI::Option* const queue = trace->add_option("QUEUE", options.names)->expected(0, 1);
    const auto [each, looks] = add_period(*trace, options);
    CLI::Option* const selector =
        trace->add_option("--selector", options.selector, "those it takes, in JMS's language");
    CLI::Option* const sampled = trace->add_flag(
        "--sampled", options.sampled,
        "the ways of messages that the broker itself followed: of all, or to do with QUEUE");
    sampled->excludes(each)->excludes(looks)->excludes(selector);
    trace
        ->add_option("--share", options.share,
                     "from now on the broker follows this share of the messages, from 0 to 1")
        ->check(CLI::Range(0.0, 1.0))
        ->needs(sampled);
    trace->add_option("--limit", options.limit, "so many of the newest (default: 20)")
        ->check(CLI::PositiveNumber)
        ->needs(sampled);
    trace->callback([&options, queue, sampled] {
        if (queue->count() == 0 && sampled->count() == 0) throw CLI::RequiredError("QUEUE");
        options.verb = "trace";
    });
}

void add_classic(CLI::App& app, OperateOptions& options) {
    CLI::App* const dstat =
        add(app, options, "dstat", "Destinations, in the columns of activemq dstat");
    dstat->add_option("KIND", options.names, "queues or topics; both unless given")
        ->expected(0, 1)
        ->check(CLI::IsMember({"queues", "topics"}));
    add(app, options, "list", "The broker's name, as activemq list shows it");
    add(app, options, "bstat", "The broker's counts, as activemq bstat shows them");
    CLI::App* const query = add(app, options, "query", "Attributes, as activemq query shows them");
    query
        ->add_option("-Q", options.filters, "Queue=NAME, Topic=, Connector=, Connection=; * is any")
        ->expected(1)
        ->take_all();
    // CLI11 has it that -xQTopic=A is -x with QTopic=A.
    query
        ->add_option_function<std::vector<std::string>>(
            "-x",
            [&options](const std::vector<std::string>& all) {
                for (const std::string& one : all) {
                    if (!one.starts_with('Q')) throw CLI::ValidationError("-xQ", "KIND=NAME");
                    options.excluded.push_back(one.substr(1));
                }
            },
            "-xQTopic=NAME, …: what not to show")
        ->expected(1)
        ->take_all();
    query->add_option("--objname", options.object_name, "a name or pattern of MBeans");
    query->add_option("--view", options.view, "attributes to show, separated by commas");
}

}  // namespace

void add_operate_config(CLI::App& config, OperateOptions& options) {
    CLI::App* const exported =
        add(config, options, "export", "The configuration a broker runs with, without passwords");
    exported->group("Subcommands")->callback([&options] { options.verb = "config export"; });
    CLI::App* const reload =
        add(config, options, "reload", "Have a broker read its document again: all or nothing");
    reload->group("Subcommands")->callback([&options] { options.verb = "config reload"; });
}

void add_operate(CLI::App& app, OperateOptions& options) {
    add_list(app, options, "queues", "List queues");
    add_list(app, options, "topics", "List topics");
    add_list(app, options, "subscriptions", "List subscriptions to topics");
    add_list(app, options, "connections", "List clients that are connected");
    add_list(app, options, "consumers", "List consumers");
    for (const auto& [verb, description] : std::array<std::pair<const char*, const char*>, 5>{
             {{"create", "Make a queue"},
              {"drop", "Delete a queue that has no consumers"},
              {"purge", "Remove all messages of a queue, those with consumers included"},
              {"pause", "Deliver nothing of a queue until it is resumed"},
              {"resume", "Deliver again"}}}) {
        add_names(*add(app, options, verb, description), options, "QUEUE", 1);
    }
    add_which(app, options, "move", "Move messages to another destination", true);
    add_which(app, options, "copy", "Copy messages to another destination", true);
    add_which(app, options, "delete", "Delete messages", false);
    add_which(app, options, "retry", "Send dead letters back to where they came from", false);
    add_names(*add(app, options, "kill", "Close a connection"), options, "CONNECTION", 1);
    add_names(*add(app, options, "sessions", "List the sessions of a connection"), options,
              "CONNECTION", 1);
    add_why(app, options);
    add_listeners(app, options);
    add_transactions(app, options);
    add(app, options, "health",
        "What to look at, and what to do; exit code 1 if there is anything");
    CLI::App* const log = add(app, options, "log", "Levels of the broker's log, until it ends");
    log->add_option("LEVEL", options.names, "debug, info, warning or error from now on")
        ->expected(0, 1)
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    log->add_option("--module", options.module,
                    "of this part of the broker only: engine, store, …");
    add_watching(app, options);
    add_classic(app, options);
}

}  // namespace tern::cli
