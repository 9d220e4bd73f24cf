#include "base/log.h"
#include "server/console_log.h"
#include "server/server.h"

#include <csignal>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace {

using tern::server::Options;
using tern::server::Server;

/// Threads inherit the mask: signals come to `sigwait` below and nowhere else.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

void announce(const Options& options, const std::vector<Server::Listening>& listening) {
    std::string ready = "ready";
    std::fprintf(stderr, "TernMQ %s\n", options.openwire.version.c_str());
    for (const Server::Listening& one : listening) {
        const std::string where = to_text(one.endpoint);
        std::fprintf(stderr, "  %-9s %s\n", one.name.c_str(), where.c_str());
        ready += " " + one.name + "=" + where;
    }
    std::fprintf(stderr, "  %-9s %s\n", "data", options.data.c_str());
    std::printf("%s\n", ready.c_str());
    std::fflush(stdout);
}

int serve(const Options& options) {
    const sigset_t signals = block_signals();
    std::atomic<bool> failed{false};
    Server server(options, [&failed] {
        failed = true;
        ::kill(::getpid(), SIGTERM);
    });
    const auto listening = server.start();
    if (!listening) {
        std::fprintf(stderr, "ternd: %s\n", listening.error().c_str());
        return 2;
    }
    announce(options, *listening);
    int signal = 0;
    sigwait(&signals, &signal);
    if (failed) {
        tern::log::error("server", "nothing can be stored any more: the broker leaves service");
    } else {
        tern::log::info("server", "stopping");
    }
    server.stop();
    return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = tern::server::parse_options(argc, argv);
    if (!options) {
        std::FILE* const out = options.error().code == 0 ? stdout : stderr;
        std::fprintf(out, "%s%s\n",
                     options.error().code == 0 ? "" : "ternd: ", options.error().text.c_str());
        return options.error().code;
    }
    tern::server::log_to_console(options->log_level);
    return serve(*options);
}
