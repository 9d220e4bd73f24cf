#include "journal/format.h"
#include "store/large_format.h"
#include "store/repair_folder.h"
#include "store/segment_format.h"
#include "store/tools/builder.h"
#include "store/tools/check.h"
#include "store/tools/sub_disk.h"

#include <array>
#include <charconv>

namespace tern::store::tools {
namespace {

/// The journal behind what it refers to: with a journal and segments of two stores no broker
/// starts. The numbers of files begin anew with it, so what is archived of the old one makes room.
constexpr std::array kFolders{kSegmentFolder, kLargeFolder, journal::kFolder,
                              journal::kArchiveFolder};
/// Each folder goes aside, and then the new one takes its place.
constexpr std::size_t kSteps = 2 * kFolders.size();
constexpr std::string_view kMarker = "step-";
constexpr std::string_view kAsidePrefix = "aside-";
constexpr std::size_t kAsideBytesMax = 64;

std::string in(std::string_view folder, std::string_view name) {
    return fmt::format("{}/{}", folder, name);
}

std::string marker(std::size_t step) {
    return in(kRepairFolder, fmt::format("{}{}", kMarker, step));
}

/// How far the move of a repaired store to its place is, by the name of a file that has the name of
/// the folder aside.
struct Progress {
    std::size_t step = 0;
    std::string aside;
};

Result<bool> has_files(Disk& disk, const std::string& folder) {
    const auto names = disk.list(folder);
    if (!names) return failure(names.error());
    return !names->empty();
}

Result<void> remove_all(Disk& disk, const std::string& folder) {
    const auto names = disk.list(folder);
    if (!names) return failure(names.error());
    for (const std::string& name : *names) {
        if (auto done = disk.remove(in(folder, name)); !done) return done;
    }
    return {};
}

Result<std::optional<Progress>> progress(Disk& disk) {
    const auto names = disk.list(kRepairFolder);
    if (!names) return failure(names.error());
    for (const std::string& name : *names) {
        if (!name.starts_with(kMarker)) continue;
        Progress found;
        const char* const end = name.data() + name.size();
        const auto [stop, error] = std::from_chars(name.data() + kMarker.size(), end, found.step);
        if (error != std::errc() || stop != end) continue;
        const auto file = disk.open(in(kRepairFolder, name), Disk::Open::existing);
        if (!file) return failure(file.error());
        std::array<std::uint8_t, kAsideBytesMax> text{};
        const auto got = (*file)->read_at(0, text);
        if (!got) return failure(got.error());
        found.aside = as_text(Bytes(text).first(*got));
        return found;
    }
    return std::nullopt;
}

Result<void> begin_move(Disk& disk, const std::string& aside) {
    if (auto done = disk.make_folder(aside); !done) return done;
    // Its name is durable only behind its content.
    const std::string unfinished = in(kRepairFolder, "unfinished");
    auto file = disk.open(unfinished, Disk::Open::create);
    if (!file) return failure(file.error());
    if (auto done = (*file)->write_at(0, std::array{as_bytes(aside)}); !done) return done;
    if (auto done = (*file)->sync(); !done) return done;
    if (auto done = disk.rename(unfinished, marker(0)); !done) return done;
    return disk.sync_folder(kRepairFolder);
}

/// One step, which may have been taken already.
Result<void> take(Disk& disk, const Progress& at) {
    const std::string folder = kFolders.at(at.step / 2);
    const bool goes_aside = at.step % 2 == 0;
    const std::string from = goes_aside ? folder : in(kRepairFolder, folder);
    const std::string to = goes_aside ? in(at.aside, folder) : folder;
    const auto there = has_files(disk, from);
    if (!there) return failure(there.error());
    if (!*there) return {};
    if (auto done = disk.rename(from, to); !done) return done;
    for (const std::string& changed : {std::string(), at.aside, std::string(kRepairFolder)}) {
        if (auto done = disk.sync_folder(changed); !done) return done;
    }
    return {};
}

/// Takes the steps that are left.
Result<void> move(Disk& disk, Progress at) {
    for (; at.step < kSteps; ++at.step) {
        if (auto done = take(disk, at); !done) return done;
        if (auto done = disk.rename(marker(at.step), marker(at.step + 1)); !done) return done;
        if (auto done = disk.sync_folder(kRepairFolder); !done) return done;
    }
    if (auto done = remove_all(disk, kRepairFolder); !done) return done;
    if (auto done = disk.remove(kRepairFolder); !done) return done;
    return disk.sync_folder("");
}

/// Makes room for a new store, where one that was not finished may be.
Result<void> clear(Disk& disk) {
    for (const char* const folder : kFolders) {
        if (auto done = remove_all(disk, in(kRepairFolder, folder)); !done) return done;
    }
    if (auto done = remove_all(disk, kRepairFolder); !done) return done;
    return disk.make_folder(kRepairFolder);
}

}  // namespace

Answer<void> refuse_leftovers(Disk& disk) {
    const auto names = disk.list("");
    if (!names) return problem_with("the data directory", names.error());
    for (const std::string& name : *names) {
        if (!name.starts_with(kAsidePrefix) && name != kRepairFolder) continue;
        return problem("{} of a repair is there: finish the repair, and move what it left away",
                       name);
    }
    return {};
}

Answer<bool> finish_repair(Disk& disk) {
    const auto at = progress(disk);
    if (!at) return problem_with(kRepairFolder, at.error());
    if (!*at) return false;
    if (auto done = move(disk, **at); !done) return problem_with(kRepairFolder, done.error());
    return true;
}

Answer<Repaired> repair(Disk& disk, Contents& contents, std::uint64_t journal,
                        std::int64_t now_ms) {
    if (auto done = clear(disk); !done) return problem_with(kRepairFolder, done.error());
    SubDisk made(disk, kRepairFolder);
    StoreBuilder builder(made, journal);
    const auto copied = copy(contents, builder, now_ms, Tolerance::damage);
    if (!copied) return std::unexpected(copied.error());
    const std::string aside = fmt::format("{}{}", kAsidePrefix, now_ms);
    Result<void> done = begin_move(disk, aside);
    if (done) done = move(disk, {.step = 0, .aside = aside});
    if (!done) return problem_with(aside, done.error());
    return Repaired{.aside = aside, .copied = *copied};
}

}  // namespace tern::store::tools
