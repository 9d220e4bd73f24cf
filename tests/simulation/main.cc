#include "scenario.h"

#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace tern::simulation {
namespace {

struct Arguments {
    std::uint64_t first = 1;
    std::uint64_t runs = 300;
    std::optional<std::uint64_t> only;
    std::uint64_t seconds = 0;
    bool trace = false;
    Scenario::Kind kind;
    std::size_t lines = 60;
};

Trace* g_trace = nullptr;
std::uint64_t g_seed = 0;

/// An assertion of the broker's, or a sanitizer, ends this process: say how it came to that.
void report_death(int signal) {
    fmt::print(stderr, "seed {}: signal {}\n", g_seed, signal);
    if (g_trace != nullptr) g_trace->print(60);
    std::_Exit(2);
}

/// In a process of its own, so that a run depends on its seed and on nothing before it.
int run_one(std::uint64_t seed, const Arguments& arguments, int report) {
    Trace trace(arguments.trace);
    g_trace = &trace;
    g_seed = seed;
    Rot::listen(arguments.trace);
    for (const int fatal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        std::signal(fatal, report_death);
    }
    std::size_t crashes = 0;
    {
        Scenario scenario(seed, arguments.kind, trace);
        scenario.run();
        crashes = scenario.crashes();
    }
    if (trace.violated()) {
        trace.print(arguments.lines);
        fmt::print(stderr, "seed {}: {}\n", seed, trace.first_violation());
        return 1;
    }
    return write(report, &crashes, sizeof crashes) == sizeof crashes ? 0 : 1;
}

bool run_apart(std::uint64_t seed, const Arguments& arguments, std::size_t& crashes) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) return false;
    const pid_t child = fork();
    if (child == 0) {
        close(pipe_ends[0]);
        std::exit(run_one(seed, arguments, pipe_ends[1]));
    }
    close(pipe_ends[1]);
    std::size_t count = 0;
    const bool told = read(pipe_ends[0], &count, sizeof count) == sizeof count;
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (told) crashes += count;
    const bool good = told && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good) {
        fmt::print(stderr,
                   "FAILED; to see it again: broker_simulation --seed {} --trace{}{}{}{}{}\n", seed,
                   arguments.kind.sealed ? " --sealed" : "", arguments.kind.large ? " --large" : "",
                   arguments.kind.groups ? " --groups" : "",
                   arguments.kind.durable ? " --durable" : "", arguments.kind.rot ? " --rot" : "");
    }
    return good;
}

int usage() {
    fmt::print(stderr,
               "usage: broker_simulation [--seed N] [--first N] [--runs N] [--seconds N]\n"
               "                         [--sealed] [--large] [--groups] [--durable] [--rot]\n"
               "                         [--trace] [--lines N]\n"
               "--sealed: the broker's store is encrypted.\n"
               "--large: some bodies lie in files of their own.\n"
               "--groups: most messages belong to message groups.\n"
               "--durable: some clients have durable subscriptions.\n"
               "--rot: bits flip while the broker is away.\n"
               "Runs seeds first, first + 1, ...: so many, or as many as fit into the seconds.\n"
               "SIMULATION_SECONDS in the environment counts as --seconds.\n");
    return 2;
}

std::optional<Arguments> parse(int count, char** values) {
    Arguments arguments;
    if (const char* seconds = std::getenv("SIMULATION_SECONDS")) {
        arguments.seconds = std::strtoull(seconds, nullptr, 10);
    }
    for (int i = 1; i < count; ++i) {
        const std::string_view name = values[i];
        if (name == "--trace") {
            arguments.trace = true;
            continue;
        }
        if (name == "--sealed") {
            arguments.kind.sealed = true;
            continue;
        }
        if (name == "--groups") {
            arguments.kind.groups = true;
            continue;
        }
        if (name == "--large") {
            arguments.kind.large = true;
            continue;
        }
        if (name == "--durable") {
            arguments.kind.durable = true;
            continue;
        }
        if (name == "--rot") {
            arguments.kind.rot = true;
            continue;
        }
        if (i + 1 == count) return {};
        const std::uint64_t value = std::strtoull(values[++i], nullptr, 10);
        if (name == "--seed") {
            arguments.only = value;
        } else if (name == "--first") {
            arguments.first = value;
        } else if (name == "--runs") {
            arguments.runs = value;
        } else if (name == "--seconds") {
            arguments.seconds = value;
        } else if (name == "--lines") {
            arguments.lines = value;
        } else {
            return {};
        }
    }
    return arguments;
}

int run_all(const Arguments& arguments) {
    using Steady = std::chrono::steady_clock;
    const auto end = Steady::now() + std::chrono::seconds(arguments.seconds);
    std::size_t crashes = 0;
    std::uint64_t runs = 0;
    std::uint64_t failed = 0;
    const auto more = [&] {
        if (arguments.only) return runs == 0;
        return arguments.seconds > 0 ? Steady::now() < end : runs < arguments.runs;
    };
    for (; more() && failed < 5; ++runs) {
        const std::uint64_t seed = arguments.only.value_or(arguments.first + runs);
        if (!run_apart(seed, arguments, crashes)) ++failed;
    }
    fmt::print("{} runs with {} crashes, {} failed\n", runs, crashes, failed);
    return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tern::simulation

int main(int count, char** values) {
    const auto arguments = tern::simulation::parse(count, values);
    if (!arguments) return tern::simulation::usage();
    return tern::simulation::run_all(*arguments);
}
