#pragma once

#include "gateway/layer.h"

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace tern::gateway {

/// Certificates, keys, and what is asked of clients. Files are PEM or PKCS#12 key stores, which is
/// seen by what they contain.
struct TlsOptions {
    /// What a listener asks for, unless it is told otherwise.
    enum class ClientCertificate : std::uint8_t { none, wanted, needed };
    enum class Version : std::uint8_t { v1_2, v1_3 };

    std::string certificate;  ///< with its chain; a key store holds the key as well
    std::string key;          ///< of a certificate in PEM; empty: it lies in the certificate's file
    std::string key_password;
    std::string authorities;  ///< that sign the certificates of clients
    std::string authorities_password;
    /// Lists, in PEM, of certificates that their authorities have revoked: then each client's needs
    /// the list of its authority, one that has not expired. Empty: nobody looks.
    std::string revocations;
    /// What an OCSP responder has said of the first certificate, in DER, for clients that ask for
    /// it in the handshake (stapling). Empty: they get nothing.
    std::string ocsp_response;
    ClientCertificate client_certificate = ClientCertificate::none;
    Version min_version = Version::v1_2;
    /// Separated by ":", by OpenSSL's names or by those of the standard. Where it names none of a
    /// version, 1.3 has OpenSSL's, and 1.2 those with ECDHE and GCM or ChaCha20.
    std::string ciphers;
    /// Further certificates, each with its key in the same file, for clients that ask for a host
    /// (SNI) that is in one of these and not in the first.
    std::vector<std::string> host_certificates;
};

/// What the connections of a broker have in common in TLS. Shared by all shards.
class TlsContext {
public:
    /// Reads the files; says in words what is wrong.
    [[nodiscard]] static std::expected<std::unique_ptr<TlsContext>, std::string> load(
        const TlsOptions& options);

    /// Reads the files again, for the connections to come; or says in words what is wrong with
    /// them, and all stays as it is.
    [[nodiscard]] std::optional<std::string> reload();
    /// The server's side of a new connection. `address`: of the client, if its certificate has to
    /// be for it.
    [[nodiscard]] std::unique_ptr<Layer> accept(TlsOptions::ClientCertificate client,
                                                const std::string& address = {}) const;
    /// OpenSSL's, for others who speak TLS by themselves. It refers to what the pointer holds.
    [[nodiscard]] std::shared_ptr<ssl_ctx_st> current() const { return context_; }
    /// Whether certificates of clients can be checked.
    [[nodiscard]] bool has_authorities() const { return !options_.authorities.empty(); }

private:
    explicit TlsContext(TlsOptions options) : options_(std::move(options)) {}

    const TlsOptions options_;
    /// Of the first certificate; it holds those of the others.
    std::atomic<std::shared_ptr<ssl_ctx_st>> context_;
};

/// Whether a connection begins with TLS's first record.
[[nodiscard]] inline bool is_tls(std::string_view first) {
    return first.starts_with('\x16');
}

}  // namespace tern::gateway
