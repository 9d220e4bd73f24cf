#include "admin/console/console.h"

namespace tern::admin {

Assets console() {
    return {};
}

}  // namespace tern::admin
