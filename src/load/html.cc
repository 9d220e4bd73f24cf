#include "load/escape.h"
#include "load/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tern::load {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 260;
constexpr double kLeft = 80;
constexpr double kBottom = 40;
constexpr double kTop = 15;

constexpr const char* kStyle = R"(
body { font: 15px/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { padding: .2em .8em; text-align: right; }
th:first-child, td:first-child { text-align: left; } tr + tr { border-top: 1px solid #ddd; }
svg { width: 100%; height: auto; } text { font: 12px sans-serif; fill: #444; }
.grid { stroke: #ddd; } polyline { fill: none; stroke-width: 2; } .bad { color: #b00020; }
)";

std::string short_number(double value) {
    if (value >= 1e6) return fmt::format("{:.3g} M", value / 1e6);
    if (value >= 1e4) return fmt::format("{:.4g} k", value / 1e3);
    return fmt::format("{:.4g}", value);
}

std::string short_time(double us) {
    if (us >= 1e6) return fmt::format("{:.3g} s", us / 1e6);
    if (us >= 1e3) return fmt::format("{:.3g} ms", us / 1e3);
    return fmt::format("{:.3g} µs", us);
}

/// The next of 1, 2, 5, 10, … above.
double round_up(double value) {
    if (!(value > 0)) return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0}) {
        if (value <= step * power) return step * power;
    }
    return 10 * power;
}

struct Line {
    const char* name;
    const char* colour;
    std::vector<std::pair<double, double>> points;  ///< both from 0 to 1
};

std::string plot(const std::vector<Line>& lines, const std::vector<std::string>& across,
                 const std::vector<std::string>& up) {
    const auto x = [](double part) { return kLeft + part * (kWidth - kLeft - 20); };
    const auto y = [](double part) {
        return kHeight - kBottom - part * (kHeight - kBottom - kTop);
    };
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\">\n", kWidth,
        kHeight + 20);
    for (std::size_t i = 0; i < up.size(); ++i) {
        const double at = y(static_cast<double>(i) / static_cast<double>(up.size() - 1));
        svg += fmt::format(
            "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
            "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
            x(0), x(1), at, at, kLeft - 8, at + 4, up[i]);
    }
    for (std::size_t i = 0; i < across.size(); ++i) {
        const double at = x(static_cast<double>(i) / static_cast<double>(across.size() - 1));
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", at,
                           kHeight - kBottom + 20, across[i]);
    }
    double key = kLeft;
    for (const Line& line : lines) {
        svg += fmt::format("<polyline stroke=\"{}\" points=\"", line.colour);
        for (const auto& [across_part, up_part] : line.points) {
            svg += fmt::format("{:.1f},{:.1f} ", x(across_part), y(up_part));
        }
        svg += fmt::format("\"/>\n<text x=\"{}\" y=\"{}\" style=\"fill:{}\">{}</text>\n", key,
                           kHeight + 10, line.colour, line.name);
        key += 130;
    }
    return svg + "</svg>\n";
}

std::string rates(const std::vector<Sample>& samples) {
    if (samples.size() < 2) return {};
    std::vector<Line> lines{{"sent", "#1769aa", {}},
                            {"confirmed", "#b26a00", {}},
                            {"received", "#2e7d32", {}},
                            {"connected", "#6a1b9a", {}}};
    constexpr std::array kMembers{&Counts::sent, &Counts::confirmed, &Counts::received,
                                  &Counts::connected};
    const double last = samples.back().at_s;
    double most = 0;
    for (std::size_t i = 1; i < samples.size(); ++i) {
        const double seconds = samples[i].at_s - samples[i - 1].at_s;
        for (std::size_t k = 0; k < lines.size(); ++k) {
            const auto count = samples[i].total.*kMembers[k] - samples[i - 1].total.*kMembers[k];
            const double rate = seconds > 0 ? static_cast<double>(count) / seconds : 0;
            lines[k].points.emplace_back(samples[i].at_s / last, rate);
            most = std::max(most, rate);
        }
    }
    const double top = round_up(most);
    std::erase_if(lines, [](const Line& line) {
        return std::ranges::all_of(line.points,
                                   [](const auto& point) { return point.second == 0; });
    });
    for (Line& line : lines) {
        for (auto& point : line.points) point.second /= top;
    }
    std::vector<std::string> up;
    std::vector<std::string> across;
    for (int i = 0; i <= 5; ++i) {
        up.push_back(short_number(top * i / 5));
        across.push_back(fmt::format("{:.3g} s", last * i / 5));
    }
    return "<h2>Messages a second</h2>\n" + plot(lines, across, up);
}

