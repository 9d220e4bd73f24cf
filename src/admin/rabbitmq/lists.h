#pragma once

#include "admin/json.h"
#include "admin/target.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::admin::rabbitmq {

// What the parameters of a request say of the list that is the answer, and what bodies say.

struct PageProblem {
    std::string error;
    std::string reason;
};
/// The list, or the page of it that is asked for: those of that `name`, by `sort`, with the members
/// that `columns` names.
[[nodiscard]] std::expected<json::value, PageProblem> page_of(json::array rows,
                                                              const Target& target);
/// The members that `columns` names, as in `name,message_stats.publish`; all, if it names none.
[[nodiscard]] json::object with_columns(json::object object, const Target& target);

/// Which of the names in braces of a route that is.
[[nodiscard]] std::optional<std::size_t> argument_of(std::string_view path, std::string_view name);

// Tools send texts for what is none: `"true"`, `"5"`.
[[nodiscard]] bool flag_of(const json::object& body, std::string_view name, bool otherwise);
[[nodiscard]] std::optional<std::int64_t> number_of(const json::value& value);
/// Nothing: there is none.
[[nodiscard]] std::optional<std::string> text_of(const json::object& body, std::string_view name);
/// A list of texts, or a text with commas.
[[nodiscard]] json::array names_of(const json::value& value);

}  // namespace tern::admin::rabbitmq
