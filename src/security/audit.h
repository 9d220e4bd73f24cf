#pragma once

#include <string>

namespace tern::security {

/// Something that somebody did, or was not let do.
struct AuditEvent {
    std::string what;       ///< in one word, as in "login" or "write"
    bool allowed = true;    ///< or done
    std::string user = {};  ///< as given, when nobody knows better
    std::string address = {};
    std::string by = {};      ///< the protocol, or "http"
    std::string target = {};  ///< what it was about; empty: nothing in particular
    std::string reason = {};  ///< why not; empty: none
};

/// Where it is written down who did what.
class Audit {
public:
    virtual ~Audit() = default;

    /// From any thread; never blocks.
    virtual void note(AuditEvent event) = 0;
};

}  // namespace tern::security
