#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tern::mqtt {

/// One client that shows who it is by AUTH packets (MQTT 5.0, 4.12).
class Authentication {
public:
    enum class Verdict : std::uint8_t { go_on, accepted, refused };
    struct Step {
        Verdict verdict = Verdict::refused;
        std::string data;  ///< for the client; empty: none
    };

    virtual ~Authentication() = default;

    /// Takes what the client said, first with its CONNECT. Not called again after a verdict.
    [[nodiscard]] virtual Step next(std::string_view data) = 0;
};

/// The methods of authentication that there are. Immutable, used from any shard; decides at once.
class Authenticator {
public:
    virtual ~Authenticator() = default;

    /// Null: there is no such method, or not for this client.
    [[nodiscard]] virtual std::unique_ptr<Authentication> begin(
        std::string_view method, std::string_view client_id) const = 0;
};

/// A broker without users has no methods.
class NoMethods final : public Authenticator {
public:
    [[nodiscard]] std::unique_ptr<Authentication> begin(std::string_view,
                                                        std::string_view) const override {
        return nullptr;
    }
};

}  // namespace tern::mqtt
