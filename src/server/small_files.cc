#include "server/small_files.h"

#include <array>

namespace tern::server {

Result<std::string> small_file(Disk& disk, const std::string& name) {
    const auto file = disk.open(name, Disk::Open::existing);
    if (!file) {
        if (file.error() == std::errc::no_such_file_or_directory) return std::string();
        return failure(file.error());
    }
    const auto size = (*file)->size();
    if (!size) return failure(size.error());
    std::string text(*size, '\0');
    const auto count =
        (*file)->read_at(0, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    if (!count) return failure(count.error());
    text.resize(*count);
    return text;
}

Result<void> replace_file(Disk& disk, const std::string& name, std::string_view text) {
    const std::string draft = name + ".new";
    const auto file = disk.open(draft, Disk::Open::create);
    if (!file) return failure(file.error());
    if (auto emptied = (*file)->truncate(0); !emptied) return emptied;
    const std::array parts{as_bytes(text)};
    if (auto written = (*file)->write_at(0, parts); !written) return written;
    if (auto synced = (*file)->sync(); !synced) return synced;
    if (auto renamed = disk.rename(draft, name); !renamed) return renamed;
    return disk.sync_folder("");
}

}  // namespace tern::server
