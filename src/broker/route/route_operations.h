#pragma once

#include "broker/api/operations.h"
#include "broker/route/exchange.h"

#include <optional>
#include <string>
#include <vector>

namespace tern::broker {

struct Routes {
    std::vector<Exchange> exchanges = {};
    std::vector<Binding> bindings = {};
};

/// Exchanges and bindings as an operator sees them; the rules of `Operations` about threads hold
/// here, too.
class RouteOperations {
public:
    virtual ~RouteOperations() = default;

    /// Of one virtual host or of all.
    virtual void list_routes(std::optional<std::string> vhost, Reply<Routes> reply) = 0;
    /// Removes all that is in a virtual host, and the exchanges every one has. Errors:
    /// storage_failed.
    virtual void remove_vhost(std::string vhost, Reply<std::error_code> reply) = 0;
};

}  // namespace tern::broker
