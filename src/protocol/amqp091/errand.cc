#include "protocol/amqp091/errand.h"

#include "protocol/amqp091/codec/content.h"
#include "protocol/amqp091/codec/table.h"
#include "protocol/amqp091/failure.h"

#include <algorithm>

namespace tern::amqp091 {
namespace {

/// Their presence is what matters; heartbeats are not wanted.
FieldTable properties() {
    FieldTable capabilities;
    for (const char* const name : {"authentication_failure_close", "basic.nack"}) {
        capabilities.put(name, {true});
    }
    FieldTable table;
    table.put("capabilities", {std::move(capabilities)});
    table.put("product", {std::string("TernMQ")});
    return table;
}

}  // namespace

void Errand::publish(std::string exchange, std::string key, std::string properties,
                     std::string body) {
    call(ConfirmSelect{});
    steps_.push_back([this, exchange = std::move(exchange), key = std::move(key),
                      properties = std::move(properties), body = std::move(body)](ByteWriter& out) {
        encode_method(out, kChannel,
                      BasicPublish{.exchange = exchange, .routing_key = key, .mandatory = true});
        encode_content_header(out, kChannel, body.size(), as_bytes(properties));
        const std::size_t most = frame_max_ - kFrameOverhead;
        for (std::size_t at = 0; at < body.size(); at += most) {
            const std::size_t begun = begin_frame(out, FrameType::body, kChannel);
            out.append(std::string_view(body).substr(at, most));
            end_frame(out, begun);
        }
    });
}

void Errand::get(std::string queue, std::uint64_t count, GetMode mode) {
    steps_.push_back([this, queue = std::move(queue), count, mode](ByteWriter& out) mutable {
        getting_ = Getting{.queue = std::move(queue), .left = count, .mode = mode};
        if (count > 0) return ask_for_one(out);
        getting_.reset();
        next(out);
    });
}

void Errand::ask_for_one(ByteWriter& out) {
    --getting_->left;
    encode_method(
        out, kChannel,
        BasicGet{.queue = getting_->queue, .no_ack = getting_->mode == GetMode::acknowledge});
}

void Errand::settle(ByteWriter& out) {
    const Getting all = *std::exchange(getting_, std::nullopt);
    if (all.mode == GetMode::acknowledge) return;
    for (const std::uint64_t tag : all.tags) {
        encode_method(out, kChannel,
                      BasicReject{.delivery_tag = tag, .requeue = all.mode != GetMode::reject});
    }
}

void Errand::start(ByteWriter& out) {
    out.append(Bytes(kProtocolHeader));
}

std::size_t Errand::receive(Bytes input, ByteWriter& out) {
    std::size_t taken = 0;
    while (!over()) {
        const Bytes rest = input.subspan(taken);
        const auto size = frame_size(rest, 0);
        if (!size || *size == 0 || *size > rest.size()) break;
        const auto frame = split_frame(rest.first(*size));
        if (!frame) break;
        taken += *size;
        handle(*frame, out);
    }
    return taken;
}

void Errand::handle(const Frame& frame, ByteWriter& out) {
    switch (frame.type) {
        case FrameType::heartbeat:
            return;
        case FrameType::method:
            if (const auto method = decode_method(frame.payload)) handle(*method, out);
            return;
        case FrameType::header: {
            const auto header = decode_content_header(frame.payload);
            if (!header || !incoming_) return;
            incoming_->properties = as_text(header->raw);
            missing_bytes_ = header->body_bytes;
            break;
        }
        case FrameType::body:
            if (!incoming_) return;
            incoming_->body += as_text(frame.payload);
            missing_bytes_ -= std::min<std::uint64_t>(missing_bytes_, frame.payload.size());
            break;
    }
    if (missing_bytes_ == 0) got_whole(out);
}

void Errand::got_whole(ByteWriter& out) {
    Got whole = *std::exchange(incoming_, std::nullopt);
    if (std::exchange(returned_, false)) return;  // a confirm follows
    outcome_.messages.push_back(std::move(whole));
    if (getting_ && getting_->left > 0) return ask_for_one(out);
    settle(out);
    next(out);
}

void Errand::handle(const Method& method, ByteWriter& out) {
    if (std::holds_alternative<ConnectionStart>(method)) {
        ByteWriter entries;
        encode_entries(entries, properties());
        const std::string response = '\0' + login_.user + '\0' + login_.password;
        encode_method(out, 0,
                      ConnectionStartOk{.client_properties = {entries.bytes()},
                                        .mechanism = "PLAIN",
                                        .response = {response},
                                        .locale = "en_US"});
    } else if (const auto* const tune = std::get_if<ConnectionTune>(&method)) {
        frame_max_ = tune->frame_max;
        encode_method(out, 0, ConnectionTuneOk{.channel_max = 1, .frame_max = tune->frame_max});
        encode_method(out, 0, ConnectionOpen{.virtual_host = login_.vhost});
    } else if (std::holds_alternative<ConnectionOpenOk>(method)) {
        encode_method(out, kChannel, ChannelOpen{});
    } else if (const auto* const close = std::get_if<ConnectionClose>(&method)) {
        encode_method(out, 0, ConnectionCloseOk{});
        refused(close->reply_code, close->reply_text.text);
        finish();
    } else if (std::holds_alternative<ConnectionCloseOk>(method)) {
        finish();
    } else if (const auto* const end = std::get_if<ChannelClose>(&method)) {
        refused(end->reply_code, end->reply_text.text);
        encode_method(out, kChannel, ChannelCloseOk{});
        steps_.clear();
        leaving_ = true;
        encode_method(out, 0, ConnectionClose{.reply_code = 200, .reply_text = "done"});
    } else if (std::holds_alternative<BasicReturn>(method)) {
        outcome_.routed = false;
        returned_ = true;
        incoming_ = Got{};
    } else if (const auto* const ok = std::get_if<BasicGetOk>(&method)) {
        if (!getting_) return;
        getting_->tags.push_back(ok->delivery_tag);
        incoming_ = Got{.redelivered = ok->redelivered,
                        .exchange = std::string(ok->exchange.text),
                        .key = std::string(ok->routing_key.text),
                        .left = ok->message_count};
    } else if (std::holds_alternative<BasicGetEmpty>(method)) {
        if (getting_) settle(out);
        next(out);
    } else if (std::holds_alternative<BasicNack>(method)) {
        outcome_.routed = false;
        next(out);
    } else if (const auto* const purged = std::get_if<QueuePurgeOk>(&method)) {
        outcome_.purged = purged->message_count;
        next(out);
    } else {
        next(out);
    }
}

void Errand::next(ByteWriter& out) {
    if (leaving_) return;
    if (steps_.empty()) {
        leaving_ = true;
        return encode_method(out, 0, ConnectionClose{.reply_code = 200, .reply_text = "done"});
    }
    Step step = std::move(steps_.front());
    steps_.pop_front();
    step(out);
}

void Errand::refused(std::uint16_t code, std::string_view text) {
    if (!outcome_.refusal) outcome_.refusal = Refusal{.code = code, .text = std::string(text)};
}

void Errand::ended() {
    if (over()) return;
    refused(0, "the connection was closed");
    finish();
}

void Errand::finish() {
    if (!over()) std::exchange(done_, nullptr)(std::move(outcome_));
}

}  // namespace tern::amqp091
