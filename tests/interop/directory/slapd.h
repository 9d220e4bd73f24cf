#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tern::tests {

/// OpenLDAP's server on ports of its own, with the layout that ActiveMQ's users have: users,
/// groups, and destinations that hold the groups of those who may read, write and administer them.
class Slapd {
public:
    Slapd();
    ~Slapd();
    Slapd(const Slapd&) = delete;
    Slapd& operator=(const Slapd&) = delete;

    void start();
    /// As when the machine is gone.
    void kill();

    /// Applies changes, as `ldapmodify` reads them.
    void modify(const std::string& ldif) const;

    [[nodiscard]] std::string url() const;
    /// By the address that its certificate names.
    [[nodiscard]] std::string tls_url() const;
    /// By a name that its certificate does not have.
    [[nodiscard]] std::string misnamed_url() const;
    /// The authority that signed its certificate, and another one.
    [[nodiscard]] std::string authority() const { return path("ca.pem"); }
    [[nodiscard]] std::string other_authority() const { return path("other.pem"); }
    [[nodiscard]] std::string folder() const { return folder_.string(); }

private:
    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }
    /// False: it ended, as when its ports are taken.
    [[nodiscard]] bool try_to_start();
    void make_certificates() const;
    void write_configuration() const;

    std::filesystem::path folder_;
    std::uint16_t port_ = 0;
    std::uint16_t tls_port_ = 0;
    ::pid_t process_ = 0;
};

/// Takes connections, and never says anything.
class SilentServer {
public:
    SilentServer();
    ~SilentServer();
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;

    [[nodiscard]] std::string url() const;

private:
    int socket_;
};

/// A port of the loopback interface where nobody listens.
[[nodiscard]] std::uint16_t free_port();

}  // namespace tern::tests
