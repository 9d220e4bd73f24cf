#include "client/tls.h"

#include "client/tls_files.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace tern::client {
namespace {

std::string reason() {
    const char* const text = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return text == nullptr ? "the broker has ended the handshake" : text;
}

bool is_address(const std::string& host) {
    std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const TlsOptions& options) {
    SSL_CTX* const made = SSL_CTX_new(TLS_client_method());
    if (made == nullptr) return failure(Errc::tls_failed, reason());
    std::shared_ptr<const TlsContext> context(new TlsContext(made));
    SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
    SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
    if (options.trust_store.empty()) {
        SSL_CTX_set_default_verify_paths(made);
    } else if (auto used = use_trust_store(made, options); !used) {
        return std::unexpected(std::move(used.error()));
    }
    if (!options.certificate.empty()) {
        if (auto used = use_certificate(made, options); !used) {
            return std::unexpected(std::move(used.error()));
        }
    }
    return context;
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

Tls::Tls(const TlsContext& context, const std::string& host, bool verify_host)
    : tls_(SSL_new(context.get())) {
    SSL_set_bio(tls_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(tls_);
    const bool address = is_address(host);
    // A server with several certificates takes the one for the name.
    // OpenSSL's macro for it is not C++ as we compile it.
    if (!address) {
        std::string name = host;
        SSL_ctrl(tls_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    if (!verify_host) return;
    if (address) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_), host.c_str());
    } else {
        SSL_set1_host(tls_, host.c_str());
    }
}

Tls::~Tls() {
    SSL_free(tls_);
}

Result<bool> Tls::handshake() {
    const std::lock_guard lock(mutex_);
    ERR_clear_error();
    const int done = SSL_do_handshake(tls_);
    collect();
    if (done == 1) return true;
    if (SSL_get_error(tls_, done) == SSL_ERROR_WANT_READ) return false;
    return std::unexpected(problem(done));
}

void Tls::received(std::span<const std::uint8_t> bytes) {
    const std::lock_guard lock(mutex_);
    // Memory takes all of it.
    BIO_write(SSL_get_rbio(tls_), bytes.data(), static_cast<int>(bytes.size()));
}

Result<std::size_t> Tls::read(std::span<std::uint8_t> space) {
    const std::lock_guard lock(mutex_);
    std::size_t total = 0;
    while (total < space.size()) {
        ERR_clear_error();
        std::size_t count = 0;
        const int done = SSL_read_ex(tls_, space.data() + total, space.size() - total, &count);
        collect();
        if (done == 1) {
            total += count;
            continue;
        }
        if (total > 0 || SSL_get_error(tls_, done) == SSL_ERROR_WANT_READ) break;
        return std::unexpected(problem(done));
    }
    has_unread_ = total == space.size();
    return total;
}

Result<void> Tls::write(std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return {};
    const std::lock_guard lock(mutex_);
    ERR_clear_error();
    std::size_t count = 0;
    const int done = SSL_write_ex(tls_, bytes.data(), bytes.size(), &count);
    collect();
    if (done != 1) return std::unexpected(problem(done));
    return {};
}

void Tls::say_goodbye() {
    const std::lock_guard lock(mutex_);
    if (SSL_is_init_finished(tls_) == 0) return;
    std::ignore = SSL_shutdown(tls_);
    collect();
    ERR_clear_error();
}

/// Takes what OpenSSL has for the socket.
void Tls::collect() {
    std::array<std::uint8_t, std::size_t{16} * 1024> piece{};
    for (;;) {
        const int count =
            BIO_read(SSL_get_wbio(tls_), piece.data(), static_cast<int>(piece.size()));
        if (count <= 0) return;
        unsent_.append(Bytes(piece).first(static_cast<std::size_t>(count)));
    }
}

Error Tls::problem(int result) {
    const int kind = SSL_get_error(tls_, result);
    if (kind == SSL_ERROR_ZERO_RETURN) {
        return {.code = Errc::connection_lost, .text = "the broker has closed it"};
    }
    const long verdict = SSL_get_verify_result(tls_);
    std::string text = reason();
    if (verdict != X509_V_OK) text = X509_verify_cert_error_string(verdict);
    return {.code = Errc::tls_failed, .text = std::move(text)};
}

}  // namespace tern::client
