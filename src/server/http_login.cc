#include "server/http_login.h"

#include "bytes/base64.h"

#include <string>
#include <string_view>

namespace tern::server {

std::optional<security::Credentials> http_login(const admin::Request& request) {
    constexpr std::string_view kBasic = "Basic ";
    constexpr std::string_view kBearer = "Bearer ";
    if (request.authorization.starts_with(kBearer)) {
        security::Credentials shown{.address = request.peer, .protocol = "http"};
        shown.password =
            security::Secret(std::string_view(request.authorization).substr(kBearer.size()));
        return shown;
    }
    if (!request.authorization.starts_with(kBasic)) return {};
    std::string both;
    if (!decode_base64(std::string_view(request.authorization).substr(kBasic.size()), both)) {
        return {};
    }
    const std::size_t colon = both.find(':');
    if (colon == std::string::npos) return {};
    security::Credentials shown{.address = request.peer, .protocol = "http"};
    shown.user = both.substr(0, colon);
    shown.password = security::Secret(std::string_view(both).substr(colon + 1));
    return shown;
}

}  // namespace tern::server
