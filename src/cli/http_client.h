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

/// One request to the server at `url` (`http://HOST:PORT`, with `USER:PASSWORD@` before the host if
/// one has to log in); the error says in words what is wrong, and never the password.
[[nodiscard]] std::expected<HttpAnswer, std::string> http_request(const std::string& url,
                                                                  const std::string& method,
                                                                  const std::string& target,
                                                                  const std::string& body = {});

}  // namespace tern::cli
