#pragma once

#include <cstdint>

namespace tern::broker {

/// How much of what all destinations share may be in use, in bytes; 0: no limit.
struct Limits {
    std::int64_t memory = 0;     ///< of messages, wherever in the broker they are
    std::int64_t store = 0;      ///< of all files: persistent messages
    std::int64_t temporary = 0;  ///< of files of messages that are not persistent
    std::int64_t schedule = 0;   ///< of messages that are wanted later
    /// A send that has no space fails: at once, or after so long; 0: never.
    bool fail_if_no_space = false;
    std::int64_t fail_if_no_space_after_ms = 0;

    /// Nobody asked for those of files: it is not worth a word when the disk has less.
    bool files_by_default = false;
    /// How often limits of files are compared with what the disk has; 0: at the start only.
    std::int64_t disk_check_ms = 0;
    /// A limit that was lowered for want of disk rises again when that much more is free; below 0:
    /// never.
    std::int64_t disk_regrow_bytes = -1;

    bool operator==(const Limits&) const = default;
};

}  // namespace tern::broker
