#include "server/security.h"

#include "admin/rabbitmq/policies.h"
#include "base/log.h"
#include "config/connector_uri.h"
#include "config/files/read_document.h"
#include "realms/definitions.h"
#include "realms/login_modules.h"
#include "realms/parsed_file.h"
#include "security/crypto/password_hash.h"
#include "security/crypto/scram.h"
#include "security/simple_realm.h"
#include "server/small_files.h"
#include "server/vhost_limits.h"
#include "server/vhost_policies.h"

#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace tern::server {
namespace {

security::RealmPtr make_realm(const config::SimpleAuthentication& simple) {
    std::vector<security::SimpleUser> users;
    users.reserve(simple.users.size());
    for (const config::AuthenticationUser& user : simple.users) {
        users.push_back(
            {user.name, security::Secret(user.password), security::split_names(user.groups)});
    }
    security::Anonymous anonymous;
    if (simple.anonymous_allowed) {
        anonymous.emplace(simple.anonymous_user, std::vector{simple.anonymous_group});
    }
    const auto plain = std::ranges::count_if(users, [](const security::SimpleUser& user) {
        return !security::is_password_hash(user.password.reveal());
    });
    if (plain > 0) {
        log::warning("security", "the configuration has {} passwords that are not hashed", plain);
    }
    return security::make_simple_realm(std::move(users), std::move(anonymous),
                                       {.matches = security::matches_password,
                                        .can_scram = security::can_scram,
                                        .scram_keys = security::scram_keys_of});
}

std::expected<security::RealmPtr, std::string> read_entry(const std::string& entry,
                                                          const std::string& document) {
    const config::Surroundings around = config::surroundings_of(document);
    const auto file = std::filesystem::path(around.conf) / "login.config";
    return realms::read_realm(file.string(), entry, around.lookup);
}

/// One realm for clients that show certificates, another for all others.
class Dual final : public security::Realm {
public:
    Dual(security::RealmPtr with_certificate, security::RealmPtr others)
        : with_certificate_(std::move(with_certificate)), others_(std::move(others)) {}

    [[nodiscard]] security::Verdict authenticate(const security::Credentials& shown) override {
        return realm_for(shown).authenticate(shown);
    }
    void pretend(const security::Credentials& shown) override { realm_for(shown).pretend(shown); }
    [[nodiscard]] broker::LoginWays login_ways() override { return others_->login_ways(); }
    [[nodiscard]] std::optional<security::ScramKeys> scram_keys(
        const security::Credentials& shown) override {
        return realm_for(shown).scram_keys(shown);
    }

private:
    [[nodiscard]] security::Realm& realm_for(const security::Credentials& shown) const {
        return shown.certificate.empty() ? *others_ : *with_certificate_;
    }

    security::RealmPtr with_certificate_;
    security::RealmPtr others_;
};

std::expected<security::RealmPtr, std::string> make_own_realm(const config::Plugins& plugins,
                                                              const std::string& document) {
    if (plugins.simple_authentication) return make_realm(*plugins.simple_authentication);
    const auto by_entry = [&document](const std::string& entry) {
        return read_entry(entry, document);
    };
    if (plugins.jaas_authentication) return by_entry(plugins.jaas_authentication->entry);
    if (plugins.jaas_certificate_authentication) {
        return by_entry(plugins.jaas_certificate_authentication->entry);
    }
    if (!plugins.jaas_dual_authentication) return nullptr;
    auto others = by_entry(plugins.jaas_dual_authentication->entry);
    if (!others) return others;
    auto with_certificate = by_entry(plugins.jaas_dual_authentication->certificate_entry);
    if (!with_certificate) return with_certificate;
    return std::make_shared<Dual>(std::move(*with_certificate), std::move(*others));
}

/// One realm for listeners that name no domain, and one for each domain.
class Domains final : public security::Realm {
public:
    Domains(security::RealmPtr own, std::map<std::string, security::RealmPtr> others)
        : own_(std::move(own)), others_(std::move(others)) {}

