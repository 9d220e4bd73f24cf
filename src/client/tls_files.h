#pragma once

#include "client/options.h"

struct ssl_ctx_st;

namespace tern::client {

// What lies in files for TLS: PEM, or PKCS#12 as Java's keytool writes it.
// Errors: bad_argument (a file cannot be read, or holds nothing of the kind).

/// The certificates of TlsOptions::trust_store sign whom we trust.
[[nodiscard]] Result<void> use_trust_store(ssl_ctx_st* context, const TlsOptions& options);
/// TlsOptions::certificate is who we are.
[[nodiscard]] Result<void> use_certificate(ssl_ctx_st* context, const TlsOptions& options);

}  // namespace tern::client
