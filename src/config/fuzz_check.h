#pragma once

#include "config/load.h"
#include "config/writer.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

// What must hold of every document, whatever kind it is of and whatever it says.

namespace tern::config {

inline Sources sources() {
    Sources sources;
    sources.read_file = [](const std::string& path) -> std::optional<std::string> {
        if (path.empty() || path.ends_with(".xml")) return {};
        return "user=${activemq.data}\nname=" + path;
    };
    sources.lookup = [](std::string_view name) -> std::optional<std::string> {
        if (name == "activemq.data") return "data";
        return {};
    };
    return sources;
}

inline void require(bool what) {
    if (!what) std::abort();
}

/// Every finding has a place and a text; what is accepted says the same once written and read back.
inline void check(const Loaded& loaded) {
    for (const Finding& finding : loaded.report.findings) {
        require(finding.place.line > 0 && finding.place.column > 0);
        require(!finding.what.empty());
        require(finding.kind == Finding::Kind::applied || !finding.why.empty());
    }
    require(!loaded.report.findings.empty());
    if (!loaded.report.accepted()) return;
    const std::string text = to_xml(loaded.broker);
    // What placeholders gave may look like placeholders again; a document would resolve them.
    if (text.find("${") != std::string::npos || text.find("#{") != std::string::npos) return;
    if (text.find("ENC(") != std::string::npos) return;
    const Loaded again = load(text, {});
    require(again.report.accepted());
    require(again.broker == loaded.broker);
    require(to_xml(again.broker) == text);
}

}  // namespace tern::config
