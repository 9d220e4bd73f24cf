#include "server/store_check.h"

#include "base/log.h"
#include "store/repair_folder.h"
#include "store/tools/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::server {
namespace {

using store::tools::Contents;
using store::tools::Finding;

/// So many places are told of one by one.
constexpr std::size_t kPlacesMax = 20;

std::string text_of(const Finding& finding) {
    return fmt::format("{} is damaged at {}: {}", finding.file, finding.offset, finding.what);
}

const Finding& first_damage(const store::tools::Findings& findings) {
    return *std::ranges::find(findings.all(), Finding::Kind::damage, &Finding::kind);
}

void tell(const store::tools::Findings& findings) {
    std::size_t told = 0;
    for (const Finding& one : findings.all()) {
        if (one.kind != Finding::Kind::damage) continue;
        if (++told > kPlacesMax) break;
        log::error("store", "{}", text_of(one));
    }
    if (findings.damages() > kPlacesMax) {
        log::error("store", "and {} places more", findings.damages() - kPlacesMax);
    }
}

/// A repair that was broken off while its store took its place goes on; nobody has to.
std::optional<std::string> finish_repair(Disk& disk, bool allowed) {
    if (allowed) {
        const auto finished = store::tools::finish_repair(disk);
        if (!finished) return finished.error();
        if (*finished) log::warning("store", "a repair that was broken off has been finished");
        return {};
    }
    const auto left = disk.list(store::kRepairFolder);
    if (left && left->empty()) return {};
    return "a repair was broken off: run tern store check --repair once more";
}

}  // namespace

std::optional<std::string> check_store(Disk& disk, const StoreCheckOptions& options,
                                       std::uint64_t journal, std::int64_t now_ms) {
    if (auto problem = finish_repair(disk, options.leaves_damage_out)) return problem;
    if (!options.everything && !options.leaves_damage_out) return {};
    const auto contents = Contents::read(disk);
    if (!contents) return contents.error();
    if (options.everything) {
        const auto messages = store::tools::check(**contents);
        if (!messages) return messages.error();
        log::info("store", "{} messages were checked", *messages);
    } else {
        store::tools::check_indexes(**contents);
    }
    const store::tools::Findings& findings = (*contents)->findings();
    if (findings.damages() == 0) return {};
    tell(findings);
    if (!options.leaves_damage_out) {
        return fmt::format(
            "{} ({} places; tern store check --repair saves what can be read, and "
            "so does ignoreMissingJournalfiles at a start)",
            text_of(first_damage(findings)), findings.damages());
    }
    const auto repaired = store::tools::repair(disk, **contents, journal, now_ms);
    if (!repaired) return repaired.error();
    log::warning("store",
                 "damage was left out: {} messages are there, {} are known to be lost; what was "
                 "there before is in {}",
                 repaired->copied.messages, repaired->copied.lost, repaired->aside);
    return {};
}

}  // namespace tern::server