    [[nodiscard]] security::Verdict authenticate(const security::Credentials& shown) override {
        if (security::Realm* const realm = realm_for(shown)) return realm->authenticate(shown);
        return security::refusal(
            security::Refusal::Why::unavailable,
            "the document does not name the domain " + shown.domain + " any more");
    }
    void pretend(const security::Credentials& shown) override {
        if (security::Realm* const realm = realm_for(shown)) realm->pretend(shown);
    }
    /// Where clients may choose it is not known who they will be.
    [[nodiscard]] broker::LoginWays login_ways() override {
        broker::LoginWays ways = own_->login_ways();
        for (const auto& [name, realm] : others_) {
            const broker::LoginWays more = realm->login_ways();
            ways.scram_256 = ways.scram_256 && more.scram_256;
            ways.scram_512 = ways.scram_512 && more.scram_512;
            ways.tokens = ways.tokens || more.tokens;
        }
        return ways;
    }
    [[nodiscard]] std::optional<security::ScramKeys> scram_keys(
        const security::Credentials& shown) override {
        security::Realm* const realm = realm_for(shown);
        if (realm == nullptr) return {};
        return realm->scram_keys(shown);
    }

private:
    [[nodiscard]] security::Realm* realm_for(const security::Credentials& shown) const {
        if (shown.domain.empty()) return own_.get();
        const auto found = others_.find(shown.domain);
        return found == others_.end() ? nullptr : found->second.get();
    }

    security::RealmPtr own_;
    std::map<std::string, security::RealmPtr> others_;
};

security::RightsEntry entry_of(const config::AccessEntry& entry) {
    return {.read = security::Holders(entry.read),
            .write = security::Holders(entry.write),
            .admin = security::Holders(entry.admin)};
}

std::expected<std::vector<admin::rabbitmq::DefaultPolicy>, std::string> make_default_policies(
    const std::vector<config::OperatorPolicy>& policies) {
    namespace json = admin::json;
    std::vector<admin::rabbitmq::DefaultPolicy> made;
    for (const config::OperatorPolicy& one : policies) {
        boost::system::error_code error;
        json::value definition = json::parse(one.definition, error);
        if (error) definition = {};
        const json::object value{{"pattern", one.queue_pattern},
                                 {"definition", std::move(definition)},
                                 {"priority", 0},
                                 {"apply-to", "all"}};
        const auto wrong = [&one](const std::string& why) {
            return std::unexpected("the operators' policy " + one.name + " is not usable: " + why);
        };
        if (const std::string problem = admin::rabbitmq::problem_of(value, true);
            !problem.empty()) {
            return wrong(problem);
        }
        const auto pattern = std::make_shared<const RE2>(one.vhost_pattern, RE2::Quiet);
        if (!pattern->ok()) return wrong("its pattern is no expression: " + pattern->error());
        made.push_back({.name = one.name,
                        .matches =
                            [pattern](std::string_view vhost) {
                                return RE2::PartialMatch(
                                    re2::StringPiece(vhost.data(), vhost.size()), *pattern);
                            },
                        .value = value});
    }
    return made;
}

}  // namespace

std::expected<security::RealmPtr, std::string> make_realm(const config::Broker& broker,
                                                          const std::string& document) {
    auto own = make_own_realm(broker.plugins, document);
    if (!own) return own;
    std::map<std::string, security::RealmPtr> domains;
    for (const config::TransportConnector& connector : broker.transport_connectors) {
        const auto uri = config::parse_connector_uri(connector.uri);
        if (!uri || uri->security_domain.empty() || domains.contains(uri->security_domain)) {
            continue;
        }
        if (*own == nullptr) {
            return std::unexpected("securityDomain=" + uri->security_domain +
                                   " needs an authentication plugin, for the other listeners");
        }
        auto domain = read_entry(uri->security_domain, document);
        if (!domain) return domain;
        domains.emplace(uri->security_domain, std::move(*domain));
    }
    if (domains.empty()) return own;
    return std::make_shared<Domains>(std::move(*own), std::move(domains));
}

std::expected<Defined, std::string> read_definitions(std::string_view text,
                                                     const OperatorGroups& groups,
                                                     std::string_view default_queue_type) {
    auto read = realms::Definitions::parse(text);
    if (!read) return std::unexpected(read.error());
    for (const std::string& ignored : read->ignored) {
        log::warning("security", "definitions: nothing is done about their {}", ignored);
    }
    auto policies = read_vhost_policies(text);
    if (!policies) return std::unexpected(policies.error());
    auto limits = read_vhost_limits(text);
    if (!limits) return std::unexpected(limits.error());
    auto topology = amqp091::Definitions::parse(text, default_queue_type);
    if (!topology) return std::unexpected(topology.error());
    std::vector<std::string> names;
    names.reserve(read->users.size());
    for (const realms::DefinedUser& user : read->users) names.push_back(user.name);
    return Defined{
        .realm = realms::definitions_realm(std::move(read->users), {groups.admin, groups.view}),
        .permissions = std::move(read->permissions),
        .users = std::move(names),
        .policies = std::move(*policies),
        .limits = std::move(*limits),
        .queue_types = topology->default_types,
        .topology = std::move(*topology)};
}

