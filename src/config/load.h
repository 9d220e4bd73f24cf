#pragma once

#include "config/model.h"
#include "config/properties.h"
#include "config/reader.h"
#include "config/report.h"

#include <functional>
#include <optional>
#include <string>

namespace tern::config {

/// What a document may refer to, given by whoever may do I/O.
struct Sources {
    std::string document = "activemq.xml";  ///< its name, for the report
    /// A companion file's text; nothing if it cannot be read. Null: there are none.
    std::function<std::optional<std::string>(const std::string& path)> read_file;
    /// The environment, and what else stands behind `${…}` besides the document's own files.
    Lookup lookup;
    decltype(Values::decrypt) decrypt;
};

/// What a document says. Only if `report.accepted()` may a broker start with it.
struct Loaded {
    Broker broker;
    Report report;
};

/// Reads an `activemq.xml`: a `<broker>` alone, or in a Spring document. As well a `broker.xml` of
/// ActiveMQ Artemis and a `rabbitmq.conf`, which it knows by what they are.
[[nodiscard]] Loaded load(std::string_view text, const Sources& sources);

/// Reads a broker URI, as in `broker:(tcp://0.0.0.0:61616)?persistent=false`.
[[nodiscard]] Loaded load_uri(std::string_view text);

/// The document of a broker that is given none.
[[nodiscard]] std::string_view default_document();

}  // namespace tern::config
