#pragma once

#include <string>

namespace tern::cli {

/// What a document says, without a broker.
struct ConfigOptions {
    enum class Verb {
        check,         ///< what would become of every element and attribute of a document
        show_default,  ///< the document of a broker that is given none
        convert,       ///< the same as an activemq.xml
        sanitize,      ///< what Amazon MQ would store of it
    };

    Verb verb = Verb::check;
    std::string document = {};  ///< a file or a broker URI
    bool all = false;           ///< also what is applied
    bool json = false;          ///< all of it, as the API has it of the document of a broker
};

/// Exit code 0, or 1 if a broker would not start with the document, or Amazon MQ not take it.
[[nodiscard]] int configuration(const ConfigOptions& options);

}  // namespace tern::cli
