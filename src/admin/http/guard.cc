#include "admin/http/guard.h"

#include <algorithm>
#include <cctype>

namespace tern::admin::http {
namespace {

bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view without_port(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    const std::size_t bracket = host.rfind(']');
    if (colon == std::string_view::npos) return host;
    if (bracket != std::string_view::npos && bracket > colon) return host;
    return host.substr(0, colon);
}

}  // namespace

bool is_this_machine(std::string_view host) {
    const std::string_view name = without_port(host);
    if (same(name, "localhost") || name == "[::1]") return true;
    // An address, not a name that begins like one.
    return name.starts_with("127.") &&
           name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_welcome(const Provenance& request, bool this_machine_only) {
    if (this_machine_only && !is_this_machine(request.host)) return false;
    if (request.method == "GET" || request.method == "HEAD" || request.origin.empty()) return true;
    const std::size_t scheme = request.origin.find("://");
    return scheme != std::string_view::npos &&
           same(request.origin.substr(scheme + 3), request.host);
}

}  // namespace tern::admin::http
