#pragma once

#include "runtime/random.h"
#include "runtime/sealed/key_provider.h"

#include <memory>

namespace tern {

/// A key provider whose key stands in a file: 64 hexadecimal digits, as `openssl rand -hex 32`
/// writes them.
class KeyFile final : public KeyProvider {
public:
    /// Refuses a file that others than its owner may read. `random` outlives the provider.
    [[nodiscard]] static std::expected<std::unique_ptr<KeyFile>, std::string> read(
        const std::string& path, Random& random);
    KeyFile(const SecretKey& key, Random& random) : key_(key), random_(random) {}

    /// "key KKKKKKKKKKKKKKKK", by the key's fingerprint.
    [[nodiscard]] std::string name() const override;
    [[nodiscard]] std::expected<std::string, std::string> wrap(const SecretKey& key) override;
    [[nodiscard]] std::expected<SecretKey, std::string> unwrap(const std::string& wrapped) override;

private:
    SecretKey key_;
    Random& random_;
};

}  // namespace tern
