#include "protocol/openwire/codec/commands.h"

namespace tern::openwire {

template class Box<Object>;

}  // namespace tern::openwire
