#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tern::mqtt {

/// What one may publish to: not empty, at most 65535 bytes, no wildcards. That it is valid UTF-8
/// was checked when it was read.
[[nodiscard]] bool is_topic_name(std::string_view topic);
/// What one may subscribe to: `+` fills a level, `#` the last one.
[[nodiscard]] bool is_topic_filter(std::string_view filter);

/// `$share/NAME/FILTER`, split.
struct SharedFilter {
    std::string_view group;
    std::string_view filter;
};
/// Whether the filter means to be a shared one, right or wrong.
[[nodiscard]] bool is_shared(std::string_view filter);
/// Nothing when it is wrong.
[[nodiscard]] std::optional<SharedFilter> parse_shared(std::string_view filter);

/// MQTT 5.0, 4.7: level by level; `#` stands for its parent, too; wildcards in front do not stand
/// for topics that begin with `$`.
[[nodiscard]] bool matches(std::string_view filter, std::string_view topic);

/// A topic or filter under the name that clients of other protocols know it by: `/` and `.`, `+`
/// and `*`, `#` and `>` change places. The same call leads back.
[[nodiscard]] std::string swap_names(std::string_view name);
/// Into `out`, which is replaced.
void swap_names(std::string_view name, std::string& out);

}  // namespace tern::mqtt
