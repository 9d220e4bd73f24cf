#include "cli/configuration.h"

#include "admin/json.h"
#include "config/amazon.h"
#include "config/files/read_document.h"
#include "config/writer.h"

#include <fmt/format.h>

#include <cstdio>

namespace tern::cli {
namespace {

/// What is not applied, a line each.
void print_findings(const config::Report& report, std::FILE* to) {
    using Kind = config::Finding::Kind;
    for (const config::Finding& finding : report.findings) {
        if (finding.kind == Kind::applied) continue;
        const char* const what = finding.kind == Kind::no_effect ? "without effect" : "rejected";
        std::fprintf(to, "%s: %s\n", what, config::to_line(report, finding).c_str());
    }
    std::fprintf(to, "%zu applied, %zu without effect, %zu rejected\n", report.count(Kind::applied),
                 report.count(Kind::no_effect), report.count(Kind::rejected));
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_json(const config::Report& report) {
    using admin::json_text;
    admin::json::array rows;
    for (const config::Finding& finding : report.findings) {
        admin::json::object row{
            {"place", fmt::format("{}:{}", finding.place.line, finding.place.column)},
            {"what", json_text(finding.what)},
            {"outcome", to_text(finding.kind)}};
        if (!finding.why.empty()) row["why"] = json_text(finding.why);
        rows.push_back(std::move(row));
    }
    const admin::json::object answer{{"source", json_text(report.document)},
                                     {"report", std::move(rows)}};
    print(admin::json::serialize(answer) + "\n");
}

int check(const ConfigOptions& options) {
    const config::Report report = config::read_document(options.document).report;
    if (options.json) {
        print_json(report);
    } else if (options.all) {
        print(config::to_table(report));
    } else {
        print_findings(report, stdout);
    }
    return report.accepted() ? 0 : 1;
}

int convert(const ConfigOptions& options) {
    const config::Loaded loaded = config::read_document(options.document);
    print_findings(loaded.report, stderr);
    if (!loaded.report.accepted()) return 1;
    print(config::to_xml(loaded.broker));
    return 0;
}

int sanitize(const ConfigOptions& options) {
    const char* const file = options.document.c_str();
    const auto text = config::read_text(options.document);
    if (!text) {
        std::fprintf(stderr, "%s: cannot read it: %s\n", file, text.error().c_str());
        return 1;
    }
    const config::AmazonDocument stored = config::sanitize_for_amazon(*text);
    for (const config::AmazonWarning& one : stored.warnings) {
        std::fprintf(stderr, "%s:%u:%u: %s%s%s: %s\n", file, one.place.line, one.place.column,
                     one.element.c_str(), one.attribute.empty() ? "" : "@", one.attribute.c_str(),
                     std::string(to_text(one.reason)).c_str());
    }
    for (const config::Problem& one : stored.problems) {
        std::fprintf(stderr, "refused: %s:%u:%u: %s\n", file, one.place.line, one.place.column,
                     one.text.c_str());
    }
    if (!stored.text.empty()) print(stored.text + "\n");
    return stored.problems.empty() ? 0 : 1;
}

}  // namespace

int configuration(const ConfigOptions& options) {
    switch (options.verb) {
        case ConfigOptions::Verb::check:
            return check(options);
        case ConfigOptions::Verb::convert:
            return convert(options);
        case ConfigOptions::Verb::sanitize:
            return sanitize(options);
        case ConfigOptions::Verb::show_default:
            break;
    }
    print(config::default_document());
    return 0;
}

}  // namespace tern::cli
