#include "runtime/sealed/page_cipher.h"

#include "base/assert.h"
#include "bytes/byte_reader.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace tern {
namespace {

struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { ::EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

int length(Bytes bytes) {
    return static_cast<int>(bytes.size());
}

}  // namespace

SecretKey::SecretKey(std::span<const std::uint8_t, kKeyBytes> bytes) {
    std::ranges::copy(bytes, bytes_.begin());
}

SecretKey::~SecretKey() {
    ::OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

SecretKey SecretKey::derive(Bytes purpose) const {
    SecretKey derived;
    unsigned bytes = 0;
    const auto* const done = ::HMAC(::EVP_sha256(), bytes_.data(), static_cast<int>(kKeyBytes),
                                    purpose.data(), purpose.size(), derived.bytes_.data(), &bytes);
    TERN_ASSERT(done != nullptr && bytes == kKeyBytes);
    return derived;
}

std::uint64_t fingerprint(const SecretKey& key) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
    unsigned bytes = 0;
    const int done =
        ::EVP_Digest(key.reveal().data(), kKeyBytes, hash.data(), &bytes, ::EVP_sha256(), nullptr);
    TERN_ASSERT(done == 1);
    return load_big_endian<std::uint64_t>(hash.data());
}

/// With the key set up once.
struct PageCipher::Contexts {
    Context sealing{::EVP_CIPHER_CTX_new()};
    Context opening{::EVP_CIPHER_CTX_new()};
};

PageCipher::PageCipher(const SecretKey& key) : contexts_(std::make_unique<Contexts>()) {
    const std::uint8_t* const bytes = key.reveal().data();
    const bool right = contexts_->sealing != nullptr && contexts_->opening != nullptr &&
                       ::EVP_EncryptInit_ex(contexts_->sealing.get(), ::EVP_aes_256_gcm(), nullptr,
                                            bytes, nullptr) == 1 &&
                       ::EVP_DecryptInit_ex(contexts_->opening.get(), ::EVP_aes_256_gcm(), nullptr,
                                            bytes, nullptr) == 1;
    TERN_ASSERT(right);
}

PageCipher::~PageCipher() = default;
PageCipher::PageCipher(PageCipher&&) noexcept = default;

void PageCipher::seal(Nonce nonce, Bytes about, Bytes plain, std::uint8_t* sealed,
                      std::span<std::uint8_t, kTagBytes> tag) {
    EVP_CIPHER_CTX* const context = contexts_->sealing.get();
    int written = 0;
    // What fails here is the library or memory.
    const bool right =
        ::EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
        ::EVP_EncryptUpdate(context, nullptr, &written, about.data(), length(about)) == 1 &&
        ::EVP_EncryptUpdate(context, sealed, &written, plain.data(), length(plain)) == 1 &&
        ::EVP_EncryptFinal_ex(context, sealed + plain.size(), &written) == 1 &&
        ::EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
    TERN_ASSERT(right);
}

bool PageCipher::open(Nonce nonce, Bytes about, Bytes sealed, std::uint8_t* plain,
                      std::span<const std::uint8_t, kTagBytes> tag) {
    EVP_CIPHER_CTX* const context = contexts_->opening.get();
    int written = 0;
    return ::EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
           ::EVP_DecryptUpdate(context, nullptr, &written, about.data(), length(about)) == 1 &&
           ::EVP_DecryptUpdate(context, plain, &written, sealed.data(), length(sealed)) == 1 &&
           // The library asks for memory it may write to, and only reads it.
           ::EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTagBytes,
                                 const_cast<std::uint8_t*>(tag.data())) == 1 &&
           ::EVP_DecryptFinal_ex(context, plain + sealed.size(), &written) == 1;
}

}  // namespace tern
