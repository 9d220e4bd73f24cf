#pragma once

#include "store/tools/contents.h"

namespace tern::store::tools {

/// Where the contents of a store go: an archive, or another store. Called in this order: `begin`,
/// then definitions before what is on their queues and bodies before what refers to them, `finish`.
class Target {
public:
    virtual ~Target() = default;

    struct About {
        std::uint64_t journal = 0;    ///< that it comes from
        std::uint64_t next_lsn = 1;   ///< all messages have lower ones
        std::int64_t written_ms = 0;  ///< since 1970
    };
    [[nodiscard]] virtual Answer<void> begin(const About& about) = 0;
    /// A record of the journal, other than a publish, settle or mark (docs/formats/records.md).
    [[nodiscard]] virtual Answer<void> record(RecordType type, Bytes body) = 0;
    /// Followed by its pieces, in their order.
    [[nodiscard]] virtual Answer<void> begin_body(std::uint64_t id, std::uint64_t size) = 0;
    [[nodiscard]] virtual Answer<void> piece(Bytes content) = 0;
    [[nodiscard]] virtual Answer<void> message(std::uint64_t lsn, std::span<const Route> routes,
                                               const MessagePtr& message) = 0;
    [[nodiscard]] virtual Answer<void> finish() = 0;
};

/// Hands the definition of a queue or subscription over as its record.
[[nodiscard]] Answer<void> define(Target& target, const Definition& queue);

/// What was copied.
struct Copied {
    std::uint64_t queues = 0;
    std::uint64_t documents = 0;
    std::uint64_t messages = 0;
    std::uint64_t bodies = 0;
    std::uint64_t lost = 0;  ///< messages that could not be read
};

enum class Tolerance : bool {
    none,    ///< what cannot be read is an error
    damage,  ///< it is left out, and everything counts as possibly delivered
};

/// Copies everything, `finish` included.
[[nodiscard]] Answer<Copied> copy(Contents& contents, Target& target, std::int64_t now_ms,
                                  Tolerance tolerance);

}  // namespace tern::store::tools
