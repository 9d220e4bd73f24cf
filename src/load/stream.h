#pragma once

#include "load/settings.h"

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace tern::load {

/// What TLS connections of one load have in common.
class TlsClients {
public:
    /// With `settings.tls`. Nothing good comes of it when `error()` says something.
    explicit TlsClients(const Settings& settings);

    [[nodiscard]] const std::string& error() const { return error_; }

private:
    friend class Stream;
    struct Free {
        void operator()(ssl_ctx_st* context) const;
    };
    const std::string host_;
    std::unique_ptr<ssl_ctx_st, Free> context_;
    std::string error_;
    bool verify_host_;
};

/// A socket that does not block, and TLS on it if there is to be some. Owns neither.
class Stream {
public:
    /// `tls`: null for none; it outlives the stream.
    Stream(int socket, const TlsClients* tls);

    /// As recv and send: -1 with EAGAIN in errno when nothing goes now. After another error,
    /// `error()` says what it was.
    [[nodiscard]] ssize_t read(std::span<char> into);
    [[nodiscard]] ssize_t write(std::string_view bytes);
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    struct Free {
        void operator()(ssl_st* connection) const;
    };
    [[nodiscard]] ssize_t result(int status);

    int socket_;
    std::unique_ptr<ssl_st, Free> tls_;
    std::string error_;
};

}  // namespace tern::load
