#pragma once

#include "config/load.h"

#include <expected>
#include <string>

namespace tern::config {

/// A document and all it refers to: a file, as `activemq.xml` or `xbean:activemq.xml`, or a broker
/// URI. Placeholders are looked up in the files it names, then `activemq.conf`, `.base`, `.home`
/// and `.data` in the environment (`ACTIVEMQ_CONF` and so on) or where the file lies, then any
/// other name in the environment. What `ENC(…)` is encrypted with stands there, too:
/// `ACTIVEMQ_ENCRYPTION_PASSWORD`, and `ACTIVEMQ_ENCRYPTION_ALGORITHM` unless it is Java's
/// PBEWithMD5AndDES.
[[nodiscard]] Loaded read_document(const std::string& where);

/// Where the companions of a document lie, and what placeholders stand for in them.
struct Surroundings {
    std::string conf;
    Lookup lookup;
};

/// Of a document that `read_document` reads.
[[nodiscard]] Surroundings surroundings_of(const std::string& where);

/// The file's text, or why it cannot be read.
[[nodiscard]] std::expected<std::string, std::string> read_text(const std::string& path);

}  // namespace tern::config
