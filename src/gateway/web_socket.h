#pragma once

#include "gateway/layer.h"
#include "gateway/web_socket_frames.h"
#include "protocol/room.h"

#include <span>
#include <vector>

namespace tern::gateway {

/// The server's side of a WebSocket (RFC 6455), from the HTTP request on. Extensions, such as
/// compression, are not negotiated.
class WebSocket final : public Layer {
public:
    /// The sub-protocol that the client asks for has to be one of these rooms'. If it asks for
    /// none, any of them may be meant that has one.
    WebSocket(std::span<const protocol::Room* const> rooms, std::uint64_t frame_bytes_max);

    [[nodiscard]] End receive(Bytes from_below, std::string& up, std::string& down) override;
    void send(Bytes bytes, std::string& down) override;
    void close(bool orderly, std::string& down) override;

    /// Those that may be meant: fewer once the sub-protocol is known.
    [[nodiscard]] const std::vector<const protocol::Room*>& rooms() const { return rooms_; }

private:
    [[nodiscard]] End upgrade(std::string& down);
    [[nodiscard]] End read_frames(Bytes input, std::string& up, std::string& down);
    [[nodiscard]] End take_close(std::string_view payload, std::string& down);
    void send_close(CloseCode code, std::string& down);

    std::vector<const protocol::Room*> rooms_;
    const std::uint64_t frame_bytes_max_;
    std::string request_;                ///< as far as it has come
    std::optional<FrameReader> frames_;  ///< once it is a WebSocket
    bool closed_ = false;                ///< a close frame was sent
};

/// Whether a connection begins with an HTTP request that may be for a WebSocket.
[[nodiscard]] protocol::Detection is_web_socket(std::string_view first);

}  // namespace tern::gateway
