#pragma once

#include "config/load.h"
#include "config/values.h"
#include "config/xml.h"

namespace tern::config::artemis {

/// Reads a `broker.xml`: its outermost element, `configuration`. Of other files that belong to it,
/// only `bootstrap.xml` says something here: which entry of `login.config` knows the users.
void load(const XmlElement& configuration, const Values& values, const Sources& sources,
          Loaded& loaded);

}  // namespace tern::config::artemis
