#include "admin/openapi.h"

// NOLINTBEGIN(readability-identifier-naming): the linker knows them so.
extern "C" {
extern const char tern_openapi_json[];
extern const char tern_openapi_json_end[];
}
// NOLINTEND(readability-identifier-naming)

namespace tern::admin {

std::string_view openapi() {
    return {tern_openapi_json, tern_openapi_json_end};
}

}  // namespace tern::admin
