#pragma once

#include "bytes/buffer.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace tern {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

/// 256 bits that nobody may see. Overwritten when it goes.
class SecretKey {
public:
    SecretKey() = default;
    explicit SecretKey(std::span<const std::uint8_t, kKeyBytes> bytes);
    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    ~SecretKey();

    [[nodiscard]] std::span<const std::uint8_t, kKeyBytes> reveal() const { return bytes_; }
    /// Another one that follows from this one and `purpose`, from which this one does not follow.
    [[nodiscard]] SecretKey derive(Bytes purpose) const;

private:
    std::array<std::uint8_t, kKeyBytes> bytes_{};
};

/// The first 8 bytes of a key's SHA-256, to tell keys apart by.
[[nodiscard]] std::uint64_t fingerprint(const SecretKey& key);

/// AES-256-GCM with one key. Belongs to one thread.
class PageCipher {
public:
    explicit PageCipher(const SecretKey& key);
    ~PageCipher();
    PageCipher(PageCipher&&) noexcept;
    PageCipher(const PageCipher&) = delete;
    PageCipher& operator=(const PageCipher&) = delete;

    using Nonce = std::span<const std::uint8_t, kNonceBytes>;
    /// Writes as many bytes as `plain` has to `sealed`. A nonce is used once. `about` is vouched
    /// for, too, and not hidden.
    void seal(Nonce nonce, Bytes about, Bytes plain, std::uint8_t* sealed,
              std::span<std::uint8_t, kTagBytes> tag);
    /// False when the bytes are not what was sealed with this key; `plain` is worth nothing then.
    [[nodiscard]] bool open(Nonce nonce, Bytes about, Bytes sealed, std::uint8_t* plain,
                            std::span<const std::uint8_t, kTagBytes> tag);

private:
    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
};

}  // namespace tern
