#include "gateway/ocsp_staple.h"
#include "gateway/tls.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace tern::gateway {
namespace {

template <auto kFree>
struct Free {
    void operator()(auto* object) const { kFree(object); }
};
void free_certificates(STACK_OF(X509) * all) {
    sk_X509_pop_free(all, X509_free);
}
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Certificates = std::unique_ptr<STACK_OF(X509), Free<free_certificates>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Revocations = std::unique_ptr<X509_CRL, Free<X509_CRL_free>>;

using Problem = std::string;  // empty: none

/// What lies in a file.
struct Store {
    Key key;
    Certificate certificate;
    Certificates others;
};

/// The library's reason for the last failure.
std::string last_problem() {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "it contains nothing of the kind" : reason;
}

int password_for_pem(char* buffer, int size, int, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    const auto length = std::min(text.size(), static_cast<std::size_t>(size));
    std::copy_n(text.data(), length, buffer);
    return static_cast<int>(length);
}

std::expected<Store, Problem> read_pem(const std::string& bytes, const std::string& password) {
    Store store;
    store.others.reset(sk_X509_new_null());
    // Never null: OpenSSL would ask for a password on the terminal.
    auto* const secret = const_cast<std::string*>(&password);
    const Bio text(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    while (Certificate one{PEM_read_bio_X509(text.get(), nullptr, password_for_pem, secret)}) {
        if (store.certificate == nullptr) {
            store.certificate = std::move(one);
        } else {
            sk_X509_push(store.others.get(), one.release());
        }
    }
    ERR_clear_error();  // the end
    const Bio again(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    store.key.reset(PEM_read_bio_PrivateKey(again.get(), nullptr, password_for_pem, secret));
    const bool has_key = bytes.find("PRIVATE KEY-----") != std::string::npos;
    if (has_key && store.key == nullptr) return std::unexpected(last_problem());
    ERR_clear_error();
    return store;
}

std::expected<Store, Problem> read_pkcs12(const std::string& bytes, const std::string& password) {
    const Bio text(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    const std::unique_ptr<PKCS12, Free<PKCS12_free>> file(d2i_PKCS12_bio(text.get(), nullptr));
    if (file == nullptr) {
        ERR_clear_error();
        return std::unexpected("it is neither PEM nor a PKCS#12 key store");
    }
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    if (PKCS12_parse(file.get(), password.c_str(), &key, &certificate, &others) != 1) {
        return std::unexpected(last_problem());
    }
    Store store{Key(key), Certificate(certificate), Certificates(others)};
    if (store.others == nullptr) store.others.reset(sk_X509_new_null());
    return store;
}

/// Java's own formats of before PKCS#12.
bool is_java_key_store(std::string_view bytes) {
    return bytes.starts_with("\xFE\xED\xFE\xED") || bytes.starts_with("\xCE\xCE\xCE\xCE");
}

std::expected<std::string, Problem> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::unexpected("cannot read " + path);
    return std::string((std::istreambuf_iterator<char>(file)), {});
}

std::expected<Store, Problem> read_store(const std::string& path, const std::string& password) {
    const auto read = read_file(path);
    if (!read) return std::unexpected(read.error());
    const std::string& bytes = *read;
    if (is_java_key_store(bytes)) {
        return std::unexpected(path +
                               " is a Java key store (JKS): convert it with keytool -importkeystore"
                               " -srckeystore " +
                               path + " -destkeystore NEW.p12 -deststoretype PKCS12");
    }
    const bool pem = bytes.find("-----BEGIN ") != std::string::npos;
    auto store = pem ? read_pem(bytes, password) : read_pkcs12(bytes, password);
    if (!store) return std::unexpected("cannot use " + path + ": " + store.error());
    return store;
}

/// The certificate in that file, with its key in the same or, the first one's, in another.
Problem use_certificate(SSL_CTX* context, const TlsOptions& options, const std::string& file) {
    auto store = read_store(file, options.key_password);
    if (!store) return store.error();
    const bool key_elsewhere = &file == &options.certificate && !options.key.empty();
    if (key_elsewhere) {
        auto other = read_store(options.key, options.key_password);
        if (!other) return other.error();
        store->key = std::move(other->key);
    }
    if (store->certificate == nullptr) return file + " contains no certificate";
    if (store->key == nullptr) {
        return (key_elsewhere ? options.key : file) + " contains no private key";
    }
    if (SSL_CTX_use_cert_and_key(context, store->certificate.get(), store->key.get(),
                                 store->others.get(), 1) != 1) {
        return "cannot use " + file + " with its key: " + last_problem();
    }
    return {};
}

Problem use_authorities(SSL_CTX* context, const TlsOptions& options) {
    if (options.authorities.empty()) return {};
    auto store = read_store(options.authorities, options.authorities_password);
    if (!store) return store.error();
    if (store->certificate != nullptr) {
        sk_X509_push(store->others.get(), store->certificate.release());
    }
    if (sk_X509_num(store->others.get()) == 0) {
        return options.authorities + " contains no certificate";
    }
    for (int i = 0; i < sk_X509_num(store->others.get()); ++i) {
        X509* const authority = sk_X509_value(store->others.get(), i);
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) != 1 ||
            SSL_CTX_add_client_CA(context, authority) != 1) {
            return "cannot use " + options.authorities + ": " + last_problem();
        }
    }
    return {};
}

Problem use_revocations(SSL_CTX* context, const TlsOptions& options) {
    if (options.revocations.empty()) return {};
    const auto bytes = read_file(options.revocations);
    if (!bytes) return bytes.error();
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    const Bio text(BIO_new_mem_buf(bytes->data(), static_cast<int>(bytes->size())));
    int count = 0;
    while (const Revocations list{PEM_read_bio_X509_CRL(text.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_crl(store, list.get()) != 1) {
            return "cannot use " + options.revocations + ": " + last_problem();
        }
        ++count;
    }
    ERR_clear_error();  // the end
    if (count == 0) return options.revocations + " contains no list of revoked certificates";
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    return {};
}

/// OpenSSL's name of a cipher that may go by the standard's, as Java knows them.
std::string cipher_name(std::string_view name) {
    std::string standard(name);
    // Those of TLS 1.3 have one name only.
    if (!standard.starts_with("TLS_") || standard.find("_WITH_") == std::string::npos) {
        return standard;
    }
    const char* const own = OPENSSL_cipher_name(standard.c_str());
    return own == std::string_view("(NONE)") ? standard : own;
}

/// Of TLS 1.2: those that keep their secrets when the key becomes known, and whose blocks nobody
/// can play with. Whatever speaks TLS and is younger than ten years has one of them.
constexpr std::string_view kOwnCiphers("ECDHE+AESGCM:ECDHE+CHACHA20");

Problem choose_ciphers(SSL_CTX* context, std::string_view ciphers) {
    std::string v1_2;
    std::string v1_3;
    while (!ciphers.empty()) {
        const std::size_t colon = ciphers.find(':');
        const std::string one = cipher_name(ciphers.substr(0, colon));
        const bool newest = one.starts_with("TLS_") && one.find("_WITH_") == std::string::npos;
        std::string& list = newest ? v1_3 : v1_2;
        list.append(list.empty() ? "" : ":").append(one);
        ciphers = colon == std::string_view::npos ? "" : ciphers.substr(colon + 1);
    }
    if (v1_2.empty()) v1_2 = kOwnCiphers;
    if (SSL_CTX_set_cipher_list(context, v1_2.c_str()) != 1) {
        return "cannot use the ciphers " + v1_2 + ": " + last_problem();
    }
    if (!v1_3.empty() && SSL_CTX_set_ciphersuites(context, v1_3.c_str()) != 1) {
        return "cannot use the ciphers " + v1_3 + ": " + last_problem();
    }
    return {};
}

/// HTTP's name for those who ask for one (browsers); all others may ask for what they like.
int choose_application_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                                const unsigned char* offered, unsigned int offered_size, void*) {
    constexpr std::string_view kHttp("\x08http/1.1");
    unsigned char* found = nullptr;
    const int result = SSL_select_next_proto(&found, chosen_size,
                                             reinterpret_cast<const unsigned char*>(kHttp.data()),
                                             kHttp.size(), offered, offered_size);
    *chosen = found;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void set_defaults(SSL_CTX* context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // A peer that just closes its socket has ended, too: protocols say by themselves what is whole.
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context, 0);  // of TLS 1.3: each connection sends one later
    SSL_CTX_set_alpn_select_cb(context, &choose_application_protocol, nullptr);
    constexpr std::array<unsigned char, 4> kSessions{'t', 'e', 'r', 'n'};
    SSL_CTX_set_session_id_context(context, kSessions.data(), kSessions.size());
}

using Context = std::shared_ptr<SSL_CTX>;
using Contexts = std::vector<Context>;  // the first one's certificate is for all other hosts

/// What the first context refers to.
struct Related {
    Contexts contexts;
    std::shared_ptr<const OcspStaple> staple;
};

/// The certificate for the host that the client asks for.
int choose_certificate(SSL* ssl, int*, void* contexts) {
    const char* const host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (host == nullptr) return SSL_TLSEXT_ERR_NOACK;
    for (const Context& context : *static_cast<const Contexts*>(contexts)) {
        X509* const certificate = SSL_CTX_get0_certificate(context.get());
        if (X509_check_host(certificate, host, 0, 0, nullptr) != 1) continue;
        SSL_set_SSL_CTX(ssl, context.get());
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

std::expected<Context, Problem> make_context(const TlsOptions& options, const std::string& file) {
    Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    set_defaults(context.get());
    const bool only_1_3 = options.min_version == TlsOptions::Version::v1_3;
    SSL_CTX_set_min_proto_version(context.get(), only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    Problem problem = use_certificate(context.get(), options, file);
    if (problem.empty()) problem = use_authorities(context.get(), options);
    if (problem.empty()) problem = use_revocations(context.get(), options);
    if (problem.empty()) problem = choose_ciphers(context.get(), options.ciphers);
    if (!problem.empty()) return std::unexpected("TLS: " + problem);
    return context;
}

std::expected<std::shared_ptr<const OcspStaple>, Problem> read_staple(const std::string& path,
                                                                      const X509& certificate) {
    const auto bytes = read_file(path);
    if (!bytes) return std::unexpected(bytes.error());
    auto staple = OcspStaple::parse(*bytes, certificate);
    if (!staple) return std::unexpected("cannot use " + path + ": " + staple.error());
    return staple;
}

/// The first certificate's context, which holds the others'.
std::expected<Context, Problem> make_contexts(const TlsOptions& options) {
    auto first = make_context(options, options.certificate);
    if (!first) return first;
    const auto related = std::make_shared<Related>(Contexts{std::move(*first)}, nullptr);
    Contexts& contexts = related->contexts;
    for (const std::string& file : options.host_certificates) {
        auto context = make_context(options, file);
        if (!context) return context;
        contexts.push_back(std::move(*context));
    }
    SSL_CTX* const main = contexts.front().get();
    if (!options.ocsp_response.empty()) {
        auto staple = read_staple(options.ocsp_response, *SSL_CTX_get0_certificate(main));
        if (!staple) return std::unexpected("TLS: " + staple.error());
        related->staple = std::move(*staple);
        related->staple->use_for(*main);
    }
    // As OpenSSL's macro does it, but for its cast.
    SSL_CTX_callback_ctrl(main, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(&choose_certificate));
    SSL_CTX_set_tlsext_servername_arg(main, &contexts);
    return Context(related, main);
}

}  // namespace

std::expected<std::unique_ptr<TlsContext>, std::string> TlsContext::load(
    const TlsOptions& options) {
    std::unique_ptr<TlsContext> context(new TlsContext(options));
    if (auto problem = context->reload()) return std::unexpected(std::move(*problem));
    return context;
}

std::optional<std::string> TlsContext::reload() {
    auto context = make_contexts(options_);
    if (!context) return context.error();
    context_ = std::move(*context);
    return {};
}

}  // namespace tern::gateway
