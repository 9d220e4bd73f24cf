#include "realms/parsed_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace tern::realms {
namespace {

constexpr std::uintmax_t kFileBytesMax = std::uintmax_t{16} << 20;

}  // namespace

std::optional<FileStamp> stamp_of(const std::string& path) {
    std::error_code error;
    FileStamp stamp{std::filesystem::last_write_time(path, error), 0};
    if (error) return {};
    stamp.bytes = std::filesystem::file_size(path, error);
    if (error) return {};
    return stamp;
}

std::expected<std::string, std::string> text_of(const std::string& path) {
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    if (error) return std::unexpected(error.message());
    if (bytes > kFileBytesMax) return std::unexpected("it is larger than 16 MiB");
    std::ifstream file(path, std::ios::binary);
    std::string text(bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(bytes));
    if (file.bad() || !file.is_open()) {
        return std::unexpected(std::generic_category().message(errno));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

}  // namespace tern::realms
