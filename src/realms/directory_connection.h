#pragma once

#include "security/secret.h"

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" {
struct ldap;
}

namespace tern::realms {

/// Where a directory is, and as whom to search in it.
struct DirectoryOptions {
    /// `ldap://host:port` and `ldaps://…`; the first one that answers is asked.
    std::vector<std::string> urls;
    std::string user;           ///< the DN of the account to search with; empty: anonymous
    security::Secret password;  ///< its password
    bool start_tls = false;     ///< TLS over `ldap://`; without it nothing is asked
    std::string authorities;    ///< a PEM file to verify the server by; empty: the system's
    /// For each step: to connect (to each server), to bind, to search.
    std::chrono::milliseconds timeout{5000};
};

/// What a directory says of one entry, of the attributes that were asked for.
struct DirectoryEntry {
    std::string dn;
    std::map<std::string, std::vector<std::string>> attributes;  ///< by name in lower case

    /// Of the attribute, whose name is in any case.
    [[nodiscard]] const std::vector<std::string>& values(std::string_view name) const;
};

struct DirectorySearch {
    enum class Scope : std::uint8_t { entry, one_level, subtree };

    std::string base;
    Scope scope = Scope::one_level;
    std::string filter = "(objectClass=*)";
    std::vector<std::string> attributes;
    int entries_max = 10'000;  ///< more are an error
};

struct DirectoryError {
    std::string text;
    /// Whether the connection is of no use any more.
    bool broken = false;
    /// Whether it is only that there is no such entry.
    bool missing = false;
};

/// A connection to a directory. One thread at a time; calls block for about the timeout at most.
class DirectoryConnection {
public:
    /// Connects, and is bound as the account to search with.
    [[nodiscard]] static std::expected<std::unique_ptr<DirectoryConnection>, DirectoryError> open(
        const DirectoryOptions& options);

    [[nodiscard]] std::expected<std::vector<DirectoryEntry>, DirectoryError> search(
        const DirectorySearch& what);
    /// Whether that is the password of the entry. Searches are done as that one until
    /// `bind_for_search`.
    [[nodiscard]] std::expected<bool, DirectoryError> bind(const std::string& dn,
                                                           const security::Secret& password);
    [[nodiscard]] std::expected<void, DirectoryError> bind_for_search();

private:
    struct Close {
        void operator()(::ldap* connection) const;
    };

    explicit DirectoryConnection(const DirectoryOptions& options) : options_(options) {}
    [[nodiscard]] std::string all_urls() const;
    [[nodiscard]] bool set_options();
    /// The library's result.
    [[nodiscard]] int simple_bind(const std::string& dn, const security::Secret& password);
    [[nodiscard]] std::expected<void, DirectoryError> connect();
    [[nodiscard]] DirectoryError error(std::string_view doing, int code) const;
    [[nodiscard]] DirectoryEntry read_entry(void* message) const;

    const DirectoryOptions& options_;
    std::unique_ptr<::ldap, Close> connection_;
};

/// The servers in a text, `ldap://HOST:PORT` or `ldaps://HOST:PORT` with blanks between them, or
/// why these are none. `protocol` is as for JNDI, where `ssl` means TLS from the start.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> parse_urls(
    std::string_view text, std::string_view protocol);

/// A value for a filter, so that nothing in it has a meaning there (RFC 4515).
[[nodiscard]] std::string escaped_for_filter(std::string_view value);

/// The parts of a DN, without their escapes, the first one first: `cn=a,dc=b` is `{cn, a}, {dc,
/// b}`. Empty: it is none, or a part has several values.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parts_of_dn(const std::string& dn);

}  // namespace tern::realms
