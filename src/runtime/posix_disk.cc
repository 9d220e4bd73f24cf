#include "runtime/posix_disk.h"

#include "runtime/posix_file.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace tern {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

/// The root itself is "" as a folder.
const char* folder_path(const std::string& folder) {
    return folder.empty() ? "." : folder.c_str();
}

int open_folder(int root, const char* name) {
    return retry_interrupted(
        [&] { return ::openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

/// Makes each folder of `path` that is not there.
Result<void> make_path(int root, const std::string& path) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        if (::mkdirat(root, part.c_str(), kFolderMode) != 0 && errno != EEXIST) {
            return system_failure();
        }
        if (end == std::string::npos) return {};
    }
}

/// A lock of the open file, not of the process: it also excludes a second disk in this process, and
/// closing another descriptor of the same file does not release it.
struct flock whole_file() {
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return whole;
}

int descriptor(File& file) {
    return static_cast<PosixFile&>(file).fd();
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

Result<std::unique_ptr<PosixDisk>> PosixDisk::open(const std::string& root) {
    if (const auto made = make_path(AT_FDCWD, root); !made) return failure(made.error());
    const int fd = open_folder(AT_FDCWD, root.c_str());
    if (fd < 0) return system_failure();
    return std::unique_ptr<PosixDisk>(new PosixDisk(fd));
}

PosixDisk::~PosixDisk() {
    ::close(root_);
}

Result<std::unique_ptr<File>> PosixDisk::open(const std::string& name, Open how) {
    const int flags = O_RDWR | O_CLOEXEC | (how == Open::create ? O_CREAT : 0);
    const int fd =
        retry_interrupted([&] { return ::openat(root_, name.c_str(), flags, kFileMode); });
    if (fd < 0) return system_failure();
    return std::make_unique<PosixFile>(fd);
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& folder) {
    const int fd = open_folder(root_, folder_path(folder));
    if (fd < 0 && errno == ENOENT) return {};
    if (fd < 0) return system_failure();
    const std::unique_ptr<DIR, CloseFolder> entries(::fdopendir(fd));
    if (entries == nullptr) {
        const auto failed = system_failure();
        ::close(fd);
        return failed;
    }
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        // Safe, as each thread reads a folder of its own. NOLINTNEXTLINE(concurrency-mt-unsafe)
        const dirent* entry = ::readdir(entries.get());
        if (entry == nullptr && errno != 0) return system_failure();
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

Result<void> PosixDisk::make_folder(const std::string& name) {
    return make_path(root_, name);
}

Result<void> PosixDisk::rename(const std::string& from, const std::string& to) {
    if (::renameat(root_, from.c_str(), root_, to.c_str()) != 0) return system_failure();
    return {};
}

Result<void> PosixDisk::remove(const std::string& name) {
    int result = ::unlinkat(root_, name.c_str(), 0);
    if (result != 0 && errno == EISDIR) result = ::unlinkat(root_, name.c_str(), AT_REMOVEDIR);
    if (result != 0) return system_failure();
    return {};
}

Result<std::uint64_t> PosixDisk::free_bytes() const {
    struct statvfs found{};
    if (retry_interrupted([&] { return ::fstatvfs(root_, &found); }) != 0) return system_failure();
    return std::uint64_t{found.f_bavail} * found.f_frsize;
}

Result<void> PosixDisk::sync_folder(const std::string& folder) {
    const int fd = open_folder(root_, folder_path(folder));
    if (fd < 0) return system_failure();
    const PosixFile opened(fd);
    if (::fsync(fd) != 0) return system_failure();
    return {};
}

Result<std::unique_ptr<File>> PosixDisk::lock(const std::string& name) {
    auto file = open(name, Open::create);
    if (!file) return file;
    struct flock whole = whole_file();
    if (::fcntl(descriptor(**file), F_OFD_SETLK, &whole) == 0) return file;
    if (errno == EAGAIN || errno == EACCES) {
        return failure(std::make_error_code(std::errc::resource_unavailable_try_again));
    }
    return system_failure();
}

Result<bool> PosixDisk::is_locked(const std::string& name) {
    const auto file = open(name, Open::existing);
    if (!file) return failure(file.error());
    struct flock whole = whole_file();
    if (::fcntl(descriptor(**file), F_OFD_GETLK, &whole) != 0) return system_failure();
    return whole.l_type != F_UNLCK;
}

}  // namespace tern
