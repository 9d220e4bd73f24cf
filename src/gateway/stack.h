#pragma once

#include "bytes/output.h"
#include "gateway/endpoint.h"
#include "gateway/layer.h"
#include "gateway/service.h"

#include <memory>
#include <string>
#include <vector>

namespace tern::gateway {

class Link;
class WebSocket;

/// What a connection's first bytes make of it: the layers that its protocol lies in, and the room
/// that it belongs to. Once the room is known and there is no layer, nobody needs it any more.
/// Knows no socket; a pump drives it.
class Stack {
public:
    /// `service` outlives the stack. `peer`: as it connects, by a proxy perhaps.
    explicit Stack(const Service& service, std::string_view peer = {})
        : service_(service), peer_(peer), awaits_proxy_(service.proxied) {}

    /// Takes bytes of the socket. Nothing may be received after an end.
    [[nodiscard]] End receive(Bytes bytes);
    /// Null until it is known.
    [[nodiscard]] const protocol::Room* room() const { return room_; }
    [[nodiscard]] bool has_layers() const { return !layers_.empty(); }
    /// Bytes have come, but it is not known whom they are for.
    [[nodiscard]] bool is_undecided() const { return begun_ && room_ == nullptr; }
    /// The client, as the proxy says that passes the connection on; nothing if none has said so.
    [[nodiscard]] const std::optional<Endpoint>& source() const { return source_; }
    /// The subject of the client's certificate, as `protocol::Wire` has it.
    [[nodiscard]] std::string certificate() const;
    /// What came for the room since the last call.
    [[nodiscard]] std::string take_plain() { return std::exchange(plain_, {}); }

    /// What is to be written to the socket.
    [[nodiscard]] Output& out() { return out_; }
    /// Moves to `out`, through the layers, what the link has to send, as long as the socket keeps
    /// up.
    void carry(Link& link);
    /// So much waits to be written that no more should be received.
    [[nodiscard]] bool is_clogged() const;
    /// Appends the layers' last words to `out`, the first time it is called.
    void close(bool orderly);

private:
    [[nodiscard]] End pass_up(std::size_t layer, Bytes bytes);
    void pass_down(std::size_t layers, Bytes bytes);
    [[nodiscard]] End decide();
    void greet_stranger();
    [[nodiscard]] End take_proxy_header();
    [[nodiscard]] End add(std::unique_ptr<Layer> layer);

    [[nodiscard]] std::unique_ptr<Layer> make_tls() const;

    const Service& service_;
    const std::string peer_;
    std::vector<std::unique_ptr<Layer>> layers_;  ///< the lowest one first
    bool begun_ = false;
    bool awaits_proxy_;
    std::optional<Endpoint> source_;
    bool encrypted_ = false;
    const WebSocket* web_socket_ = nullptr;  ///< among the layers
    bool closed_ = false;
    const protocol::Room* room_ = nullptr;
    std::string plain_;
    Output out_;
};

}  // namespace tern::gateway
