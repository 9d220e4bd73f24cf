#include "realms/definitions.h"

#include "realms/vocabulary.h"
#include "security/crypto/rabbit_hash.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

namespace tern::realms {
namespace {

namespace json = boost::json;
using security::DefinedPermissions;

constexpr std::string_view kProtocol = "amqp091";
constexpr std::string_view kOperators = "http";
/// Not ignored.
constexpr std::array<std::string_view, 14> kKnown{
    "rabbit_version", "rabbitmq_version", "product_name", "product_version",
    "rabbitmq_definition_format", "users", "vhosts", "permissions",
    // Others read these.
    "exchanges", "queues", "bindings", "policies", "parameters", "global_parameters"};
constexpr std::string_view kTopics = "topic_permissions";

/// Reads members of one object; remembers the first that is not what it should be.
class Reader {
public:
    explicit Reader(const json::object& object) : object_(object) {}

    [[nodiscard]] std::string text(std::string_view name, bool needed = true) {
        const json::value* const value = object_.if_contains(name);
        if (value != nullptr && value->is_string()) return std::string(value->get_string());
        if ((needed || value != nullptr) && problem_.empty()) {
            problem_ = "there is no text " + std::string(name);
        }
        return {};
    }
    /// A list, or a text with commas, as older servers write it.
    [[nodiscard]] std::vector<std::string> names(std::string_view name) {
        const json::value* const value = object_.if_contains(name);
        if (value == nullptr) return {};
        if (value->is_string()) return security::split_names(value->get_string());
        std::vector<std::string> all;
        if (const json::array* const list = value->if_array()) {
            for (const json::value& one : *list) {
                if (one.is_string()) all.emplace_back(one.get_string());
            }
        }
        return all;
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    const json::object& object_;
    std::string problem_;
};

/// Calls `read` with each object of the list of that name; returns what is wrong, or nothing.
template <class Read>
std::string for_each(const json::object& whole, std::string_view name, Read read) {
    const json::value* const list = whole.if_contains(name);
    if (list == nullptr) return {};
    if (!list->is_array()) return std::string(name) + " is no list";
    for (const json::value& one : list->get_array()) {
        if (!one.is_object()) return std::string(name) + " has what is no object";
        Reader reader(one.get_object());
        read(reader);
        if (!reader.problem().empty()) return std::string(name) + ": " + reader.problem();
    }
    return {};
}

class DefinitionsRealm final : public security::Realm {
public:
    DefinitionsRealm(std::vector<DefinedUser> users, const TagGroups& groups) {
        for (DefinedUser& user : users) {
            std::vector<std::string> of_user;
            for (const std::string& tag : user.tags) {
                const auto& more = tag == "administrator" ? groups.administrator
                                   : is_looking(tag)      ? groups.monitoring
                                                          : none_;
                of_user.insert(of_user.end(), more.begin(), more.end());
            }
            auto identity = std::make_shared<const Identity>(user.name, std::move(of_user));
            std::string name = user.name;
            users_.insert_or_assign(std::move(name), Known{std::move(user), std::move(identity)});
        }
    }

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override {
        using Why = Refusal::Why;
        // Elsewhere nobody would ask for their permissions.
        if (shown.protocol != kProtocol && shown.protocol != kOperators) {
            return refusal(Why::abstains, "users of virtual hosts log in by AMQP 0-9-1");
        }
        if (!shown.user || !shown.password) return refusal(Why::abstains, "no user name");
        const auto found = users_.find(*shown.user);
        if (found == users_.end()) return refusal(Why::unknown, "no such user");
        const DefinedUser& user = found->second.user;
        if (is_well_known(user.name, shown.password->reveal()) && !is_near(shown.address)) {
            return refusal(Why::wrong,
                           "guest comes from this machine only, or with a password "
                           "that not everybody knows");
        }
        if (!security::matches_rabbit_hash(user.password_hash.reveal(), user.algorithm,
                                           shown.password->reveal())) {
            return refusal(Why::wrong, "wrong password");
        }
        return found->second.identity;
    }
    void pretend(const Credentials& shown) override {
        if (users_.empty() || !shown.password) return;
        const DefinedUser& user = users_.begin()->second.user;
        std::ignore = security::matches_rabbit_hash(user.password_hash.reveal(), user.algorithm,
                                                    shown.password->reveal());
    }

private:
    struct Known {
        DefinedUser user;
        security::IdentityPtr identity;
    };

    [[nodiscard]] static bool is_looking(std::string_view tag) {
        return tag == "monitoring" || tag == "management" || tag == "policymaker";
    }

    /// What every new server of RabbitMQ's has.
    [[nodiscard]] static bool is_well_known(std::string_view user, std::string_view password) {
        return user == "guest" && password == "guest";
    }
    [[nodiscard]] static bool is_near(std::string_view address) {
        return address.starts_with("127.") || address.starts_with("[::1]") ||
               address.starts_with("::1") || address.starts_with("[::ffff:127.");
    }

    const std::vector<std::string> none_;
    std::unordered_map<std::string, Known> users_;
};

}  // namespace

std::expected<Definitions, std::string> Definitions::parse(std::string_view text) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error) return std::unexpected("it is no JSON: " + error.message());
    const json::object* const whole = value.if_object();
    if (whole == nullptr) return std::unexpected("it is no object");
    Definitions read;
    std::vector<std::string> vhosts;
    std::vector<DefinedPermissions::Entry> entries;
    std::vector<DefinedPermissions::TopicEntry> topics;
    const std::array problems{
        for_each(*whole, "users",
                 [&read](Reader& user) {
                     read.users.push_back(
                         {.name = user.text("name"),
                          .password_hash = security::Secret(user.text("password_hash", false)),
                          .algorithm = user.text("hashing_algorithm", false),
                          .tags = user.names("tags")});
                 }),
        for_each(*whole, "vhosts",
                 [&vhosts](Reader& vhost) { vhosts.push_back(vhost.text("name")); }),
        for_each(*whole, "permissions",
                 [&entries](Reader& one) {
                     entries.push_back({.user = one.text("user"),
                                        .vhost = one.text("vhost"),
                                        .configure = one.text("configure"),
                                        .write = one.text("write"),
                                        .read = one.text("read")});
                 }),
        for_each(*whole, kTopics, [&topics](Reader& one) {
            topics.push_back({.user = one.text("user"),
                              .vhost = one.text("vhost"),
                              .exchange = one.text("exchange"),
                              .write = one.text("write"),
                              .read = one.text("read")});
        })};
    for (const std::string& problem : problems) {
        if (!problem.empty()) return std::unexpected(problem);
    }
    std::set<std::string, std::less<>> impersonators;
    for (const DefinedUser& user : read.users) {
        const bool may = std::ranges::find(user.tags, "impersonator") != user.tags.end();
        if (may) impersonators.insert(user.name);
    }
    auto permissions =
        DefinedPermissions::make(std::move(vhosts), entries, topics, std::move(impersonators));
    if (!permissions) return std::unexpected(std::move(permissions.error()));
    read.permissions = std::make_shared<const DefinedPermissions>(std::move(*permissions));
    for (const auto& member : *whole) {
        const std::string name(member.key());
        const json::value& content = member.value();
        const bool known = name == kTopics || std::ranges::find(kKnown, name) != kKnown.end();
        const bool empty = content.is_array() && content.get_array().empty();
        if (!known && !empty) read.ignored.push_back(name);
    }
    return read;
}

security::RealmPtr definitions_realm(std::vector<DefinedUser> users, const TagGroups& groups) {
    return std::make_shared<DefinitionsRealm>(std::move(users), groups);
}

}  // namespace tern::realms
