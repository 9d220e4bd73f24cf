#include "cli/commands.h"
#include "cli/job.h"
#include "cli/printer.h"

namespace tern::cli {
namespace {

using client::Result;

Result<void> look(Job& job, const BrowseOptions& options, Printer& printer) {
    auto connection = job.connect();
    if (!connection) return std::unexpected(std::move(connection.error()));
    auto session = connection->create_session();
    if (!session) return std::unexpected(std::move(session.error()));
    auto browser = session->browse(options.common.destination, {.selector = options.selector});
    if (!browser) return std::unexpected(std::move(browser.error()));
    while (job.take()) {
        const auto message = browser->next();
        if (!message || !*message) {
            job.give_back();
            if (!message) return std::unexpected(message.error());
            break;
        }
        if (auto printed = printer.print(**message); !printed) return printed;
        job.use();
        job.count(1, body_bytes(**message));
    }
    if (auto flushed = printer.flush(); !flushed) return flushed;
    return connection->close();
}

}  // namespace

int browse(const BrowseOptions& options) {
    Printer printer(options.print, stdout, options.fields);
    Job job(options.common, {.done = "found", .shows_progress = false, .count_is_goal = false});
    return job.run(1, [&](Job& running) { return look(running, options, printer); });
}

}  // namespace tern::cli
