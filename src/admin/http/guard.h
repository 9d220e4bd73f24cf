#pragma once

#include <string_view>

namespace tern::admin::http {

/// What a request says of where it comes from.
struct Provenance {
    std::string_view method;
    std::string_view host;    ///< the header Host
    std::string_view origin;  ///< the header Origin, which browsers add for pages
};

/// Whether it may be served. A page of a foreign site can have its visitor's browser send requests:
/// none that change anything; and where only this machine is served, none that came here by a
/// foreign name that somebody lets point to this machine.
[[nodiscard]] bool is_welcome(const Provenance& request, bool this_machine_only);

/// `localhost`, `127.…` or `[::1]`, with any port.
[[nodiscard]] bool is_this_machine(std::string_view host);

}  // namespace tern::admin::http
