#include "protocol/stomp/room.h"

#include "protocol/stomp/session.h"

#include <fmt/format.h>

#include <array>

namespace tern::stomp {
namespace {

/// A client's first line is one of these words; before it, it may have sent heart-beats. The blank
/// of HTTP's CONNECT makes the difference.
protocol::Detection starts_with_command(std::string_view text, std::string_view command) {
    const std::string_view begin = text.substr(0, command.size());
    if (!command.starts_with(begin)) return protocol::Detection::no;
    text.remove_prefix(begin.size());
    if (begin.size() < command.size() || text.empty()) return protocol::Detection::unknown;
    if (text.front() == '\n') return protocol::Detection::yes;
    if (text.front() != '\r') return protocol::Detection::no;
    if (text.size() == 1) return protocol::Detection::unknown;
    return text[1] == '\n' ? protocol::Detection::yes : protocol::Detection::no;
}

}  // namespace

protocol::Detection Room::detect(Bytes first) const {
    std::string_view text = as_text(first);
    const std::size_t begin = text.find_first_not_of("\r\n");
    if (begin == std::string_view::npos) return protocol::Detection::unknown;
    text.remove_prefix(begin);
    const auto connect = starts_with_command(text, "CONNECT");
    return connect != protocol::Detection::no ? connect : starts_with_command(text, "STOMP");
}

protocol::WebSocketUse Room::web_socket() const {
    static constexpr std::array<std::string_view, 4> kNames{"v12.stomp", "v11.stomp", "v10.stomp",
                                                            "stomp"};
    return {.names = kNames, .text = true};
}

std::unique_ptr<protocol::Session> Room::make_session(protocol::Wire& wire,
                                                      broker::Broker& broker) const {
    return std::make_unique<Session>(options_, formats_,
                                     fmt::format("{}-{}:1", options_.broker_id, ++last_connection_),
                                     wire, broker);
}

}  // namespace tern::stomp
