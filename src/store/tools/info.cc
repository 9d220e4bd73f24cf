#include "store/tools/info.h"

#include "journal/format.h"
#include "store/tools/names.h"

#include <algorithm>
#include <array>

namespace tern::store::tools {
namespace {

Answer<FileKind> kind_of(Disk& disk, const char* folder, std::uint32_t format) {
    FileKind kind{.name = folder, .format = format};
    const auto names = disk.list(folder);
    if (!names) return problem_with(folder, names.error());
    for (const std::string& name : *names) {
        const std::string path = fmt::format("{}/{}", folder, name);
        const auto file = disk.open(path, Disk::Open::existing);
        if (!file) return problem_with(path, file.error());
        const auto size = (*file)->size();
        if (!size) return problem_with(path, size.error());
        ++kind.files;
        kind.bytes += *size;
    }
    return kind;
}

}  // namespace

Answer<Info> info(Disk& disk, Contents& contents) {
    Info info{.journal = contents.journal(),
              .replayed_files = contents.journal_files(),
              .records = contents.records(),
              .next_lsn = contents.next_lsn()};
    for (const auto& [folder, format] : std::array{
             std::pair{journal::kFolder, journal::kFormatVersion},
             std::pair{kSegmentFolder, kSegmentVersion}, std::pair{kLargeFolder, kLargeVersion}}) {
        auto kind = kind_of(disk, folder, format);
        if (!kind) return std::unexpected(kind.error());
        info.kinds.push_back(std::move(*kind));
    }
    for (const Document& one : contents.documents()) {
        if (one.key.kind == DocumentKind::exchange) ++info.exchanges;
        if (one.key.kind == DocumentKind::binding) ++info.bindings;
        if (one.key.kind == DocumentKind::branch) ++info.branches;
    }
    for (const Definition& queue : contents.queues())
        info.queues.push_back({.name = name_of(queue)});
    const auto facts = [&](broker::QueueId queue) -> QueueFacts& {
        const auto at = contents.find(queue) - contents.queues().data();
        return info.queues[static_cast<std::size_t>(at)];
    };
    const auto counted = contents.each([&](const StoredMessage& one) -> Answer<void> {
        ++info.messages;
        for (const Route& route : one.routes) {
            QueueFacts& queue = facts(route.queue);
            if (queue.messages++ == 0) queue.oldest_lsn = one.lsn;
            if (route.announced) ++queue.announced;
        }
        if (info.oldest) return {};
        const auto loaded = contents.load(one);
        info.oldest = {.lsn = one.lsn,
                       .queue = facts(one.routes.front().queue).name,
                       .file = one.places.empty() ? contents.journal_file(one.lsn)
                                                  : one.places.front().file->path(),
                       .sent_ms = loaded && *loaded ? (*loaded)->header().timestamp_ms : 0};
        return {};
    });
    if (!counted) return std::unexpected(counted.error());
    return info;
}

}  // namespace tern::store::tools
