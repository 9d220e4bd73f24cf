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

/// How clients may show who they are: whether they are let in is the broker's to say, but for what
/// is a secret between client and authenticator. Immutable, used from any shard; decides at once.
class Authenticator {
public:
    virtual ~Authenticator() = default;

    /// The mechanisms to offer, best first. `certificate` is the subject of the verified
    /// certificate that the peer showed, empty if it showed none.
    [[nodiscard]] virtual std::vector<std::string_view> mechanisms(
        std::string_view certificate) const = 0;
    [[nodiscard]] virtual std::optional<ScramCredentials> scram(std::string_view user) const = 0;
    /// Fresh random text for one exchange, printable and without commas.
    [[nodiscard]] virtual std::string nonce() const = 0;
};

/// Has no secrets: the broker is asked about everybody.
class OpenDoor final : public Authenticator {
public:
    [[nodiscard]] std::vector<std::string_view> mechanisms(
        std::string_view certificate) const override {
        if (certificate.empty()) return {"PLAIN", "ANONYMOUS"};
        return {"EXTERNAL", "PLAIN", "ANONYMOUS"};
    }
    [[nodiscard]] std::optional<ScramCredentials> scram(std::string_view) const override {
        return {};
    }
    [[nodiscard]] std::string nonce() const override { return {}; }
};

}  // namespace tern::amqp10
