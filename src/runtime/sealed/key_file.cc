#include "runtime/sealed/key_file.h"

#include "runtime/posix_file.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <optional>

namespace tern {
namespace {

constexpr std::size_t kWrappedBytes = kNonceBytes + kKeyBytes + kTagBytes;
constexpr std::string_view kAbout = "tern data key";

std::optional<SecretKey> parse(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() != 2 * kKeyBytes) return std::nullopt;
    std::array<std::uint8_t, kKeyBytes> bytes{};
    bool right = true;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char* const at = text.data() + 2 * i;
        const auto [end, error] = std::from_chars(at, at + 2, bytes.at(i), 16);
        right = right && error == std::errc() && end == at + 2;
    }
    const SecretKey key(bytes);
    ::OPENSSL_cleanse(bytes.data(), bytes.size());
    return right ? std::optional(key) : std::nullopt;
}

}  // namespace

std::expected<std::unique_ptr<KeyFile>, std::string> KeyFile::read(const std::string& path,
                                                                   Random& random) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return std::unexpected("cannot read " + path + ": " + system_failure().error().message());
    }
    PosixFile file(fd);
    struct stat status{};
    if (::fstat(fd, &status) != 0) return std::unexpected("cannot read " + path);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return std::unexpected(path + " has a key and may be read by others than its owner");
    }
    std::array<std::uint8_t, 128> text{};
    const auto got = file.read_at(0, text);
    if (!got) return std::unexpected("cannot read " + path + ": " + got.error().message());
    const auto key = parse(as_text(Bytes(text).first(*got)));
    ::OPENSSL_cleanse(text.data(), text.size());
    if (!key) return std::unexpected(path + " is no key: it takes 64 hexadecimal digits");
    return std::make_unique<KeyFile>(*key, random);
}

std::string KeyFile::name() const {
    return fmt::format("key {:016x}", fingerprint(key_));
}

std::expected<std::string, std::string> KeyFile::wrap(const SecretKey& key) {
    std::array<std::uint8_t, kWrappedBytes> wrapped{};
    const std::array numbers{random_.next(), random_.next()};
    std::copy_n(reinterpret_cast<const std::uint8_t*>(numbers.data()), kNonceBytes,
                wrapped.begin());
    PageCipher(key_).seal(std::span(wrapped).first<kNonceBytes>(), as_bytes(kAbout), key.reveal(),
                          wrapped.data() + kNonceBytes, std::span(wrapped).last<kTagBytes>());
    return std::string(as_text(wrapped));
}

std::expected<SecretKey, std::string> KeyFile::unwrap(const std::string& wrapped) {
    const Bytes bytes = as_bytes(wrapped);
    std::array<std::uint8_t, kKeyBytes> key{};
    const bool right = bytes.size() == kWrappedBytes &&
                       PageCipher(key_).open(bytes.first<kNonceBytes>(), as_bytes(kAbout),
                                             bytes.subspan(kNonceBytes, kKeyBytes), key.data(),
                                             bytes.last<kTagBytes>());
    if (!right) return std::unexpected("the store's keys are not wrapped with " + name());
    SecretKey unwrapped(key);
    ::OPENSSL_cleanse(key.data(), key.size());
    return unwrapped;
}

}  // namespace tern
