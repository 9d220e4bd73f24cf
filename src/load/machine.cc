#include "load/machine.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <unistd.h>

namespace tern::load {

double cpu_seconds(int pid) {
    if (pid == 0) return 0;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double rss_kib(int pid) {
    if (pid == 0) return 0;
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6);
    }
    return 0;
}

MachineUse MachineUse::since(const MachineUse& before) const {
    const std::uint64_t all =
        user + system + idle + waiting - before.user - before.system - before.idle - before.waiting;
    const auto percent = [&](std::uint64_t to, std::uint64_t from) {
        return all == 0 ? 0 : (100 * (to - from) + all / 2) / all;
    };
    return {.user = percent(user, before.user),
            .system = percent(system, before.system),
            .idle = percent(idle, before.idle),
            .waiting = percent(waiting, before.waiting),
            .switches = switches - before.switches,
            .blocks_in = blocks_in - before.blocks_in,
            .blocks_out = blocks_out - before.blocks_out};
}

MachineUse machine_use() {
    MachineUse use;
    for (const char* const file : {"/proc/stat", "/proc/vmstat"}) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            std::istringstream fields(line);
            std::string name;
            fields >> name;
            if (name == "cpu") {
                std::uint64_t nice = 0;
                std::uint64_t interrupts = 0;
                std::uint64_t soft = 0;
                fields >> use.user >> nice >> use.system >> use.idle >> use.waiting >> interrupts >>
                    soft;
                use.user += nice;
                use.system += interrupts + soft;
            } else if (name == "ctxt") {
                fields >> use.switches;
            } else if (name == "pgpgin") {
                fields >> use.blocks_in;
            } else if (name == "pgpgout") {
                fields >> use.blocks_out;
            }
        }
    }
    return use;
}

void allow_many_files() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace tern::load
