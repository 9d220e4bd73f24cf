#include "cli/rabbitmq_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>

namespace tern::cli {
namespace {

/// How many arguments a verb takes; the most is negative when there is no limit.
std::pair<int, int> counts(std::string_view arguments) {
    int least = 0;
    int most = 0;
    while (!arguments.empty()) {
        const std::size_t end = std::min(arguments.find(' '), arguments.size());
        const std::string_view one = arguments.substr(0, end);
        arguments.remove_prefix(std::min(end + 1, arguments.size()));
        const bool several = one.find("...") != std::string_view::npos;
        if (!one.starts_with('[')) ++least;
        most = several ? -1 : most + 1;
    }
    return {least, most};
}

void add_arguments(CLI::App& command, const RabbitmqVerb& verb, RabbitmqOptions& options) {
    if (verb.arguments.empty()) return;
    const auto [least, most] = counts(verb.arguments);
    constexpr int kMany = 1 << 16;
    auto* const given = command.add_option(std::string(verb.arguments), options.arguments);
    given->expected(std::max(least, 1), most < 0 ? kMany : most);
    if (least > 0) given->required();
}

}  // namespace

void add_rabbitmq(CLI::App& app, RabbitmqOptions& options) {
    CLI::App* const rabbitmq =
        app.add_subcommand("rabbitmq", "What rabbitmqctl does, by RabbitMQ's management API");
    rabbitmq->group("For operators");
    rabbitmq->require_subcommand(1);
    for (const RabbitmqVerb& verb : rabbitmq_verbs()) {
        CLI::App* const command =
            rabbitmq->add_subcommand(std::string(verb.name), std::string(verb.description));
        command
            ->add_option("--management", options.url,
                         "http://USER:PASSWORD@HOST:PORT (default: $TERN_RABBITMQ, or guest's at "
                         "localhost:15672)")
            ->envname("TERN_RABBITMQ");
        command->add_option("--vhost,-p", options.vhost, "the virtual host (default: /)");
        if (verb.name.starts_with("list_") || verb.name == "status") {
            command->add_flag("--json", options.json, "what the API answers, as JSON");
        }
        if (verb.name == "delete_queue") {
            command->add_flag("--if-empty,-e", options.if_empty, "only if nothing is on it");
            command->add_flag("--if-unused,-u", options.if_unused, "only if it has no consumers");
        }
        if (verb.name == "set_policy" || verb.name == "set_operator_policy") {
            command->add_option("--priority", options.priority, "the highest counts (default: 0)");
            command->add_option("--apply-to", options.apply_to,
                                "all, queues, classic_queues, quorum_queues or exchanges");
        }
        add_arguments(*command, verb, options);
        command->callback([&options, name = std::string(verb.name)] { options.verb = name; });
    }
}

}  // namespace tern::cli
