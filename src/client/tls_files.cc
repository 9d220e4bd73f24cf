#include "client/tls_files.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

namespace tern::client {
namespace {

template <auto kFree>
struct Free {
    void operator()(auto* object) const { kFree(object); }
};
void free_chain(STACK_OF(X509) * chain) {
    sk_X509_free(chain);
}
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

/// What a file holds. The first certificate is the key's.
struct Store {
    Key key;
    std::vector<Certificate> certificates;
};

std::unexpected<Error> unusable(const std::string& path, std::string_view why = {}) {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    std::string text = "cannot use " + path + ": ";
    text += why.empty() && reason != nullptr ? std::string_view(reason) : why;
    return failure(Errc::bad_argument, std::move(text));
}

int give_password(char* buffer, int size, int, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    const auto length = std::min(text.size(), static_cast<std::size_t>(size));
    std::copy_n(text.data(), length, buffer);
    return static_cast<int>(length);
}

Bio memory(const std::string& bytes) {
    return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Store read_pem(const std::string& bytes, const std::string& password) {
    Store store;
    // Never null, or OpenSSL asks for a password on the terminal.
    auto* const secret = const_cast<std::string*>(&password);
    const Bio certificates = memory(bytes);
    while (Certificate one{PEM_read_bio_X509(certificates.get(), nullptr, give_password, secret)}) {
        store.certificates.push_back(std::move(one));
    }
    ERR_clear_error();  // their end
    const Bio keys = memory(bytes);
    store.key.reset(PEM_read_bio_PrivateKey(keys.get(), nullptr, give_password, secret));
    return store;
}

/// False when it is none, or the password is wrong.
bool read_pkcs12(const std::string& bytes, const std::string& password, Store& store) {
    const Bio source = memory(bytes);
    const std::unique_ptr<PKCS12, Free<PKCS12_free>> file(d2i_PKCS12_bio(source.get(), nullptr));
    EVP_PKEY* key = nullptr;
    X509* first = nullptr;
    STACK_OF(X509)* others = nullptr;
    if (!file || PKCS12_parse(file.get(), password.c_str(), &key, &first, &others) != 1) {
        return false;
    }
    store.key.reset(key);
    if (first != nullptr) store.certificates.emplace_back(first);
    while (X509* const one = others == nullptr ? nullptr : sk_X509_shift(others)) {
        store.certificates.emplace_back(one);
    }
    sk_X509_free(others);
    return true;
}

Result<Store> read_store(const std::string& path, const std::string& password) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    if (!file) return unusable(path, "it cannot be read");
    if (bytes.find("-----BEGIN ") != std::string::npos) return read_pem(bytes, password);
    Store store;
    if (!read_pkcs12(bytes, password, store)) return unusable(path);
    return store;
}

}  // namespace

Result<void> use_trust_store(ssl_ctx_st* context, const TlsOptions& options) {
    const auto store = read_store(options.trust_store, options.trust_store_password);
    if (!store) return std::unexpected(store.error());
    if (store->certificates.empty()) {
        return unusable(options.trust_store, "it contains no certificate");
    }
    for (const Certificate& one : store->certificates) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get()) != 1) {
            return unusable(options.trust_store);
        }
    }
    return {};
}

Result<void> use_certificate(ssl_ctx_st* context, const TlsOptions& options) {
    auto store = read_store(options.certificate, options.key_password);
    if (!store) return std::unexpected(store.error());
    if (!options.key.empty()) {
        auto other = read_store(options.key, options.key_password);
        if (!other) return std::unexpected(other.error());
        store->key = std::move(other->key);
    }
    if (store->certificates.empty()) {
        return unusable(options.certificate, "it contains no certificate");
    }
    const std::string& key_file = options.key.empty() ? options.certificate : options.key;
    if (!store->key) return unusable(key_file, "it contains no private key that can be read");
    const std::unique_ptr<STACK_OF(X509), Free<free_chain>> chain(sk_X509_new_null());
    for (std::size_t i = 1; i < store->certificates.size(); ++i) {
        sk_X509_push(chain.get(), store->certificates[i].get());
    }
    if (SSL_CTX_use_cert_and_key(context, store->certificates.front().get(), store->key.get(),
                                 chain.get(), 1) != 1) {
        return unusable(options.certificate);
    }
    return {};
}

}  // namespace tern::client
