#pragma once

#include "message/hub.h"
#include "protocol/stomp/stored.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tern::stomp {

/// How STOMP's clients write a map, as ActiveMQ's transformations do: `{"map":{"entry":[…]}}`, or
/// `<map><entry>…</entry></map>`. An entry is a `string`, its key, and a value by the name of its
/// type; bytes are base64.
enum class MapText : std::uint8_t { json, xml };

/// The form of a stored map; nothing: it is something else.
[[nodiscard]] std::optional<MapText> map_text(BodyKind kind);
/// The form that the header `transformation` asks for; nothing: none of maps.
[[nodiscard]] std::optional<MapText> map_text(std::string_view transformation);

/// What is wrong with the text, if it is no such map, in words. Nested at most 32 deep.
[[nodiscard]] std::expected<message::HubMap, std::string> read_map(MapText form,
                                                                   std::string_view text);
/// Lists and maps within the map are left out: JMS's maps have none.
[[nodiscard]] std::string write_map(MapText form, const message::HubMap& map);

}  // namespace tern::stomp
