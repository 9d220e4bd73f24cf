#pragma once

#include "security/permissions.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::security {

/// What the scopes of a token permit, whoever it speaks of. As RabbitMQ reads them:
/// `read:VHOST/NAME` or `read:VHOST/NAME/KEY`, and `write` and `configure` likewise. In each part
/// `*` stands for anything, and other characters may be percent-encoded.
class Scopes final : public Permissions {
public:
    /// Texts that are no such scopes permit nothing.
    explicit Scopes(const std::vector<std::string>& scopes);

    [[nodiscard]] bool may_enter(std::string_view user, std::string_view vhost) const override;
    [[nodiscard]] bool allow(std::string_view user, Right right, std::string_view vhost,
                             std::string_view resource) const override;
    [[nodiscard]] bool allow_key(std::string_view user, Right right, std::string_view vhost,
                                 std::string_view exchange, std::string_view key) const override;

private:
    /// What stands between stars, in its order.
    using Pattern = std::vector<std::string>;
    struct Scope {
        Right right;
        Pattern vhost;
        Pattern name;
        Pattern key;
    };

    [[nodiscard]] static std::optional<Scope> parse(std::string_view text);

    std::vector<Scope> scopes_;
};

}  // namespace tern::security
