#pragma once

#include "client/message.h"

#include <string>

namespace tern::cli {

/// Which fields of a message `activemq browse` shows: -Vheader, -Vcustom, -Vbody.
struct FieldGroups {
    bool header = true;
    bool custom = true;
    bool body = true;
};

/// The fields in that command's words, each on a line.
[[nodiscard]] std::string fields_of(const client::Message& message, const FieldGroups& groups);

}  // namespace tern::cli
