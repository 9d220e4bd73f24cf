#pragma once

#include "config/place.h"

#include <string>
#include <string_view>
#include <vector>

namespace tern::config {

/// What became of one element or attribute.
struct Finding {
    enum class Kind : std::uint8_t {
        applied,
        no_effect,  ///< accepted, but nothing here depends on it
        rejected,   ///< the broker does not start with it
    };

    Place place;
    Kind kind = Kind::applied;
    std::string what;  ///< as in `broker/transportConnectors/transportConnector@uri`
    std::string why;   ///< no_effect: why; rejected: what is wrong and what to use instead
};

/// Every element and attribute of a document, in its order.
struct Report {
    std::string document;  ///< what its places are in
    std::vector<Finding> findings;
    /// Property files that it names, whether they could be read or not.
    std::vector<std::string> companions = {};

    void add(Place place, Finding::Kind kind, std::string what, std::string why = {}) {
        findings.push_back({place, kind, std::move(what), std::move(why)});
    }
    [[nodiscard]] std::size_t count(Finding::Kind kind) const;
    [[nodiscard]] bool accepted() const { return count(Finding::Kind::rejected) == 0; }
};

/// `applied`, `no effect` or `rejected`.
[[nodiscard]] std::string_view to_text(Finding::Kind kind);
/// `FILE:LINE:COLUMN: WHAT: WHY`.
[[nodiscard]] std::string to_line(const Report& report, const Finding& finding);
/// A table of all findings, and a last line with their numbers.
[[nodiscard]] std::string to_table(const Report& report);

}  // namespace tern::config
