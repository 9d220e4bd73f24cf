#pragma once

#include "bytes/buffer.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::amqp10 {

/// What a server keeps of a password for SCRAM-SHA-256 (RFC 5802, 3).
struct ScramCredentials {
    std::string salt;
    std::uint32_t iterations = 4096;
    std::string stored_key;
    std::string server_key;
};

/// Who may come in, and how to show it. Immutable, used from any shard; decides at once.
class Authenticator {
public:
    virtual ~Authenticator() = default;

    /// The mechanisms to offer, best first. `certificate` is the subject of the verified
    /// certificate that the peer showed, empty if it showed none.
    [[nodiscard]] virtual std::vector<std::string_view> mechanisms(
        std::string_view certificate) const = 0;
    [[nodiscard]] virtual bool anonymous() const = 0;
    [[nodiscard]] virtual bool plain(std::string_view user, std::string_view password) const = 0;
    /// The user that a certificate stands for. `wanted` is whom the peer wants to be, often empty.
    [[nodiscard]] virtual std::optional<std::string> external(std::string_view certificate,
                                                              std::string_view wanted) const = 0;
    [[nodiscard]] virtual std::optional<ScramCredentials> scram(std::string_view user) const = 0;
    /// Fresh random text for one exchange, printable and without commas.
    [[nodiscard]] virtual std::string nonce() const = 0;
};

/// Lets everybody in: a broker without users.
class OpenDoor final : public Authenticator {
public:
    [[nodiscard]] std::vector<std::string_view> mechanisms(std::string_view) const override {
        return {"PLAIN", "ANONYMOUS"};
    }
    [[nodiscard]] bool anonymous() const override { return true; }
    [[nodiscard]] bool plain(std::string_view, std::string_view) const override { return true; }
    [[nodiscard]] std::optional<std::string> external(std::string_view,
                                                      std::string_view) const override {
        return {};
    }
    [[nodiscard]] std::optional<ScramCredentials> scram(std::string_view) const override {
        return {};
    }
    [[nodiscard]] std::string nonce() const override { return {}; }
};

}  // namespace tern::amqp10
