#include "broker/route/errors.h"

#include "base/error_category.h"

namespace tern::broker {
namespace {

const char* text_of(RouteErrc code) {
    switch (code) {
        case RouteErrc::in_use:
            return "somebody uses it";
        case RouteErrc::not_empty:
            return "the queue still has messages";
        case RouteErrc::no_route:
            return "the exchange leads to no queue";
    }
    return "unknown error";
}

}  // namespace

std::error_code make_error_code(RouteErrc code) noexcept {
    static const ErrorCategory<RouteErrc> category("route", text_of);
    return {static_cast<int>(code), category};
}

}  // namespace tern::broker
