#include "protocol/session.h"

namespace tern::protocol {

void Session::before_flush() {}

bool Session::lingers() {
    return false;
}

}  // namespace tern::protocol
