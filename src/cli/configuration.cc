#include "cli/configuration.h"

#include "config/files/read_document.h"

#include <cstdio>

namespace tern::cli {
namespace {

int check(const ConfigOptions& options) {
    using Kind = config::Finding::Kind;
    config::Report report = config::read_document(options.document).report;
    const bool accepted = report.accepted();
    if (options.all) {
        std::fputs(config::to_table(report).c_str(), stdout);
        return accepted ? 0 : 1;
    }
    for (const config::Finding& finding : report.findings) {
        if (finding.kind == Kind::applied) continue;
        const char* const what = finding.kind == Kind::no_effect ? "without effect" : "rejected";
        std::printf("%s: %s\n", what, config::to_line(report, finding).c_str());
    }
    std::printf("%zu applied, %zu without effect, %zu rejected\n", report.count(Kind::applied),
                report.count(Kind::no_effect), report.count(Kind::rejected));
    return accepted ? 0 : 1;
}

}  // namespace

int configuration(const ConfigOptions& options) {
    if (options.verb == ConfigOptions::Verb::check) return check(options);
    std::fwrite(config::default_document().data(), 1, config::default_document().size(), stdout);
    return 0;
}

}  // namespace tern::cli
