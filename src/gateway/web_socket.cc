#include "gateway/web_socket.h"

#include "gateway/web_socket_upgrade.h"

#include <algorithm>

namespace tern::gateway {
namespace {

constexpr std::size_t kRequestBytesMax = 8192;
// Several clients take no larger frames unless they are told to.
constexpr std::size_t kFrameBytesMax = std::size_t{64} * 1024 - 1;
constexpr std::string_view kEndOfRequest = "\r\n\r\n";

}  // namespace

protocol::Detection is_web_socket(std::string_view first) {
    constexpr std::string_view kGet = "GET ";
    if (first.starts_with(kGet)) return protocol::Detection::yes;
    return kGet.starts_with(first) ? protocol::Detection::unknown : protocol::Detection::no;
}

WebSocket::WebSocket(std::span<const protocol::Room* const> rooms, std::uint64_t frame_bytes_max)
    : rooms_(rooms.begin(), rooms.end()), frame_bytes_max_(frame_bytes_max) {
    std::erase_if(rooms_, [](const auto* room) { return room->web_socket().names.empty(); });
}

End WebSocket::receive(Bytes from_below, std::string& up, std::string& down) {
    if (frames_) return read_frames(from_below, up, down);
    const std::size_t searched = request_.size();
    request_.append(as_text(from_below));
    const std::size_t from = searched - std::min(searched, kEndOfRequest.size() - 1);
    const std::size_t end = request_.find(kEndOfRequest, from);
    if (end == std::string::npos && request_.size() <= kRequestBytesMax) return {};
    if (end == std::string::npos || end > kRequestBytesMax) {
        Upgrade refused = refuse_long_request();
        down.append(refused.answer);
        return std::move(refused.problem);
    }
    const std::string rest = request_.substr(end + kEndOfRequest.size());
    request_.resize(end + kEndOfRequest.size());
    if (End problem = upgrade(down)) return problem;
    return read_frames(as_bytes(rest), up, down);
}

End WebSocket::upgrade(std::string& down) {
    std::vector<std::string_view> known;
    for (const protocol::Room* room : rooms_) {
        const auto names = room->web_socket().names;
        known.insert(known.end(), names.begin(), names.end());
    }
    const std::string request = std::exchange(request_, {});
    Upgrade upgrade = answer_upgrade(request, known);
    down.append(upgrade.answer);
    if (!upgrade.problem.empty()) return std::move(upgrade.problem);
    if (!upgrade.subprotocol.empty()) {
        std::erase_if(rooms_, [&](const protocol::Room* room) {
            const auto names = room->web_socket().names;
            return std::ranges::find(names, upgrade.subprotocol) == names.end();
        });
    }
    const bool text =
        std::ranges::any_of(rooms_, [](const auto* room) { return room->web_socket().text; });
    frames_.emplace(FrameLimits{.frame_bytes_max = frame_bytes_max_, .text = text});
    return {};
}

End WebSocket::read_frames(Bytes input, std::string& up, std::string& down) {
    for (;;) {
        const auto control = frames_->read(input, up);
        if (!control) {
            send_close(control.error().code, down);
            return std::string("WebSocket: ") + control.error().reason;
        }
        if (!*control) return {};
        if ((*control)->opcode == Opcode::close) return take_close((*control)->payload, down);
        if ((*control)->opcode == Opcode::ping && !closed_) {
            append_frame(Opcode::pong, true, as_bytes((*control)->payload), down);
        }
    }
}

End WebSocket::take_close(std::string_view payload, std::string& down) {
    if (const auto violation = check_close(payload)) {
        send_close(violation->code, down);
        return std::string("WebSocket: ") + violation->reason;
    }
    // Its own code comes back (RFC 6455, 5.5.1).
    if (!std::exchange(closed_, true)) {
        append_frame(Opcode::close, true, as_bytes(payload.substr(0, 2)), down);
    }
    return "";
}

void WebSocket::send(Bytes bytes, std::string& down) {
    if (closed_ || bytes.empty()) return;
    // As the client does it, but for text that is none: browsers would end the connection.
    Opcode opcode = frames_->is_text() && is_utf8(bytes) ? Opcode::text : Opcode::binary;
    for (; bytes.size() > kFrameBytesMax; bytes = bytes.subspan(kFrameBytesMax)) {
        append_frame(opcode, false, bytes.first(kFrameBytesMax), down);
        opcode = Opcode::continuation;
    }
    append_frame(opcode, true, bytes, down);
}

void WebSocket::close(bool orderly, std::string& down) {
    if (frames_) send_close(orderly ? CloseCode::normal : CloseCode::protocol_error, down);
}

void WebSocket::send_close(CloseCode code, std::string& down) {
    if (std::exchange(closed_, true)) return;
    const auto number = static_cast<std::uint16_t>(code);
    const std::array<std::uint8_t, 2> payload{static_cast<std::uint8_t>(number >> 8),
                                              static_cast<std::uint8_t>(number)};
    append_frame(Opcode::close, true, payload, down);
}

}  // namespace tern::gateway