/// Each nine takes as much room as the one before it.
std::string latencies(const Result& result) {
    constexpr double kNines = 5;
    std::vector<Line> lines;
    double most = 0;
    const auto add = [&](const char* name, const char* colour, const Histogram& times) {
        if (times.count() == 0) return;
        Line line{name, colour, {}};
        for (int i = 0; i <= 100; ++i) {
            const double part = i / 100.0;
            const double us =
                static_cast<double>(times.quantile_ns(1 - std::pow(10, -kNines * part))) / 1000;
            line.points.emplace_back(part, us);
            most = std::max(most, us);
        }
        lines.push_back(std::move(line));
    };
    add("until received", "#2e7d32", result.latency);
    add("until confirmed", "#b26a00", result.confirming);
    add("until connected", "#6a1b9a",
        result.settings.mode == Mode::storm || result.settings.idle > 0 ? result.connects
                                                                        : Histogram());
    if (lines.empty()) return {};
    const double top = round_up(most);
    for (Line& line : lines) {
        for (auto& point : line.points) point.second /= top;
    }
    std::vector<std::string> up;
    for (int i = 0; i <= 5; ++i) up.push_back(short_time(top * i / 5));
    return "<h2>How long it took, by percentile</h2>\n" +
           plot(lines, {"0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"}, up);
}

std::string row(std::string_view name, const Span& span, std::uint64_t count) {
    return fmt::format("<tr><td>{}</td><td>{}</td><td>{:.2f} s</td><td>{:.1f}</td></tr>\n", name,
                       count, span.seconds, span.per_second(count));
}

std::string throughput(const Result& result) {
    std::string rows = "<table>\n<tr><th></th><th>count</th><th>in</th><th>a second</th></tr>\n";
    if (result.settings.idle > 0) {
        rows += row("idle connections", result.connecting, result.connecting.counts.connected);
    }
    if (result.settings.mode == Mode::storm) {
        rows += row("connections", result.measured, result.measured.counts.connected);
    } else {
        rows += row("sent", result.measured, result.measured.counts.sent);
        rows += row("confirmed", result.measured, result.measured.counts.confirmed);
        rows += row("received", result.measured, result.measured.counts.received);
    }
    if (result.settings.mode == Mode::backlog) {
        rows += row("received of the backlog", result.drained, result.drained.counts.received);
    }
    return rows + "</table>\n";
}

std::string percentiles(const Result& result) {
    constexpr std::array kShares{0.5, 0.9, 0.99, 0.999, 0.9999};
    std::string rows =
        "<table>\n<tr><th></th><th>mean</th><th>50 %</th><th>90 %</th><th>99 %</th>"
        "<th>99.9 %</th><th>99.99 %</th><th>most</th></tr>\n";
    const auto add = [&](const char* name, const Histogram& times) {
        if (times.count() == 0) return;
        rows += fmt::format("<tr><td>{}</td><td>{}</td>", name, short_time(times.mean_ns() / 1000));
        for (const double share : kShares) {
            rows += fmt::format("<td>{}</td>",
                                short_time(static_cast<double>(times.quantile_ns(share)) / 1000));
        }
        rows += fmt::format("<td>{}</td></tr>\n",
                            short_time(static_cast<double>(times.most_ns()) / 1000));
    };
    add("until received", result.latency);
    add("until confirmed", result.confirming);
    add("until connected", result.connects);
    return rows + "</table>\n";
}

}  // namespace

std::string to_html(const Result& result) {
    const std::string heading = escaped(title(result.settings));
    std::string page = fmt::format(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>"
        "<meta charset=\"utf-8\"/><title>tern bench: {0}</title>\n<style>{1}</style></head>\n"
        "<body>\n<h1>tern bench</h1>\n<p>{0}</p>\n<p>{2}</p>\n",
        heading, kStyle, escaped(result.date));
    page += throughput(result);
    if (!result.complete) {
        page += fmt::format("<p class=\"bad\">Not all came once: {} lost, {} repeated.</p>\n",
                            result.lost(), result.repeated());
    }
    page += rates(result.samples) + latencies(result) + percentiles(result);
    if (result.settings.broker_pid != 0) {
        page += fmt::format(
            "<p>The broker used {:.2f} s of processor time and had {:.1f} MiB of memory at the "
            "end.</p>\n",
            result.measured.broker_cpu_s, result.broker_rss_kib / 1024);
    }
    return page + "</body>\n</html>\n";
}

}  // namespace tern::load
