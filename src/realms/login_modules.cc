#include "realms/login_modules.h"

#include "base/log.h"
#include "realms/certificate_realm.h"
#include "realms/guest_realm.h"
#include "realms/module_options.h"
#include "realms/parsed_file.h"
#include "realms/properties_realm.h"

#include <filesystem>

namespace tern::realms {
namespace {

MadeRealm make_guest(ModuleOptions& options) {
    GuestOptions guest;
    guest.user = options.text("org.apache.activemq.jaas.guest.user", guest.user);
    guest.group = options.text("org.apache.activemq.jaas.guest.role", guest.group);
    guest.group = options.text("org.apache.activemq.jaas.guest.group", guest.group);
    guest.credentials_invalidate = options.flag("credentialsInvalidate");
    return guest_realm(guest);
}

/// The two files of a module; the options of their names end in `.user` and in `.group`, or `.role`
/// in ActiveMQ Artemis.
struct Files {
    PropertiesFile::Options users;
    PropertiesFile::Options groups;
};

Files files_of(ModuleOptions& options, const std::string& prefix) {
    const std::filesystem::path folder = options.text("baseDir", options.place().folder);
    const bool reload = options.flag("reload");
    const Decrypt decrypt = options.flag("decrypt") ? options.decrypt("algorithm") : Decrypt();
    const auto file = [&](const std::string& name) {
        return PropertiesFile::Options{
            .path = (folder / name).string(), .reload = reload, .decrypt = decrypt};
    };
    const std::string roles = options.text(prefix + "role", "group");
    return {file(options.text(prefix + "user", "user")),
            file(options.text(prefix + "group", roles))};
}

MadeRealm make_properties(ModuleOptions& options) {
    auto [users, groups] = files_of(options, "org.apache.activemq.jaas.properties.");
    return properties_realm(std::move(users), std::move(groups));
}

MadeRealm make_certificate(ModuleOptions& options) {
    auto [users, groups] = files_of(options, "org.apache.activemq.jaas.textfiledn.");
    return certificate_realm(std::move(users), std::move(groups));
}

struct Known {
    std::string_view name;
    MadeRealm (*make)(ModuleOptions&);
};

/// Where ActiveMQ Artemis has its modules, which are called as those of Classic.
constexpr std::string_view kArtemis = "org.apache.activemq.artemis.spi.core.security.jaas.";
constexpr std::string_view kClassic = "org.apache.activemq.jaas.";

constexpr Known kKnown[] = {
    {"org.apache.activemq.jaas.PropertiesLoginModule", make_properties},
    {"org.apache.activemq.jaas.GuestLoginModule", make_guest},
    {"org.apache.activemq.jaas.TextFileCertificateLoginModule", make_certificate},
    {"org.apache.activemq.jaas.LDAPLoginModule", make_ldap},
    {"org.apache.activemq.jaas.EncryptableLDAPLoginModule", make_encryptable_ldap},
    // Our own; ActiveMQ has none that does this.
    {"ternmq.TokenLoginModule", make_token},
};

MadeRealm make_one(const LoginModule& module, const LoginPlace& place) {
    std::string name = module.name;
    if (name.starts_with(kArtemis)) name.replace(0, kArtemis.size(), kClassic);
    for (const Known& known : kKnown) {
        if (known.name != name) continue;
        ModuleOptions options(module.options, place);
        // To see more of what it does: the log's level says that here.
        std::ignore = options.flag("debug");
        MadeRealm made = known.make(options);
        for (const std::string& unknown : options.unread()) {
            log::warning("realms", "login.config:{}: {} does not know the option {}",
                         module.place.line, module.name, unknown);
        }
        return made;
    }
    std::string names;
    for (const Known& known : kKnown) names += " " + std::string(known.name);
    return std::unexpected("there is no login module " + module.name + " here; there are" + names);
}

}  // namespace

std::expected<security::RealmPtr, config::Problem> make_realm(const LoginEntry& entry,
                                                              const LoginPlace& place) {
    std::vector<security::ControlledRealm> realms;
    for (const LoginModule& module : entry.modules) {
        auto made = make_one(module, place);
        if (!made) return std::unexpected(config::Problem{module.place, std::move(made.error())});
        realms.push_back({module.control, std::move(*made)});
    }
    return security::combine(std::move(realms));
}

std::expected<security::RealmPtr, std::string> read_realm(const std::string& file,
                                                          std::string_view entry,
                                                          const config::Lookup& environment) {
    const auto at = [&file](const config::Problem& problem) {
        const auto [line, column] = problem.place;
        return std::unexpected(file + ":" + std::to_string(line) + ":" + std::to_string(column) +
                               ": " + problem.text);
    };
    const auto text = text_of(file);
    if (!text) return std::unexpected("cannot read " + file + ": " + text.error());
    const auto parsed = parse_login_config(*text, environment);
    if (!parsed) return at(parsed.error());
    const LoginEntry* const found = parsed->find(entry);
    if (found == nullptr) {
        return std::unexpected(file + " has no entry " + std::string(entry) +
                               ", and none that is called other");
    }
    auto made =
        make_realm(*found, {std::filesystem::absolute(file).parent_path().string(), environment});
    if (!made) return at(made.error());
    return std::move(*made);
}

}  // namespace tern::realms