std::expected<broker::VhostPoliciesPtr, std::string> default_policies(
    const std::vector<config::OperatorPolicy>& defaults) {
    auto policies = make_default_policies(defaults);
    if (!policies) return std::unexpected(policies.error());
    const auto book = admin::rabbitmq::Book::read({}, {}, std::move(*policies));
    if (!book) return std::unexpected(book.error());
    return read_vhost_policies(book->definitions());
}

std::expected<std::shared_ptr<const admin::rabbitmq::Book>, std::string> read_book(
    Disk& disk, const std::string& file, const std::vector<config::OperatorPolicy>& defaults,
    bool needed) {
    auto policies = make_default_policies(defaults);
    if (!policies) return std::unexpected(policies.error());
    std::string text;
    if (!file.empty()) {
        auto read = realms::text_of(file);
        if (!read) return std::unexpected("cannot use " + file + ": " + read.error());
        text = std::move(*read);
    }
    const auto changes = small_file(disk, kChangesFile);
    if (!changes) {
        return std::unexpected(std::string("cannot read ") + kChangesFile +
                               " in the data directory: " + changes.error().message());
    }
    if (text.empty() && changes->empty() && !needed) return nullptr;
    auto book = admin::rabbitmq::Book::read(text, *changes, std::move(*policies));
    if (!book) return std::unexpected("cannot use " + file + ": " + book.error());
    return std::make_shared<const admin::rabbitmq::Book>(std::move(*book));
}

Result<void> keep_changes(Disk& disk, const admin::rabbitmq::Book& book) {
    return replace_file(disk, kChangesFile, book.changes());
}

std::expected<std::unique_ptr<realms::DirectoryRights>, std::string> make_directory_rights(
    const config::Plugins& plugins, const std::string& document,
    realms::DirectoryRights::Changed changed) {
    if (!plugins.authorization || !plugins.authorization->directory) return nullptr;
    const config::DirectoryAuthorizationMap& map = *plugins.authorization->directory;
    realms::DirectoryRightsOptions options;
    auto urls = realms::parse_urls(map.url, map.protocol);
    if (!urls) return std::unexpected("cachedLDAPAuthorizationMap: " + urls.error());
    options.directory = {.urls = std::move(*urls),
                         .user = map.user,
                         .password = security::Secret(map.password),
                         .start_tls = map.start_tls,
                         .authorities = {}};
    if (!map.authorities.empty()) {
        const std::filesystem::path conf = config::surroundings_of(document).conf;
        options.directory.authorities = (conf / map.authorities).string();
    }
    static_cast<config::DirectoryLayout&>(options) = map;
    options.refresh = !map.refresh_disabled;
    if (map.refresh_ms >= 0) {
        // Without a pause nothing else would be done there.
        constexpr std::int64_t kShortestMs = 100;
        options.refresh_interval = std::chrono::milliseconds(std::max(map.refresh_ms, kShortestMs));
    }
    return std::make_unique<realms::DirectoryRights>(std::move(options), std::move(changed));
}

security::RightsPtr make_rights(const config::Plugins& plugins) {
    if (!plugins.authorization || !plugins.authorization->map) return nullptr;
    const config::AuthorizationMap& map = *plugins.authorization->map;
    std::vector<security::Rights::Rule> rules;
    for (const config::AuthorizationEntry& entry : map.entries) {
        const auto destination = entry.destination();
        if (!destination) continue;
        for (const broker::Destination& one : broker::elements(destination->view())) {
            rules.push_back({one, entry_of(entry)});
        }
    }
    std::optional<security::RightsEntry> otherwise;
    if (map.otherwise) otherwise = entry_of(*map.otherwise);
    std::optional<security::RightsEntry> temporary;
    if (map.temporary) temporary = entry_of(*map.temporary);
    using Counting = security::Rights::Counting;
    return std::make_shared<const security::Rights>(
        std::move(rules), std::move(otherwise), std::move(temporary),
        map.closest_entry_only ? Counting::closest : Counting::all);
}

}  // namespace tern::server
