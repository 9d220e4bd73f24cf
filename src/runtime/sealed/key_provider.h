#pragma once

#include "runtime/sealed/page_cipher.h"

#include <expected>
#include <string>

namespace tern {

/// Wraps keys that data is encrypted with, so that they may lie beside it: a file with a key, or a
/// service that keeps its key to itself. Called at a start and by tools only, and may block. Errors
/// are texts, for whoever starts the broker.
class KeyProvider {
public:
    virtual ~KeyProvider() = default;
    /// Tells the wrapping keys of all providers apart; written beside what this one has wrapped, at
    /// most 255 bytes.
    [[nodiscard]] virtual std::string name() const = 0;
    /// At most 64 KiB.
    [[nodiscard]] virtual std::expected<std::string, std::string> wrap(const SecretKey& key) = 0;
    [[nodiscard]] virtual std::expected<SecretKey, std::string> unwrap(
        const std::string& wrapped) = 0;
};

}  // namespace tern
