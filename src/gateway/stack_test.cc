#include "gateway/stack.h"

#include "gateway/tls.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cstdio>

namespace tern::gateway {
namespace {

/// A room whose protocol begins with its name.
class WordRoom final : public protocol::Room {
public:
    explicit WordRoom(std::string_view word) : word_(word) {}
    std::string_view name() const override { return word_; }
    protocol::Detection detect(Bytes first) const override {
        if (as_text(first).starts_with(word_)) return protocol::Detection::yes;
        return word_.starts_with(as_text(first)) ? protocol::Detection::unknown
                                                 : protocol::Detection::no;
    }
    std::unique_ptr<protocol::Session> make_session(protocol::Wire&,
                                                    broker::Broker&) const override {
        return nullptr;
    }

private:
    std::string_view word_;
};

/// A key and a certificate it has signed itself, as a file in PEM.
std::string make_certificate() {
    const std::string path = testing::TempDir() + "stack_test_certificate.pem";
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    for (const auto& [name, value] :
         {std::pair{"O", "Works"}, {"OU", "Pumps, big"}, {"CN", "n\u00fc7"}}) {
        X509_NAME_add_entry_by_txt(subject, name, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(value), -1, -1, 0);
    }
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* const file = std::fopen(path.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_X509(file, certificate);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return path;
}

/// The other end of TLS, without a socket as well.
class TlsClient {
public:
    /// `certificate`: a file with one and its key; empty: it has none.
    explicit TlsClient(const std::string& certificate = {})
        : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
        if (!certificate.empty()) {
            SSL_use_certificate_file(ssl_, certificate.c_str(), SSL_FILETYPE_PEM);
            SSL_use_PrivateKey_file(ssl_, certificate.c_str(), SSL_FILETYPE_PEM);
        }
        SSL_set_bio(ssl_, in_, out_);
        SSL_set_connect_state(ssl_);
    }
    ~TlsClient() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }

    /// Takes what the server has sent and returns what it carried.
    std::string receive(Output& from) {
        std::string bytes;
        std::array<Bytes, 8> pieces;
        while (const std::size_t count = from.gather(pieces)) {
            const std::size_t before = bytes.size();
            for (const Bytes piece : std::span(pieces).first(count)) bytes.append(as_text(piece));
            from.consume(bytes.size() - before);
        }
        return receive(bytes);
    }
    std::string receive(std::string_view bytes) {
        BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
        std::string text;
        std::array<char, 256> plain;
        int count = 0;
        while ((count = SSL_read(ssl_, plain.data(), plain.size())) > 0) {
            text.append(plain.data(), static_cast<std::size_t>(count));
        }
        return text;
    }
    void send(std::string_view text) {
        SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
    }
    void close() { SSL_shutdown(ssl_); }
    [[nodiscard]] bool was_told_the_end() const {
        return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
    }
    [[nodiscard]] bool may_resume() const {
        return SSL_SESSION_is_resumable(SSL_get_session(ssl_)) != 0;
    }
    void resume(const TlsClient& earlier) { SSL_set_session(ssl_, SSL_get_session(earlier.ssl_)); }
    [[nodiscard]] bool has_resumed() const { return SSL_session_reused(ssl_) != 0; }
    [[nodiscard]] bool is_connected() const { return SSL_is_init_finished(ssl_) != 0; }
    /// What is to be given to the server.
    std::string take_out() {
        std::string bytes(static_cast<std::size_t>(BIO_ctrl_pending(out_)), '\0');
        if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
        return bytes;
    }

private:
    SSL_CTX* context_;
    SSL* ssl_;
    BIO* in_ = BIO_new(BIO_s_mem());
    BIO* out_ = BIO_new(BIO_s_mem());
};

class StackTest : public testing::Test {
protected:
    static const TlsContext& tls() {
        static const auto loaded = [] {
            TlsOptions options;
            options.certificate = make_certificate();
            auto context = TlsContext::load(options);
            std::remove(options.certificate.c_str());
            return context;
        }();
        EXPECT_TRUE(loaded.has_value()) << loaded.error();
        return **loaded;
    }

    static End feed(Stack& stack, std::string_view bytes) { return stack.receive(as_bytes(bytes)); }
    /// In pieces of one byte.
    static End drip(Stack& stack, std::string_view bytes) {
        End end;
        for (std::size_t i = 0; i < bytes.size() && !end; ++i)
            end = feed(stack, bytes.substr(i, 1));
        return end;
    }
    static void shake_hands(Stack& stack, TlsClient& client) {
        for (int flights = 0; flights < 4 && !client.is_connected(); ++flights) {
            client.receive(stack.out());
            ASSERT_FALSE(drip(stack, client.take_out()));
        }
        ASSERT_TRUE(client.is_connected());
    }

