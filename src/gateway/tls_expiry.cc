#include "gateway/tls_expiry.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <ctime>

namespace tern::gateway {
namespace {

void add_end_of(const X509* certificate, std::vector<std::int64_t>& ends) {
    if (certificate == nullptr) return;
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return;
    ends.push_back(::timegm(&end));
}

}  // namespace

TlsExpiry expiry_of(ssl_ctx_st& context) {
    TlsExpiry expiry;
    add_end_of(SSL_CTX_get0_certificate(&context), expiry.own);
    STACK_OF(X509)* chain = nullptr;
    if (SSL_CTX_get0_chain_certs(&context, static_cast<void*>(&chain)) == 1) {
        for (int i = 0; i < sk_X509_num(chain); ++i) {
            add_end_of(sk_X509_value(chain, i), expiry.own);
        }
    }
    STACK_OF(X509_OBJECT)* const trusted =
        X509_STORE_get0_objects(SSL_CTX_get_cert_store(&context));
    for (int i = 0; i < sk_X509_OBJECT_num(trusted); ++i) {
        add_end_of(X509_OBJECT_get0_X509(sk_X509_OBJECT_value(trusted, i)), expiry.authorities);
    }
    return expiry;
}

}  // namespace tern::gateway
