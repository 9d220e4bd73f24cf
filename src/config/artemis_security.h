#pragma once

#include "config/artemis_schema.h"
#include "config/report.h"
#include "config/xml.h"

#include <string>

namespace tern::config::artemis {

/// Who may do what, from the permissions of Artemis to the three rights there are here. Nobody gets
/// more by that: where two permissions there are one here, it takes both.
class Security {
public:
    Security();

    /// Adds the setting that `element` is, for the addresses of a pattern.
    void add(const SecuritySetting& setting, const std::string& pattern, const XmlElement& element,
             const std::string& path, Report& report);
    [[nodiscard]] const AuthorizationMap& map() const { return map_; }

private:
    AuthorizationMap map_;
};

}  // namespace tern::config::artemis
