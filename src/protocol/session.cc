#include "protocol/session.h"

namespace tern::protocol {

void Session::before_flush() {}

}  // namespace tern::protocol
