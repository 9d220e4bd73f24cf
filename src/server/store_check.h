#pragma once

#include "runtime/disk.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tern::server {

struct StoreCheckOptions {
    /// Before it serves, all that the store has is read and checked: also what waits in segments
    /// and large files, which a start does not read otherwise.
    bool everything = false;
    /// What is damaged or missing is left out; without it a broker does not start on such a store.
    bool leaves_damage_out = false;
};

/// Does what the options ask for before a start reads the store: looks for damage, and puts a store
/// of what can be read in its place, as `tern store check --repair` does. Returns why the store
/// cannot be used, as a text for the user. `journal`: the id of a journal that may have to be made.
[[nodiscard]] std::optional<std::string> check_store(Disk& disk, const StoreCheckOptions& options,
                                                     std::uint64_t journal, std::int64_t now_ms);

}  // namespace tern::server
