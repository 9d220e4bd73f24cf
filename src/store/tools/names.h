#pragma once

#include "message/message.h"
#include "store/records.h"

#include <optional>
#include <string>
#include <string_view>

namespace tern::store::tools {

/// What a queue is called: `queue://A`, or for a durable subscription `topic://T for CLIENT:NAME`.
[[nodiscard]] std::string name_of(const Definition& queue);
/// Whether `text` means the queue: its name, as above or that of its destination alone, or
/// CLIENT:NAME.
[[nodiscard]] bool is_called(const Definition& queue, std::string_view text);
[[nodiscard]] std::string_view name_of(DocumentKind kind);
/// UTC, as in "2026-01-31T12:00:00.000Z"; "never" for 0.
[[nodiscard]] std::string time_text(std::int64_t ms);
/// A time as `time_text` gives it, or without its fraction, its seconds, or all but the day.
[[nodiscard]] std::optional<std::int64_t> time_of(const std::string& text);
/// The text with everything that is not printable ASCII as \xNN, at most `bytes_max` of it.
[[nodiscard]] std::string printable(Bytes text, std::size_t bytes_max);

}  // namespace tern::store::tools
