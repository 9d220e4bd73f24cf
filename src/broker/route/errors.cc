#include "broker/route/errors.h"

#include <string>

namespace tern::broker {
namespace {

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "route"; }
    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<RouteErrc>(code)) {
            case RouteErrc::in_use:
                return "somebody uses it";
            case RouteErrc::not_empty:
                return "the queue still has messages";
            case RouteErrc::no_route:
                return "the exchange leads to no queue";
        }
        return "unknown error";
    }
};

}  // namespace

std::error_code make_error_code(RouteErrc code) noexcept {
    static const Category category;
    return {static_cast<int>(code), category};
}

}  // namespace tern::broker