    WordRoom ask_{"ask"};
    WordRoom tell_{"tell"};
    Service service_{.name = "test", .rooms = {&ask_, &tell_}, .tls = &tls()};
};

TEST_F(StackTest, plain_bytes_find_their_room_beside_tls) {
    Stack stack(service_);
    EXPECT_FALSE(drip(stack, "tel"));
    EXPECT_TRUE(stack.is_undecided());
    EXPECT_FALSE(feed(stack, "l me"));
    EXPECT_EQ(stack.room(), &tell_);
    EXPECT_EQ(stack.take_plain(), "tell me");
    EXPECT_FALSE(stack.has_layers());
}

TEST_F(StackTest, encrypted_bytes_find_their_room_however_they_come) {
    Stack stack(service_);
    TlsClient client;
    shake_hands(stack, client);
    EXPECT_TRUE(stack.is_undecided());
    client.send("ask me");
    EXPECT_FALSE(drip(stack, client.take_out()));
    EXPECT_EQ(stack.room(), &ask_);
    EXPECT_EQ(stack.take_plain(), "ask me");
    EXPECT_TRUE(stack.has_layers());
}

TEST_F(StackTest, the_subject_of_a_verified_certificate_is_told) {
    using ClientCertificate = TlsOptions::ClientCertificate;
    TlsOptions options;
    options.certificate = options.authorities = make_certificate();
    const auto context = TlsContext::load(options);
    ASSERT_TRUE(context.has_value()) << context.error();
    service_.tls = context->get();
    service_.client_certificate = ClientCertificate::wanted;
    for (const bool shows : {true, false}) {
        Stack stack(service_);
        TlsClient client(shows ? options.certificate : std::string());
        shake_hands(stack, client);
        EXPECT_EQ(stack.certificate(), shows ? "CN=n\u00fc7, OU=Pumps\\, big, O=Works" : "");
    }
    std::remove(options.certificate.c_str());
}

TEST_F(StackTest, an_end_in_order_is_told_and_is_no_problem) {
    Stack stack(service_);
    TlsClient client;
    shake_hands(stack, client);
    client.send("ask");
    client.close();
    EXPECT_EQ(drip(stack, client.take_out()), "");
    EXPECT_EQ(stack.take_plain(), "ask");
    stack.close(true);
    client.receive(stack.out());
    EXPECT_TRUE(client.was_told_the_end());
    stack.close(true);
    EXPECT_TRUE(stack.out().empty());
}

TEST_F(StackTest, the_first_words_bring_what_a_session_is_resumed_by) {
    const auto connect = [](TlsClient& client) {
        auto server = tls().accept(TlsOptions::ClientCertificate::none);
        std::string up;
        std::string down;
        for (int flights = 0; flights < 3; ++flights) {
            client.receive(std::exchange(down, {}));
            EXPECT_FALSE(server->receive(as_bytes(client.take_out()), up, down));
        }
        EXPECT_TRUE(client.is_connected());
        EXPECT_EQ(down, "");  // nothing that the client has not asked for
        return server;
    };
    TlsClient first;
    const auto server = connect(first);
    EXPECT_FALSE(first.may_resume());
    std::string down;
    server->send(as_bytes("hello"), down);
    server->send(as_bytes(", you"), down);
    EXPECT_EQ(first.receive(down), "hello, you");
    EXPECT_TRUE(first.may_resume());

    TlsClient second;
    second.resume(first);
    std::ignore = connect(second);
    EXPECT_TRUE(second.has_resumed());
}

TEST_F(StackTest, what_is_encrypted_must_be_a_protocol_as_well) {
    Stack stack(service_);
    TlsClient client;
    shake_hands(stack, client);
    client.send("shout");
    EXPECT_EQ(feed(stack, client.take_out()), "this is no protocol that is spoken here");
}

TEST_F(StackTest, tls_lies_in_nothing_but_a_socket) {
    Stack stack(service_);
    TlsClient client;
    shake_hands(stack, client);
    client.send("\x16\x03\x01");
    EXPECT_EQ(feed(stack, client.take_out()), "this is no protocol that is spoken here");
}

TEST_F(StackTest, nonsense_in_tls_is_answered_by_an_alert) {
    Stack stack(service_);
    const End end = feed(stack, std::string_view("\x16\x03\x01\x00\x05hello", 10));
    ASSERT_TRUE(end.has_value());
    EXPECT_TRUE(end->starts_with("TLS handshake: ")) << *end;
    stack.close(false);
    std::array<Bytes, 1> pieces;
    ASSERT_EQ(stack.out().gather(pieces), 1U);
    EXPECT_EQ(pieces[0][0], 0x15);  // an alert record
}

TEST_F(StackTest, where_tls_is_a_must_plain_bytes_are_not_for_a_room) {
    service_.tls_only = true;
    Stack stack(service_);
    const End end = feed(stack, "GET / HTTP/1.1");
    EXPECT_EQ(end, "TLS handshake: http request");
    EXPECT_EQ(stack.room(), nullptr);
}

/// Of which one never knows enough.
class VagueRoom final : public protocol::Room {
public:
    std::string_view name() const override { return "vague"; }
    protocol::Detection detect(Bytes) const override { return protocol::Detection::unknown; }
    std::unique_ptr<protocol::Session> make_session(protocol::Wire&,
                                                    broker::Broker&) const override {
        return nullptr;
    }
};

TEST_F(StackTest, what_nobody_knows_is_not_gathered_without_end) {
    const VagueRoom vague;
    service_.rooms.push_back(&vague);
    Stack stack(service_);
    End end;
    std::size_t fed = 0;
    for (; !end && fed < 5000; ++fed) end = feed(stack, "b");
    EXPECT_EQ(end, "this is no protocol that is spoken here");
    EXPECT_LT(fed, 5000U);
}

}  // namespace
}  // namespace tern::gateway
