// The limit server: answers the JMS load as fast as it can without being a broker, and so shows
// what the client itself allows. See docs/benchmarks.md.

#include "bench/limit/server.h"
#include "bench/limit/synced_log.h"

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

namespace {

volatile bool stop = false;

}  // namespace

int main(int argc, char** argv) {
    const bool synced = argc == 3 && std::string(argv[1]) == "--sync";
    if (argc != 1 && !synced) {
        std::fputs("usage: limit_server [--sync FILE]\n", stderr);
        return 2;
    }
    struct sigaction action{};
    action.sa_handler = [](int) { stop = true; };
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);

    const auto log = synced ? std::make_unique<tern::limit::SyncedLog>(argv[2]) : nullptr;
    tern::limit::Server server(log.get());
    std::printf("ready openwire=127.0.0.1:%d\n", static_cast<int>(server.port()));
    std::fflush(stdout);
    server.run(stop);
    return 0;
}
