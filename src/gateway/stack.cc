#include "gateway/stack.h"

#include "gateway/detect.h"
#include "gateway/link.h"
#include "gateway/proxy_header.h"
#include "gateway/tls.h"
#include "gateway/web_socket.h"

#include <algorithm>
#include <array>

namespace tern::gateway {
namespace {

// How much may come before it is known what it is.
constexpr std::size_t kUndecidedBytesMax = 2048;
// What has gone through the layers waits here and not at the link, which does not know that it
// does.
constexpr std::size_t kCarriedBytesMax = std::size_t{256} * 1024;
constexpr std::size_t kPiecesAtATime = 64;

}  // namespace

End Stack::receive(Bytes bytes) {
    begun_ = true;
    End end = pass_up(0, bytes);
    return end || room_ != nullptr ? end : decide();
}

End Stack::pass_up(std::size_t layer, Bytes bytes) {
    if (layer == layers_.size()) {
        plain_.append(as_text(bytes));
        return {};
    }
    std::string up;
    std::string down;
    End end = layers_[layer]->receive(bytes, up, down);
    if (!down.empty()) pass_down(layer, as_bytes(down));
    // What came before the end counts.
    End end_above = up.empty() ? End() : pass_up(layer + 1, as_bytes(up));
    return end ? end : end_above;
}

void Stack::pass_down(std::size_t layers, Bytes bytes) {
    if (layers == 0) return out_.append(bytes);
    std::string down;
    layers_[layers - 1]->send(bytes, down);
    if (!down.empty()) pass_down(layers - 1, as_bytes(down));
}

End Stack::take_proxy_header() {
    const auto header = read_proxy_header(as_bytes(plain_));
    if (!header) return header.error();
    if (header->size == 0) return {};
    awaits_proxy_ = false;
    source_ = header->source;
    plain_.erase(0, header->size);
    return {};
}

End Stack::decide() {
    if (awaits_proxy_ && !plain_.empty()) {
        if (End end = take_proxy_header()) return end;
        if (awaits_proxy_) return {};
        // A proxy that looks whether the broker is there goes away again without a word.
        begun_ = !plain_.empty();
    }
    if (plain_.empty()) return {};
    if (service_.tls != nullptr && !encrypted_ && (service_.tls_only || is_tls(plain_))) {
        encrypted_ = true;
        return add(make_tls());
    }
    auto detection = protocol::Detection::no;
    if (service_.web_socket && web_socket_ == nullptr) {
        detection = is_web_socket(plain_);
        if (detection == protocol::Detection::yes) {
            auto layer =
                std::make_unique<WebSocket>(service_.rooms, service_.web_socket_frame_bytes_max);
            web_socket_ = layer.get();
            return add(std::move(layer));
        }
    }
    if (web_socket_ != nullptr || !service_.web_socket_only) {
        const Detected found = detect(
            web_socket_ != nullptr ? web_socket_->rooms() : service_.rooms, as_bytes(plain_));
        room_ = found.room;
        if (found.detection != protocol::Detection::no) detection = found.detection;
    }
    if (detection == protocol::Detection::no ||
        (room_ == nullptr && plain_.size() > kUndecidedBytesMax)) {
        greet_stranger();
        return "this is no protocol that is spoken here";
    }
    return {};
}

std::unique_ptr<Layer> Stack::make_tls() const {
    if (!service_.verify_client_address) return service_.tls->accept(service_.client_certificate);
    const Endpoint client = source_ ? *source_ : parse_endpoint(peer_).value_or(Endpoint{peer_, 0});
    // One of IPv4 that comes to an address of IPv6.
    constexpr std::string_view kMapped("::ffff:");
    const std::size_t skipped = client.host.starts_with(kMapped) ? kMapped.size() : 0;
    return service_.tls->accept(service_.client_certificate, client.host.substr(skipped));
}

/// Where several protocols have nothing in common there is nothing to be said.
void Stack::greet_stranger() {
    const auto greets = [](const auto* room) { return !room->greeting().empty(); };
    if (web_socket_ == nullptr && std::ranges::all_of(service_.rooms, greets)) {
        pass_down(layers_.size(), service_.rooms.back()->greeting());
    }
}

std::string Stack::certificate() const {
    for (const auto& layer : layers_) {
        if (std::string subject = layer->certificate(); !subject.empty()) return subject;
    }
    return {};
}

bool Stack::is_clogged() const {
    return out_.size() > 2 * kCarriedBytesMax;
}

End Stack::add(std::unique_ptr<Layer> layer) {
    const std::string first = take_plain();
    layers_.push_back(std::move(layer));
    End end = pass_up(layers_.size() - 1, as_bytes(first));
    return end ? end : decide();
}

void Stack::carry(Link& link) {
    while (out_.size() < kCarriedBytesMax && !link.pending().empty()) {
        // Together, as each call costs its layer a record.
        std::array<Bytes, kPiecesAtATime> pieces;
        const std::size_t count = link.pending().gather(pieces);
        std::string bytes;
        for (const Bytes piece : std::span(pieces).first(count)) bytes.append(as_text(piece));
        pass_down(layers_.size(), as_bytes(bytes));
        link.written(bytes.size());
    }
}

void Stack::close(bool orderly) {
    if (std::exchange(closed_, true)) return;
    for (std::size_t layer = layers_.size(); layer > 0; --layer) {
        std::string down;
        layers_[layer - 1]->close(orderly, down);
        if (!down.empty()) pass_down(layer - 1, as_bytes(down));
    }
}

}  // namespace tern::gateway
