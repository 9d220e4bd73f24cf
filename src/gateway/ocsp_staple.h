#pragma once

#include <openssl/types.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace tern::gateway {

/// What an OCSP responder has said of a server's certificate, which the server shows in handshakes.
class OcspStaple {
public:
    /// `response` is in DER; the error says in words why it cannot be used for the certificate.
    [[nodiscard]] static std::expected<std::shared_ptr<const OcspStaple>, std::string> parse(
        std::string_view response, const X509& certificate);

    /// Has all handshakes of the context show it, to those who ask and for as long as it holds.
    /// The context does not hold it: it has to live as long.
    void use_for(SSL_CTX& context) const;

private:
    OcspStaple(std::string bytes, const ASN1_GENERALIZEDTIME* until);

    static int answer(SSL* ssl, void* staple);

    std::string bytes_;
    /// Null: it says nothing of an end.
    std::shared_ptr<const ASN1_GENERALIZEDTIME> until_;
};

}  // namespace tern::gateway
