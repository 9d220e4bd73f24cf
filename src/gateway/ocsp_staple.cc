#include "gateway/ocsp_staple.h"

#include <openssl/asn1.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <utility>

namespace tern::gateway {
namespace {

template <auto kFree>
struct Free {
    void operator()(auto* object) const { kFree(object); }
};
using Response = std::unique_ptr<OCSP_RESPONSE, Free<OCSP_RESPONSE_free>>;
using Basic = std::unique_ptr<OCSP_BASICRESP, Free<OCSP_BASICRESP_free>>;

/// What it says of the certificate with that number; null: nothing.
OCSP_SINGLERESP* find(OCSP_BASICRESP* all, const ASN1_INTEGER* number) {
    for (int i = 0; i < OCSP_resp_count(all); ++i) {
        OCSP_SINGLERESP* const one = OCSP_resp_get0(all, i);
        ASN1_INTEGER* its = nullptr;
        auto* const id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(one));
        OCSP_id_get0_info(nullptr, nullptr, nullptr, &its, id);
        if (ASN1_INTEGER_cmp(its, number) == 0) return one;
    }
    return nullptr;
}

}  // namespace

OcspStaple::OcspStaple(std::string bytes, const ASN1_GENERALIZEDTIME* until)
    : bytes_(std::move(bytes)) {
    if (until != nullptr) until_ = {ASN1_STRING_dup(until), ASN1_GENERALIZEDTIME_free};
}

std::expected<std::shared_ptr<const OcspStaple>, std::string> OcspStaple::parse(
    std::string_view response, const X509& certificate) {
    const auto* at = reinterpret_cast<const unsigned char*>(response.data());
    const Response parsed(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(response.size())));
    if (parsed == nullptr) return std::unexpected("it is no answer of an OCSP responder");
    const int status = OCSP_response_status(parsed.get());
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        return std::unexpected(std::string("its responder had no answer: ") +
                               OCSP_response_status_str(status));
    }
    const Basic all(OCSP_response_get1_basic(parsed.get()));
    OCSP_SINGLERESP* const one =
        all == nullptr ? nullptr : find(all.get(), X509_get0_serialNumber(&certificate));
    if (one == nullptr) return std::unexpected("it is about another certificate");
    ASN1_GENERALIZEDTIME* until = nullptr;
    const int said = OCSP_single_get0_status(one, nullptr, nullptr, nullptr, &until);
    if (said != V_OCSP_CERTSTATUS_GOOD) {
        return std::unexpected(std::string("it says that the certificate is ") +
                               OCSP_cert_status_str(said));
    }
    return std::shared_ptr<const OcspStaple>(new OcspStaple(std::string(response), until));
}

void OcspStaple::use_for(SSL_CTX& context) const {
    // As OpenSSL's macros do it, but for their casts.
    SSL_CTX_callback_ctrl(&context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                          reinterpret_cast<void (*)()>(&answer));
    SSL_CTX_ctrl(&context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG, 0, const_cast<OcspStaple*>(this));
}

int OcspStaple::answer(SSL* ssl, void* staple) {
    const auto& self = *static_cast<const OcspStaple*>(staple);
    if (self.until_ != nullptr && X509_cmp_current_time(self.until_.get()) < 0) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    // OpenSSL frees it.
    auto* const copy = static_cast<unsigned char*>(OPENSSL_malloc(self.bytes_.size()));
    if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
    std::ranges::copy(self.bytes_, copy);
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, static_cast<long>(self.bytes_.size()),
             copy);
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace tern::gateway
