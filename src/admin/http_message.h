#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::admin {

/// A request as the API sees it.
struct Request {
    std::string method;  ///< as in HTTP: GET, POST, …
    std::string target;  ///< path and query, as they came
    std::string content_type = {};
    std::string body = {};
    std::string accept = {};         ///< the header
    std::string authorization = {};  ///< likewise
    std::string cookie = {};
    /// It comes from a page's script, which asks for a password itself (X-Requested-With).
    bool from_script = false;
    std::string peer = {};   ///< its address
    std::uint16_t port = 0;  ///< that it came to
    bool encrypted = false;
    /// A browser sends it for a page that is not of here, by a link or an image of it.
    bool from_other_site = false;
    std::string selector = {};  ///< the header of that name
};

/// Asks for the next of a stream's events, which is handed to the callback; empty: it ends.
using EventSource = std::function<void(std::move_only_function<void(std::string)>)>;

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body = {};
    /// Content that outlives the program's end; instead of `body`.
    std::string_view fixed = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// A stream of server-sent events instead of a body.
    EventSource events = nullptr;
};

using Respond = std::move_only_function<void(Response)>;

}  // namespace tern::admin
