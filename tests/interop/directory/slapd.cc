#include "slapd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace tern::tests {
namespace {

constexpr const char* kRoot = "cn=root,dc=example,dc=com";
constexpr const char* kRootPassword = "root's secret";
constexpr int kPortAttempts = 5;

[[noreturn]] void give_up(const std::string& what) {
    std::cerr << "cannot go on: " << what << std::endl;
    std::abort();
}

/// Starts a program, whose output goes into the file.
::pid_t start_program(const std::vector<std::string>& command, const std::string& output) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const ::pid_t process = ::fork();
    if (process != 0) return process;
    const int file = ::open(output.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600);
    ::dup2(file, 1);
    ::dup2(file, 2);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

void run(const std::vector<std::string>& command, const std::string& output) {
    int status = 0;
    ::waitpid(start_program(command, output), &status, 0);
    if (status == 0) return;
    std::ifstream log(output);
    std::cerr << log.rdbuf();
    give_up(command[0] + " failed");
}

::sockaddr_in loopback(std::uint16_t port) {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t bind_anywhere(int socket) {
    ::sockaddr_in address = loopback(0);
    ::socklen_t bytes = sizeof address;
    auto* const raw = reinterpret_cast<::sockaddr*>(&address);
    if (::bind(socket, raw, bytes) != 0 || ::getsockname(socket, raw, &bytes) != 0) {
        give_up("no port is free");
    }
    return ntohs(address.sin_port);
}

bool is_listening(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const ::sockaddr_in address = loopback(port);
    const bool connected =
        ::connect(socket, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
}

std::string url_of(const std::string& scheme, const std::string& host, std::uint16_t port) {
    return scheme + "://" + host + ":" + std::to_string(port);
}

}  // namespace

std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const std::uint16_t port = bind_anywhere(socket);
    ::close(socket);
    return port;
}

Slapd::Slapd() {
    std::string name = (std::filesystem::temp_directory_path() / "tern_slapd_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::create_directory(folder_ / "data");
    make_certificates();
    write_configuration();
    run({"/usr/sbin/slapadd", "-f", path("slapd.conf"), "-l", TERN_DIRECTORY_LDIF}, path("log"));
    // Others look for a free port, too.
    for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
        port_ = free_port();
        tls_port_ = free_port();
        if (try_to_start()) return;
    }
    start();
}

Slapd::~Slapd() {
    kill();
    std::filesystem::remove_all(folder_);
}

void Slapd::make_certificates() const {
    for (const std::string name : {"ca", "other"}) {
        run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
             path(name + ".key"), "-out", path(name + ".pem"), "-subj", "/CN=Authority " + name,
             "-days", "2"},
            path("log"));
    }
    std::ofstream(path("server.ext")) << "subjectAltName=IP:127.0.0.1\n";
    run({"openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", path("server.key"), "-out",
         path("server.csr"), "-subj", "/CN=directory"},
        path("log"));
    run({"openssl", "x509", "-req", "-in", path("server.csr"), "-CA", path("ca.pem"), "-CAkey",
         path("ca.key"), "-CAcreateserial", "-out", path("server.pem"), "-days", "2", "-extfile",
         path("server.ext")},
        path("log"));
}

void Slapd::write_configuration() const {
    std::ofstream out(path("slapd.conf"));
    for (const std::string schema : {"core", "cosine", "inetorgperson"}) {
        out << "include /etc/ldap/schema/" << schema << ".schema\n";
    }
    out << "modulepath /usr/lib/ldap\nmoduleload back_mdb\n"
        << "TLSCACertificateFile " << path("ca.pem") << "\n"
        << "TLSCertificateFile " << path("server.pem") << "\n"
        << "TLSCertificateKeyFile " << path("server.key") << "\n"
        << "database mdb\nmaxsize 16777216\nsuffix dc=example,dc=com\n"
        << "rootdn " << kRoot << "\nrootpw \"" << kRootPassword << "\"\n"
        << "directory " << path("data") << "\n"
        << "access to attrs=userPassword by anonymous auth by * none\n"
        << "access to * by dn.exact=cn=mqbroker,ou=Services,dc=example,dc=com read by * none\n";
}

void Slapd::start() {
    if (try_to_start()) return;
    std::cerr << std::ifstream(path("log")).rdbuf();
    give_up("slapd does not start");
}

bool Slapd::try_to_start() {
    process_ = start_program(
        {"/usr/sbin/slapd", "-f", path("slapd.conf"), "-h", url() + " " + tls_url(), "-d", "0"},
        path("log"));
    while (!is_listening(port_) || !is_listening(tls_port_)) {
        if (::waitpid(process_, nullptr, WNOHANG) != 0) {
            process_ = 0;
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

void Slapd::kill() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
}

void Slapd::modify(const std::string& ldif) const {
    std::ofstream(path("changes.ldif")) << ldif;
    run({"ldapmodify", "-x", "-H", url(), "-D", kRoot, "-w", kRootPassword, "-f",
         path("changes.ldif")},
        path("log"));
}

std::string Slapd::url() const {
    return url_of("ldap", "127.0.0.1", port_);
}

std::string Slapd::tls_url() const {
    return url_of("ldaps", "127.0.0.1", tls_port_);
}

std::string Slapd::misnamed_url() const {
    return url_of("ldaps", "localhost", tls_port_);
}

SilentServer::SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    std::ignore = bind_anywhere(socket_);
    if (::listen(socket_, 16) != 0) give_up("cannot listen");
}

SilentServer::~SilentServer() {
    ::close(socket_);
}

std::string SilentServer::url() const {
    ::sockaddr_in address{};
    ::socklen_t bytes = sizeof address;
    ::getsockname(socket_, reinterpret_cast<::sockaddr*>(&address), &bytes);
    return url_of("ldap", "127.0.0.1", ntohs(address.sin_port));
}

}  // namespace tern::tests
