#include "realms/token_realm.h"

#include "realms/module_options.h"
#include "realms/vocabulary.h"
#include "security/scopes.h"

#include <chrono>
#include <filesystem>

namespace tern::realms {
namespace {

constexpr std::int64_t kLeewayMax = 3600;

std::int64_t system_time_s() {
    using std::chrono::seconds;
    using std::chrono::system_clock;
    return std::chrono::duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

class TokenRealm final : public security::Realm {
public:
    explicit TokenRealm(TokenOptions options)
        : rules_(std::move(options.rules)),
          clock_(options.clock ? std::move(options.clock) : system_time_s),
          keys_(std::move(options.keys)) {}

    [[nodiscard]] broker::LoginWays login_ways() override { return {.tokens = true}; }
    [[nodiscard]] bool takes_passwords() const override { return false; }
    [[nodiscard]] Verdict authenticate(const Credentials& shown) override {
        const std::string_view token = shown.bearer_token();
        if (token.empty()) return refusal(Refusal::Why::abstains, "no token");
        const auto keys = keys_->get();
        if (!keys) return refusal(Refusal::Why::unavailable, keys.error());
        auto subject = check_token(token, **keys, rules_, clock_());
        if (!subject && !(*keys)->has(key_named_by(token))) {
            // Who signs tokens takes new keys from time to time.
            const auto newer = keys_->newer_than(*keys);
            if (newer) subject = check_token(token, *newer, rules_, clock_());
        }
        if (!subject) return refusal(Refusal::Why::wrong, std::move(subject.error()));
        auto standing_then = [clock = clock_, until_s = subject->until_s] {
            return static_cast<double>(clock()) < until_s ? Standing::good : Standing::over;
        };
        security::PermissionsPtr permissions;
        if (!rules_.scope_prefix.empty()) {
            permissions = std::make_shared<const security::Scopes>(subject->scopes);
        }
        return std::make_shared<const Identity>(std::move(subject->user),
                                                std::move(subject->groups),
                                                std::move(standing_then), std::move(permissions));
    }

private:
    const TokenRules rules_;
    const std::function<std::int64_t()> clock_;
    const std::shared_ptr<KeySource> keys_;
};

bool is_supported(std::string_view algorithm) {
    for (const std::string_view known : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
                                         "ES256", "ES384", "ES512", "HS256", "HS384", "HS512"}) {
        if (algorithm == known) return true;
    }
    return false;
}

/// A file beside the `login.config`, or a URL.
std::expected<std::shared_ptr<KeySource>, std::string> keys_of(ModuleOptions& options) {
    const std::filesystem::path folder = options.place().folder;
    const std::string keys = options.text("keys");
    const std::string authorities = options.text("caCertificates");
    const auto timeout = options.number("timeout", 5000, 1, 60'000);
    const auto refresh = options.number("keysRefresh", 300, 1, 24 * 3600);
    if (!timeout) return std::unexpected("timeout is a number of milliseconds from 1 to 60000");
    if (!refresh) return std::unexpected("keysRefresh is a number of seconds from 1 to 86400");
    if (!keys.contains("://")) return key_file((folder / keys).string());
    if (!may_be_fetched(keys)) {
        return std::unexpected(
            "keys is a file, or a URL that begins with https:// (or http://localhost) and has no "
            "password in it");
    }
    return key_url({.from = {.url = keys,
                             .authorities = authorities.empty() ? authorities
                                                                : (folder / authorities).string(),
                             .timeout = std::chrono::milliseconds(*timeout)},
                    .refresh = std::chrono::seconds(*refresh)});
}

}  // namespace

MadeRealm make_token(ModuleOptions& options) {
    TokenOptions token;
    auto keys = keys_of(options);
    if (!keys) return std::unexpected(keys.error());
    token.keys = std::move(*keys);
    TokenRules& rules = token.rules;
    rules.issuer = options.text("issuer");
    rules.audience = options.text("audience");
    if (options.text("keys").empty() || rules.issuer.empty() || rules.audience.empty()) {
        return std::unexpected("the options keys, issuer and audience are needed");
    }
    rules.algorithms = security::split_names(options.text("algorithms", "RS256,ES256"));
    for (const std::string& algorithm : rules.algorithms) {
        if (!is_supported(algorithm)) {
            return std::unexpected("algorithms: there is no " + algorithm + " here");
        }
    }
    rules.user_claim = options.text("userClaim", rules.user_claim);
    rules.groups_claim = options.text("groupsClaim", rules.groups_claim);
    rules.scope_prefix = options.text("scopePrefix");
    rules.scopes_claim = options.text("scopesClaim", rules.scopes_claim);
    const auto leeway = options.number("leeway", rules.leeway_s, 0, kLeewayMax);
    if (!leeway) return std::unexpected("leeway is a number of seconds from 0 to 3600");
    rules.leeway_s = *leeway;
    return token_realm(std::move(token));
}

security::RealmPtr token_realm(TokenOptions options) {
    return std::make_shared<TokenRealm>(std::move(options));
}

}  // namespace tern::realms
