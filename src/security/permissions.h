#pragma once

#include "security/rights.h"

#include <expected>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace tern::security {

/// RabbitMQ's permissions: which virtual hosts users may enter, and what they may configure
/// (`Right::admin`), write and read there. Immutable.
class Permissions {
public:
    virtual ~Permissions() = default;

    [[nodiscard]] virtual bool may_enter(std::string_view user, std::string_view vhost) const = 0;
    /// `resource`: the name of a queue or an exchange; empty: the default exchange's.
    [[nodiscard]] virtual bool allow(std::string_view user, Right right, std::string_view vhost,
                                     std::string_view resource) const = 0;
    /// Whether messages of a topic exchange may be sent, or bound, with that key.
    [[nodiscard]] virtual bool allow_key(std::string_view user, Right right, std::string_view vhost,
                                         std::string_view exchange, std::string_view key) const = 0;
    /// Whether messages may say that they are from another user.
    [[nodiscard]] virtual bool may_impersonate(std::string_view /*user*/) const { return false; }
    /// Those that are named, and have to be there.
    [[nodiscard]] virtual std::vector<std::string> vhosts() const { return {}; }
};

/// What RabbitMQ calls the exchange without a name.
inline constexpr std::string_view kDefaultExchange = "amq.default";

/// Those of RabbitMQ's definitions: expressions that the name of an exchange or a queue has to
/// match, and for topic exchanges the key as well.
class DefinedPermissions final : public Permissions {
public:
    struct Entry {
        std::string user;
        std::string vhost;
        std::string configure;
        std::string write;
        std::string read;
    };
    struct TopicEntry {
        std::string user;
        std::string vhost;
        std::string exchange;
        std::string write;
        std::string read;
    };

    /// Or which expression is none. As in RabbitMQ an expression matches a part of a name unless it
    /// is anchored, an empty one matches the empty name only, and `{username}` and `{vhost}` in one
    /// for keys are replaced.
    [[nodiscard]] static std::expected<DefinedPermissions, std::string> make(
        std::vector<std::string> vhosts, const std::vector<Entry>& entries,
        const std::vector<TopicEntry>& topics,
        std::set<std::string, std::less<>> impersonators = {});
    DefinedPermissions(DefinedPermissions&&) noexcept;
    DefinedPermissions& operator=(DefinedPermissions&&) noexcept;
    ~DefinedPermissions() override;

    [[nodiscard]] bool may_enter(std::string_view user, std::string_view vhost) const override;
    [[nodiscard]] bool allow(std::string_view user, Right right, std::string_view vhost,
                             std::string_view resource) const override;
    [[nodiscard]] bool allow_key(std::string_view user, Right right, std::string_view vhost,
                                 std::string_view exchange, std::string_view key) const override;
    [[nodiscard]] bool may_impersonate(std::string_view user) const override {
        return impersonators_.contains(user);
    }
    [[nodiscard]] std::vector<std::string> vhosts() const override { return vhosts_; }

private:
    using Expression = std::unique_ptr<const re2::RE2>;
    struct Expressions {
        Expression configure;
        Expression write;
        Expression read;

        [[nodiscard]] const re2::RE2& of(Right right) const;
    };
    struct Place {
        std::string user;
        std::string vhost;
        std::string exchange = {};

        auto operator<=>(const Place&) const = default;
    };

    DefinedPermissions();

    std::vector<std::string> vhosts_;
    std::map<Place, Expressions> entries_;
    std::map<Place, Expressions> topics_;
    std::set<std::string, std::less<>> impersonators_;
};

}  // namespace tern::security
