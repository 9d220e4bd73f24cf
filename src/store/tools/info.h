#pragma once

#include "store/tools/contents.h"

namespace tern::store::tools {

/// Files of one kind.
struct FileKind {
    std::string name;  ///< of the folder
    std::uint32_t format = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

struct QueueFacts {
    std::string name;
    std::uint64_t messages = 0;
    std::uint64_t announced = 0;  ///< of these, that may have been delivered
    std::uint64_t oldest_lsn = 0;
};

/// What a store has, as somebody wants to know who looks at it.
struct Info {
    std::uint64_t journal = 0;
    std::vector<FileKind> kinds{};
    std::uint64_t replayed_files = 0;  ///< of the journal, that a start reads
    std::uint64_t records = 0;         ///< in these
    std::uint64_t next_lsn = 0;
    std::uint64_t messages = 0;  ///< each once, on however many queues it is
    std::uint64_t exchanges = 0;
    std::uint64_t bindings = 0;
    std::uint64_t branches = 0;  ///< prepared transactions
    std::vector<QueueFacts> queues{};
    struct Oldest {
        std::uint64_t lsn = 0;
        std::string queue{};
        std::string file{};
        std::int64_t sent_ms = 0;
    };
    std::optional<Oldest> oldest{};  ///< message that is still there
};

[[nodiscard]] Answer<Info> info(Disk& disk, Contents& contents);

}  // namespace tern::store::tools
