#include "cli/bench.h"

#include "cli/bench_screen.h"
#include "cli/table.h"
#include "load/load.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <fstream>

namespace tern::cli {
namespace {

using load::Counts;
using load::Histogram;
using load::Mode;
using load::Result;
using load::Span;

std::string throughput(const Result& result) {
    Table table({"", "count", "seconds", "a second", "MiB/s"});
    constexpr double kMiB = 1024.0 * 1024;
    const auto add = [&](const char* what, const Span& span, std::uint64_t count, bool messages) {
        const double rate = span.per_second(count);
        const auto size = static_cast<double>(result.settings.size);
        table.add({what, fmt::format("{}", count), fmt::format("{:.2f}", span.seconds),
                   fmt::format("{:.1f}", rate),
                   messages ? fmt::format("{:.1f}", rate * size / kMiB) : "-"});
    };
    if (result.settings.idle > 0) {
        add("idle connections", result.connecting, result.connecting.counts.connected, false);
    }
    const Span& span = result.measured;
    if (result.settings.mode == Mode::storm) {
        add("connections", span, span.counts.connected, false);
        return table.text();
    }
    if (result.settings.publishers > 0) add("sent", span, span.counts.sent, true);
    if (result.settings.confirmed && result.settings.publishers > 0) {
        add("confirmed", span, span.counts.confirmed, true);
    }
    if (result.settings.subscribers == 0) return table.text();
    if (result.settings.mode == Mode::backlog) {
        add("drained", result.drained, result.drained.counts.received, true);
    } else {
        add("received", span, span.counts.received, true);
    }
    return table.text();
}

std::string percentiles(const Result& result) {
    constexpr std::array kShares{0.5, 0.9, 0.99, 0.999, 0.9999};
    Table table({"", "mean", "50 %", "90 %", "99 %", "99.9 %", "99.99 %", "most"});
    const auto add = [&](const char* what, const Histogram& times) {
        if (times.count() == 0) return;
        std::vector<std::string> row{what, time_text(times.mean_ns())};
        for (const double share : kShares) {
            row.push_back(time_text(static_cast<double>(times.quantile_ns(share))));
        }
        row.push_back(time_text(static_cast<double>(times.most_ns())));
        table.add(std::move(row));
    };
    add("until received", result.latency);
    add("until confirmed", result.confirming);
    add("until connected", result.connects);
    return table.text();
}

std::string remarks(const Result& result) {
    std::string text;
    const load::Settings& settings = result.settings;
    if (settings.broker_pid != 0) {
        const Counts& counts = result.measured.counts;
        const auto each = std::max({counts.received, counts.sent, counts.connected});
        text += fmt::format("broker: {:.2f} s of processor time", result.measured.broker_cpu_s);
        if (each > 0) {
            text += fmt::format(", {:.1f} µs each",
                                1e6 * result.measured.broker_cpu_s / static_cast<double>(each));
        }
        text += fmt::format("; {:.1f} MiB of memory", result.broker_rss_kib / 1024);
        if (settings.idle > 0) {
            text += fmt::format(", {:.1f} KiB an idle connection", result.rss_kib_each);
        }
        text += "\n";
    }
    if (settings.publishers > 0 && settings.subscribers > 0 && settings.mode != Mode::storm) {
        text += result.complete ? fmt::format("all {} messages came, each once\n", result.expected)
                                : fmt::format("of {} messages {} were lost and {} came twice\n",
                                              result.expected, result.lost(), result.repeated());
        if (result.out_of_order > 0) {
            text += fmt::format("{} were overtaken by later ones\n", result.out_of_order);
        }
    }
    if (result.foreign > 0) {
        text += fmt::format("{} other messages came, and were not counted\n", result.foreign);
    }
    return text;
}

bool write(const std::string& file, const std::string& text) {
    std::ofstream out(file);
    out << text;
    if (out.flush()) return true;
    fmt::print(stderr, "tern: cannot write {}\n", file);
    return false;
}

}  // namespace

int bench(const BenchOptions& options) {
    if (options.perf) {
        for (const std::string& name : options.perf->without_effect) {
            fmt::print(stderr, "tern: without effect: {}\n", name);
        }
    }
    BenchScreen screen(options.settings, !options.quiet);
    const auto result = load::run(options.settings, screen);
    screen.clear();
    if (!result) {
        fmt::print(stderr, "tern: {}\n", result.error());
        return 1;
    }
    if (options.perf && !options.json) fmt::print("{}", perf_summary(*options.perf, *result));
    if (options.json) {
        fmt::print("{}\n", load::to_json(*result));
    } else if (!options.quiet && !options.perf) {
        const std::string more = remarks(*result);
        fmt::print("{}\n\n{}\n{}{}{}", load::title(result->settings), throughput(*result),
                   percentiles(*result), more.empty() ? "" : "\n", more);
    }
    const bool written =
        (options.report.empty() || write(options.report, load::to_html(*result))) &&
        (options.hdr_log.empty() || write(options.hdr_log, load::to_hdr_log(*result))) &&
        (!options.perf || write(options.perf->report, perf_report(*options.perf, *result)));
    if (!written) return 1;
    return result->complete && !result->interrupted ? 0 : 3;
}

}  // namespace tern::cli
