#include "gateway/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace tern::gateway {
namespace {

constexpr std::size_t kRecordBytes = std::size_t{16} * 1024;

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;
struct X509Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
struct BioFree {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

// Java's form: the most specific part first, a comma and a blank between parts, UTF-8 as it is.
constexpr unsigned long kSubjectForm =
    (XN_FLAG_RFC2253 & ~(XN_FLAG_SEP_MASK | ASN1_STRFLGS_ESC_MSB)) | XN_FLAG_SEP_CPLUS_SPC;

/// OpenSSL over two blocks of memory instead of a socket.
class TlsLayer final : public Layer {
public:
    TlsLayer(std::shared_ptr<SSL_CTX> context, SslPtr ssl)
        : context_(std::move(context)),
          ssl_(std::move(ssl)),
          in_(BIO_new(BIO_s_mem())),
          out_(BIO_new(BIO_s_mem())) {
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_accept_state(ssl_.get());
    }

    End receive(Bytes from_below, std::string& up, std::string& down) override {
        ERR_clear_error();
        BIO_write(in_, from_below.data(), static_cast<int>(from_below.size()));
        std::array<char, kRecordBytes> plain;
        int count = 0;
        while ((count = SSL_read(ssl_.get(), plain.data(), plain.size())) > 0) {
            up.append(plain.data(), static_cast<std::size_t>(count));
        }
        const int error = SSL_get_error(ssl_.get(), count);
        drain(down);
        if (error == SSL_ERROR_WANT_READ) return {};
        if (error == SSL_ERROR_ZERO_RETURN) return "";
        failed_ = true;
        return problem();
    }

    void send(Bytes bytes, std::string& down) override {
        ERR_clear_error();
        send_ticket();
        while (!bytes.empty() && !failed_) {
            const std::size_t size = std::min(bytes.size(), kRecordBytes);
            const int count = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(size));
            failed_ = count <= 0;
            if (!failed_) bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
        drain(down);
    }

    void close(bool, std::string& down) override {
        if (failed_ || SSL_is_init_finished(ssl_.get()) == 0) return;
        ERR_clear_error();
        std::ignore = SSL_shutdown(ssl_.get());  // the peer's answer is not waited for
        drain(down);
    }

    std::string certificate() const override {
        const std::unique_ptr<X509, X509Free> shown(SSL_get1_peer_certificate(ssl_.get()));
        if (shown == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
        const std::unique_ptr<BIO, BioFree> text(BIO_new(BIO_s_mem()));
        X509_NAME_print_ex(text.get(), X509_get_subject_name(shown.get()), 0, kSubjectForm);
        char* data = nullptr;
        const long size = BIO_get_mem_data(text.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }

private:
    [[nodiscard]] std::string problem() const {
        const unsigned long error = ERR_get_error();
        const char* const reason = ERR_reason_error_string(error);
        const bool begun = SSL_is_init_finished(ssl_.get()) != 0;
        std::string text = std::string(begun ? "TLS: " : "TLS handshake: ") +
                           (reason == nullptr ? "the peer makes no sense" : reason);
        if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
            ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
            text += ": ";
            text += X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get()));
        }
        return text;
    }

    /// By which the client may come back for less. Right behind the handshake it would meet clients
    /// that write their first words in one thread while another reads, which Python's TLS does not
    /// stand: the words are lost. With the broker's own first words it meets nobody who writes.
    void send_ticket() {
        if (std::exchange(ticket_sent_, true) || SSL_version(ssl_.get()) != TLS1_3_VERSION) return;
        std::ignore = SSL_new_session_ticket(ssl_.get());
    }

    void drain(std::string& down) {
        char* data = nullptr;
        const long size = BIO_get_mem_data(out_, &data);
        if (size > 0) down.append(data, static_cast<std::size_t>(size));
        std::ignore = BIO_reset(out_);
    }

    const std::shared_ptr<SSL_CTX> context_;  // until then, also when certificates are read again
    SslPtr ssl_;
    BIO* in_;   // owned by ssl_
    BIO* out_;  // owned by ssl_
    bool failed_ = false;
    bool ticket_sent_ = false;
};

}  // namespace

std::unique_ptr<Layer> TlsContext::accept(TlsOptions::ClientCertificate client,
                                          const std::string& address) const {
    using ClientCertificate = TlsOptions::ClientCertificate;
    std::shared_ptr<SSL_CTX> context = context_;
    SslPtr ssl(SSL_new(context.get()));
    if (client != ClientCertificate::none) {
        const bool needed = client == ClientCertificate::needed;
        SSL_set_verify(ssl.get(), SSL_VERIFY_PEER | (needed ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nullptr);
        X509_VERIFY_PARAM* const checks = SSL_get0_param(ssl.get());
        if (!address.empty() && X509_VERIFY_PARAM_set1_ip_asc(checks, address.c_str()) != 1) {
            // Such as one with a scope: no certificate is for it.
            std::ignore = X509_VERIFY_PARAM_set1_host(checks, address.c_str(), 0);
        }
    }
    return std::make_unique<TlsLayer>(std::move(context), std::move(ssl));
}

}  // namespace tern::gateway
