#include "server/console_password.h"

#include "security/crypto/password_hash.h"
#include "server/small_files.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tern::server {
namespace {

/// More than any hash has.
constexpr std::size_t kFileBytesMax = 4096;

/// A hundred random bits, in letters and digits that cannot be taken for others.
security::Secret make_password(Random& random) {
    constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
    static_assert(kLetters.size() == 32);
    constexpr int kGroups = 4;
    constexpr int kGroupLetters = 5;
    std::string text;
    for (int group = 0; group < kGroups; ++group) {
        if (group > 0) text += '-';
        for (int i = 0; i < kGroupLetters; ++i) text += kLetters[random.below(kLetters.size())];
    }
    security::Secret password(text);
    ::explicit_bzero(text.data(), text.size());
    return password;
}

Result<std::string> read(File& file) {
    const auto size = file.size();
    if (!size) return failure(size.error());
    std::string text(std::min<std::uint64_t>(*size, kFileBytesMax), '\0');
    const auto count = file.read_at(0, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    if (!count) return failure(count.error());
    text.resize(std::min(*count, text.find_first_of("\r\n")));
    return text;
}

}  // namespace

std::expected<ConsolePassword, std::string> console_password(Disk& disk, Random& random) {
    const auto failed = [](const char* what, const std::string& why) {
        return std::unexpected(std::string("cannot ") + what + " " + kConsolePasswordFile +
                               " in the data directory: " + why);
    };
    const auto kept = disk.open(kConsolePasswordFile, Disk::Open::existing);
    if (kept) {
        const auto hash = read(**kept);
        if (!hash) return failed("read", hash.error().message());
        if (!security::is_password_hash(*hash)) return failed("use", "it is no password's hash");
        return ConsolePassword{.hash = security::Secret(*hash)};
    }
    if (kept.error() != std::errc::no_such_file_or_directory) {
        return failed("read", kept.error().message());
    }
    security::Secret password = make_password(random);
    const auto hash = security::hash_password(password);
    if (!hash) return failed("make", hash.error());
    // Half of a hash would lock everybody out.
    if (const auto written = replace_file(disk, kConsolePasswordFile, *hash + "\n"); !written) {
        return failed("write", written.error().message());
    }
    return ConsolePassword{.hash = security::Secret(*hash), .made = std::move(password)};
}

}  // namespace tern::server
