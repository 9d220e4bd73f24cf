#include "load/stream.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace tern::load {
namespace {

std::string last_tls_error() {
    const unsigned long code = ::ERR_get_error();
    ::ERR_clear_error();
    const char* const reason = code != 0 ? ::ERR_reason_error_string(code) : nullptr;
    return reason != nullptr ? reason : "broken off";
}

bool is_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> parsed{};
    return ::inet_pton(AF_INET, host.c_str(), parsed.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), parsed.data()) == 1;
}

int limited(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

void TlsClients::Free::operator()(ssl_ctx_st* context) const {
    ::SSL_CTX_free(context);
}

TlsClients::TlsClients(const Settings& settings)
    : host_(settings.host),
      context_(::SSL_CTX_new(::TLS_client_method())),
      verify_host_(settings.verify_host) {
    ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    // What is to be written may have moved when it is tried again.
    ::SSL_CTX_set_mode(context_.get(),
                       SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    const std::string& file = settings.trust_store;
    const int loaded = file.empty() ? ::SSL_CTX_set_default_verify_paths(context_.get())
                                    : ::SSL_CTX_load_verify_file(context_.get(), file.c_str());
    if (loaded != 1) error_ = "cannot read certificates from " + file;
}

void Stream::Free::operator()(ssl_st* connection) const {
    ::SSL_free(connection);
}

Stream::Stream(int socket, const TlsClients* tls) : socket_(socket) {
    if (tls == nullptr) return;
    tls_.reset(::SSL_new(tls->context_.get()));
    ::SSL_set_fd(tls_.get(), socket);
    ::SSL_set_connect_state(tls_.get());
    std::string host = tls->host_;
    // OpenSSL's macro for it is not C++ as we compile it.
    if (!is_address(host)) {
        ::SSL_ctrl(tls_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   host.data());
    }
    if (!tls->verify_host_) return;
    if (is_address(host)) {
        ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls_.get()), host.c_str());
    } else {
        ::SSL_set1_host(tls_.get(), host.c_str());
    }
}

ssize_t Stream::read(std::span<char> into) {
    if (tls_ != nullptr) {
        ::ERR_clear_error();
        return result(::SSL_read(tls_.get(), into.data(), limited(into.size())));
    }
    const ssize_t count = ::recv(socket_, into.data(), into.size(), MSG_DONTWAIT);
    if (count < 0) error_ = std::generic_category().message(errno);
    return count;
}

ssize_t Stream::write(std::string_view bytes) {
    if (tls_ != nullptr) {
        ::ERR_clear_error();
        return result(::SSL_write(tls_.get(), bytes.data(), limited(bytes.size())));
    }
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) error_ = std::generic_category().message(errno);
    return count;
}

ssize_t Stream::result(int status) {
    if (status > 0) return status;
    const int system = errno;
    switch (::SSL_get_error(tls_.get(), status)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            errno = EAGAIN;
            return -1;
        case SSL_ERROR_ZERO_RETURN:
            return 0;
        case SSL_ERROR_SYSCALL:
            error_ = system != 0 ? std::generic_category().message(system) : "broken off";
            break;
        default:
            error_ = last_tls_error();
    }
    errno = EIO;
    return -1;
}

}  // namespace tern::load
