#include "config/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::config {

std::string_view to_text(Finding::Kind kind) {
    switch (kind) {
        case Finding::Kind::applied:
            return "applied";
        case Finding::Kind::no_effect:
            return "no effect";
        case Finding::Kind::rejected:
            break;
    }
    return "rejected";
}

std::size_t Report::count(Finding::Kind kind) const {
    return static_cast<std::size_t>(std::ranges::count(findings, kind, &Finding::kind));
}

std::string to_line(const Report& report, const Finding& finding) {
    return fmt::format("{}:{}:{}: {}{}{}", report.document, finding.place.line,
                       finding.place.column, finding.what, finding.why.empty() ? "" : ": ",
                       finding.why);
}

std::string to_table(const Report& report) {
    std::string table;
    for (const Finding& finding : report.findings) {
        const std::string place = fmt::format("{}:{}", finding.place.line, finding.place.column);
        table += fmt::format("{:<8} {:<10} {}{}{}\n", place, to_text(finding.kind), finding.what,
                             finding.why.empty() ? "" : ": ", finding.why);
    }
    table +=
        fmt::format("{}: {} applied, {} without effect, {} rejected\n", report.document,
                    report.count(Finding::Kind::applied), report.count(Finding::Kind::no_effect),
                    report.count(Finding::Kind::rejected));
    return table;
}

}  // namespace tern::config
