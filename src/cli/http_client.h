#pragma once

#include <chrono>
#include <expected>
#include <string>

namespace tern::cli {

/// An answer of an HTTP server.
struct HttpAnswer {
    int status = 0;
    std::string body;
};

/// Where it is and whom to trust.
struct HttpServer {
    /// `http://HOST:PORT` or `https://HOST:PORT`, with `USER:PASSWORD@` before the host if one has
    /// to log in.
    std::string url;
    /// Who may sign its certificate: a file, PEM or PKCS#12; empty: whom the system trusts.
    std::string trust_store{};
};

/// One request; the error says in words what is wrong, and never the password.
[[nodiscard]] std::expected<HttpAnswer, std::string> http_request(const HttpServer& server,
                                                                  const std::string& method,
                                                                  const std::string& target,
                                                                  const std::string& body = {});

}  // namespace tern::cli
