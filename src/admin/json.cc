#include "admin/json.h"

namespace tern::admin {

json::string json_text(std::string_view text) {
    return json::string(clean_utf8(text));
}

}  // namespace tern::admin
