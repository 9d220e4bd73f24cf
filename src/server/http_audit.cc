#include "server/http_audit.h"

#include <utility>

namespace tern::server {

admin::Respond noted(std::shared_ptr<security::Audit> audit, std::string by, std::string user,
                     const admin::Request& request, admin::Respond respond) {
    security::AuditEvent event{.what = request.method,
                               .user = std::move(user),
                               .address = request.peer,
                               .by = std::move(by),
                               .target = request.target};
    return [audit = std::move(audit), event = std::move(event),
            respond = std::move(respond)](admin::Response response) mutable {
        event.allowed = response.status < 400;
        if (!event.allowed) event.reason = std::to_string(response.status);
        audit->note(std::move(event));
        respond(std::move(response));
    };
}

}  // namespace tern::server
