#include "base/log.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/hub.h"
#include "protocol/amqp10/session.h"
#include "protocol/amqp10/stored.h"

#include <algorithm>
#include <array>

namespace tern::amqp10 {
namespace {

// What a consumer may have on its way from the broker, however much credit its peer gives.
constexpr std::size_t kGrantBytesMax = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kGrantMax = 4096;
constexpr std::size_t kGrantFirst = 256;       // until the size of its messages is known
constexpr std::size_t kTransferBytesMax = 64;  // frame header and performative, with our tags

std::array<std::uint8_t, 4> tag_of(std::uint32_t delivery_id) {
    std::array<std::uint8_t, 4> tag{};
    store_big_endian(tag.data(), delivery_id);
    return tag;
}

std::uint32_t grant_limit(const Consumer& consumer) {
    if (consumer.message_bytes == 0) return kGrantFirst;
    return static_cast<std::uint32_t>(
        std::clamp<std::size_t>(kGrantBytesMax / consumer.message_bytes, 1, kGrantMax));
}

/// What stands before the unchanged part of a message of our own format.
void put_header(const broker::Delivery& delivery, const broker::Broker& broker, ByteWriter& out) {
    const Message& message = *delivery.message;
    const std::int64_t now_ms = message.header().expires_at_ms == 0 ? 0 : broker.wall_ms();
    encode(delivery_header(message, first_acquirer_of(message), delivery.failures, now_ms), out);
}

}  // namespace

void Session::on_flow(Consumer& consumer, const Flow& flow) {
    flush_settlement();  // what was released comes before what is drained
    if (consumer.named && flow.link_credit.value_or(0) > 0) resume(consumer);
    if (!consumer.number) return;
    if (flow.link_credit) {
        // Part 2, 2.6.7; a count behind ours means that deliveries are on their way.
        const std::uint32_t limit =
            flow.delivery_count.value_or(0) + std::min<std::uint32_t>(*flow.link_credit, INT32_MAX);
        const auto credit = static_cast<std::int32_t>(limit - consumer.delivery_count);
        consumer.credit = credit > 0 ? static_cast<std::uint32_t>(credit) : 0;
    }
    if (consumer.browser) {
        consumer.draining = flow.drain;
        top_up(consumer);
        return continue_browse(consumer);
    }
    const std::uint32_t room = consumer.credit - std::min(consumer.credit, consumer.queued);
    if (consumer.granted > room && !flow.drain) {
        revoke(consumer);
    } else {
        top_up(consumer);
    }
    if (flow.drain && !std::exchange(consumer.draining, true)) {
        consumer.exhausted = false;
        continue_drain(consumer);
    }
    if (flow.echo && !flow.drain && consumer.attached) send_flow(&consumer, false);
}

void Session::top_up(Consumer& consumer) {
    if (consumer.revoking || consumer.browse_complete) return;
    const std::uint32_t limit = grant_limit(consumer);
    const std::uint32_t room = consumer.credit - std::min(consumer.credit, consumer.queued);
    const std::uint32_t wanted = std::min(room, limit);
    // In steps: each grant is a command of its own. What the credit leaves is never held back.
    if (wanted <= consumer.granted) return;
    if (consumer.granted > limit / 2 && room > limit) return;
    const std::uint32_t more = wanted - consumer.granted;
    consumer.granted = wanted;
    broker_.grant(consumer.number, more);
}

void Session::revoke(Consumer& consumer) {
    if (std::exchange(consumer.revoking, true)) return;
    broker_.drain(consumer.number, connection_.then([&connection = connection_,
                                                     number = consumer.number](std::error_code) {
        Consumer* const revoked = connection.find_consumer(number);
        if (revoked == nullptr) return;
        revoked->revoking = false;
        revoked->granted = 0;
        revoked->session.top_up(*revoked);
        if (revoked->draining) revoked->session.continue_drain(*revoked);
    }));
}

void Session::continue_drain(Consumer& consumer) {
    if (consumer.revoking) return;
    if (consumer.exhausted || consumer.credit <= consumer.queued) return finish_drain(consumer);
    consumer.revoking = true;
    broker_.drain(consumer.number, connection_.then([&connection = connection_,
                                                     number = consumer.number](std::error_code) {
        Consumer* const drained = connection.find_consumer(number);
        if (drained == nullptr) return;
        drained->revoking = false;
        // Credit that is left means that the queue has nothing more.
        drained->exhausted = std::exchange(drained->granted, 0) > 0;
        if (!drained->exhausted) drained->session.top_up(*drained);
        drained->session.continue_drain(*drained);
    }));
}

void Session::finish_drain(Consumer& consumer) {
    if (!consumer.draining || consumer.queued > 0 || !consumer.attached) return;
    consumer.draining = false;
    consumer.delivery_count += std::exchange(consumer.credit, 0);
    send_flow(&consumer, true);
}

bool Session::may_send() const {
    return peer_window_ > 0 && !connection_.output_is_high();
}

void Session::deliver(Consumer& consumer, std::span<const broker::Delivery> deliveries) {
    for (const broker::Delivery& delivery : deliveries) {
        if (consumer.granted > 0) --consumer.granted;
        const std::size_t bytes = delivery.message->native().size() + 64 +
                                  delivery.message->properties().size() +
                                  delivery.message->body_bytes();
        consumer.message_bytes = (consumer.message_bytes * 7 + bytes) / 8;
        transmit(consumer, delivery);
    }
    flush_settlement();
    top_up(consumer);
}

void Session::browsed(Consumer& consumer, std::span<const broker::Delivery> content, bool last) {
    const auto count = static_cast<std::uint32_t>(content.size());
    consumer.granted -= std::min(consumer.granted, count);
    consumer.browse.insert(consumer.browse.end(), content.begin(), content.end());
    consumer.browse_complete = last;
    continue_browse(consumer);
    top_up(consumer);
}

void Session::continue_browse(Consumer& consumer) {
    while (!consumer.browse.empty() && consumer.credit > consumer.queued) {
        broker::Delivery delivery = std::move(consumer.browse.front());
        consumer.browse.pop_front();
        delivery.tag = {};  // nothing to settle
        transmit(consumer, delivery);
    }
    const bool over = consumer.browse.empty() && consumer.browse_complete;
    if (over || consumer.credit == 0) finish_drain(consumer);
}

void Session::transmit(Consumer& consumer, const broker::Delivery& delivery) {
    if (consumer.credit <= consumer.queued) {
        // The peer has taken back its credit while this was on its way.
        return gather(consumer, delivery.tag, broker::Outcome::release, {});
    }
    if (pending_.empty() && may_send() && transmit_whole(consumer, delivery)) return;
    ++consumer.queued;
    pending_.push_back({.consumer = &consumer, .delivery = delivery});
    send_pending();
}

bool Session::transmit_whole(Consumer& consumer, const broker::Delivery& delivery) {
    const Message& message = *delivery.message;
    if (message.header().format != Format::amqp10 || message.large() != nullptr) return false;
    const Bytes annotated = annotated_of(message);
    const std::size_t unchanged =
        annotated.size() + message.properties().size() + message.body().size();
    const std::uint32_t frame_max = connection_.peer_frame_bytes_max();
    if (unchanged + 2 * kTransferBytesMax > frame_max) return false;

    const std::uint32_t id = next_delivery_id_++;
    const auto tag = tag_of(id);
    ByteWriter& out = connection_.scratch();
    const std::size_t at = begin_frame(out, FrameType::amqp, channel_);
    encode(Transfer{.handle = consumer.handle,
                    .delivery_id = id,
                    .delivery_tag = Bytes(tag),
                    .message_format = 0,
                    .settled = consumer.presettled},
           out);
    put_header(delivery, broker_, out);
    end_frame(out, at, unchanged);
    Output& output = connection_.output();
    const Buffer& body = message.body();
    const bool small = body.size() < Output::kReferenceBytesMin;
    const std::array<Bytes, 4> pieces = {out.bytes(), annotated, message.properties(),
                                         small ? body.bytes() : Bytes()};
    output.append(pieces);
    if (!small) output.append(body);
    out.clear();
    --peer_window_;
    ++next_outgoing_id_;
    transmitted(consumer, delivery, id);
    return true;
}

void Session::begin(Pending& pending) {
    const broker::Delivery& delivery = pending.delivery;
    const Message& message = *delivery.message;
    ByteWriter head;
    if (message.header().format == Format::amqp10) {
        put_header(delivery, broker_, head);
        head.append(annotated_of(message));
        head.append(message.properties());
        pending.pieces = {head.freeze()};
        if (message.large() == nullptr) pending.pieces.push_back(message.body());
        pending.left = message.large() == nullptr ? 0 : message.large()->size();
    } else {
        const auto hub = connection_.formats().read(message);
        if (!hub) return unsendable(*pending.consumer, delivery, hub.error().message());
        write_message(*hub, delivery.failures, broker_.wall_ms(), head);
        pending.pieces = {head.freeze()};
    }
    pending.left += pending.at_hand();
    pending.delivery_id = next_delivery_id_++;
    pending.begun = true;
}

void Session::send_part(Pending& pending) {
    const std::size_t room = connection_.peer_frame_bytes_max() - kTransferBytesMax;
    std::size_t part = std::min(room, pending.at_hand());
    const auto tag = tag_of(pending.delivery_id);
    ByteWriter& out = connection_.scratch();
    const std::size_t at = begin_frame(out, FrameType::amqp, channel_);
    encode(Transfer{.handle = pending.consumer->handle,
                    .delivery_id = pending.delivery_id,
                    .delivery_tag = Bytes(tag),
                    .message_format = 0,
                    .settled = pending.consumer->presettled,
                    .more = part < pending.left},
           out);
    end_frame(out, at, part);
    Output& output = connection_.output();
    output.append(out.bytes());
    out.clear();
    pending.left -= part;
    while (part > 0) {
        Buffer& piece = pending.pieces.front();
        const std::size_t count = std::min(part, piece.size());
        output.append(piece.slice(0, count));
        piece = piece.slice(count, piece.size() - count);
        part -= count;
        if (piece.empty()) pending.pieces.pop_front();
    }
    --peer_window_;
    ++next_outgoing_id_;
}

void Session::pump() {
    send_pending();
    for (const auto& [handle, consumer] : consumers_) {
        if (consumer->browser) continue_browse(*consumer);
    }
    flush_settlement();
}

void Session::send_pending() {
    while (!pending_.empty() && may_send()) {
        Pending& next = pending_.front();
        Consumer& consumer = *next.consumer;
        if (!next.begun) {
            begin(next);
            if (!next.begun) {  // it could not be sent and is dealt with
                --consumer.queued;
                pending_.pop_front();
                continue;
            }
        }
        if (next.delivery.message->large() != nullptr) {
            read_large(next);
            if (next.at_hand() == 0) return;  // goes on when more was read
        }
        send_part(next);
        if (next.left > 0) continue;
        const Pending done = std::move(next);
        pending_.pop_front();
        --consumer.queued;
        transmitted(consumer, done.delivery, done.delivery_id);
        if (consumer.browser) continue;
        top_up(consumer);
        if (consumer.draining) continue_drain(consumer);
    }
}

void Session::transmitted(Consumer& consumer, const broker::Delivery& delivery,
                          std::uint32_t delivery_id) {
    ++consumer.delivery_count;
    if (consumer.credit > 0) --consumer.credit;
    if (consumer.presettled) {
        gather(consumer, delivery.tag, broker::Outcome::accept, {});
        return;
    }
    unsettled_.emplace(delivery_id,
                       Unsettled{.consumer = &consumer, .tag = delivery.tag, .transaction = {}});
}

void Session::unsendable(Consumer& consumer, const broker::Delivery& delivery,
                         std::string_view why) {
    log::error("amqp10", "{}: a stored message cannot be sent: {}", connection_.wire().peer(), why);
    if (delivery.tag.queue) broker_.reject(consumer.number, {&delivery.tag, 1}, why);
}

void Session::forget_pending(Consumer& consumer) {
    // What has partly left is aborted: the rest of the frames would be missed.
    for (const Pending& pending : pending_) {
        if (pending.consumer != &consumer || !pending.begun || ended_) continue;
        send(Transfer{
            .handle = consumer.handle, .delivery_id = pending.delivery_id, .aborted = true});
        ++next_outgoing_id_;
    }
    erase_if(pending_, [&](const Pending& p) { return p.consumer == &consumer; });
}

}  // namespace tern::amqp10
