#include "realms/ldap_realm.h"
#include "realms/module_options.h"

#include <filesystem>
#include <optional>

namespace tern::realms {
namespace {

constexpr std::chrono::milliseconds kTimeoutMax = std::chrono::minutes(1);

/// What is said in the option, with a problem instead if it is needed and not there, or cannot be
/// decrypted.
class Reader {
public:
    Reader(ModuleOptions& options, Decrypt decrypt)
        : options_(options), decrypt_(std::move(decrypt)) {}

    [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise = {}) {
        auto clear = clear_value(options_.text(name, otherwise), decrypt_);
        if (clear) return std::move(*clear);
        fail("the option " + name + ": " + clear.error());
        return {};
    }
    [[nodiscard]] std::string needed(const std::string& name) {
        std::string value = text(name);
        if (value.empty()) fail("the option " + name + " is needed");
        return value;
    }
    [[nodiscard]] bool flag(const std::string& name) { return options_.flag(name); }
    [[nodiscard]] std::chrono::milliseconds timeout(std::chrono::milliseconds otherwise) {
        const auto given = options_.number("timeout", otherwise.count(), 1, kTimeoutMax.count());
        if (!given) fail("timeout is a number of milliseconds from 1 to 60000");
        return std::chrono::milliseconds(given.value_or(0));
    }
    void fail(std::string problem) {
        if (problem_.empty()) problem_ = std::move(problem);
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] const std::string& folder() const { return options_.place().folder; }

private:
    ModuleOptions& options_;
    Decrypt decrypt_;
    std::string problem_;
};

/// The account to search with.
void read_account(Reader& read, DirectoryOptions& directory) {
    const std::string how = read.text("authentication", "simple");
    if (how == "simple") {
        directory.user = read.needed("connectionUsername");
        directory.password = security::Secret(read.needed("connectionPassword"));
    } else if (how == "none") {
        // ActiveMQ wants them to be there nevertheless.
        std::ignore = read.text("connectionUsername");
        std::ignore = read.text("connectionPassword");
    } else {
        read.fail("authentication is simple or none, not " + how);
    }
}

DirectoryOptions read_directory(Reader& read) {
    DirectoryOptions directory;
    const std::string protocol = read.text("connectionProtocol");
    auto urls = parse_urls(read.needed("connectionURL"), protocol);
    if (urls) {
        directory.urls = std::move(*urls);
    } else {
        read.fail("connectionURL: " + urls.error());
    }
    read_account(read, directory);
    directory.start_tls = read.flag("startTls");
    const std::string authorities = read.text("caCertificates");
    if (!authorities.empty()) {
        directory.authorities = (std::filesystem::path(read.folder()) / authorities).string();
    }
    directory.timeout = read.timeout(directory.timeout);
    return directory;
}

MadeRealm make(ModuleOptions& options, Decrypt decrypt) {
    Reader read(options, std::move(decrypt));
    LdapOptions ldap;
    ldap.directory = read_directory(read);
    // There is one way to ask a directory here.
    std::ignore = read.text("initialContextFactory");
    ldap.user_base = read.text("userBase");
    ldap.user_matching = read.needed("userSearchMatching");
    ldap.user_subtree = read.flag("userSearchSubtree");
    ldap.user_role_attribute = read.text("userRoleName");
    ldap.role_base = read.text("roleBase");
    ldap.role_attribute = read.text("roleName");
    ldap.role_matching = ldap.role_attribute.empty() ? read.text("roleSearchMatching")
                                                     : read.needed("roleSearchMatching");
    ldap.role_subtree = read.flag("roleSearchSubtree");
    const bool expand = read.flag("expandRoles");
    ldap.group_matching =
        expand ? read.needed("expandRolesMatching") : read.text("expandRolesMatching");
    if (!expand) ldap.group_matching.clear();
    if (!read.problem().empty()) return std::unexpected(read.problem());
    return ldap_realm(std::move(ldap));
}

}  // namespace

MadeRealm make_ldap(ModuleOptions& options) {
    return make(options, nullptr);
}

MadeRealm make_encryptable_ldap(ModuleOptions& options) {
    return make(options, options.decrypt_by_options());
}

}  // namespace tern::realms
