#include "broker/api/errors.h"
#include "broker/route/errors.h"
#include "protocol/amqp091/codec/errc.h"
#include "protocol/amqp091/native.h"
#include "protocol/amqp091/publish_token.h"
#include "protocol/amqp091/replies.h"
#include "protocol/amqp091/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tern::amqp091 {
namespace {

constexpr std::int64_t kTenYearsMs = 315'360'000'000;
constexpr std::uint8_t kPersistent = 2;
constexpr std::int64_t kSecond = 1000;

std::optional<std::int64_t> milliseconds(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || text.starts_with('-') || value > kTenYearsMs) return std::nullopt;
    return value;
}

/// The keys in a header such as CC; nothing when it is not an array of texts.
std::optional<std::vector<std::string>> keys_in(const FieldTable& headers, std::string_view name) {
    const FieldValue* const header = headers.find(name);
    if (header == nullptr) return std::vector<std::string>();
    const auto* const array = std::get_if<FieldArray>(&header->value);
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> keys;
    for (const FieldValue& value : array->values) {
        if (value.text() == nullptr) return std::nullopt;
        keys.push_back(*value.text());
    }
    return keys;
}

/// What its only key is called in refusals.
std::string topic_text(const broker::ExchangeAddress& to) {
    return fmt::format("topic '{}' in {}", to.keys.front(),
                       in_vhost("exchange", to.exchange, to.vhost));
}

bool has_header(const Properties& properties, std::string_view name) {
    return properties.headers && find_raw(*properties.headers, name).type != 0;
}

/// What others may see of it. `reply_queue`: where the channel's answers come.
void append_for_others(ByteWriter& out, Properties properties, std::string_view reply_queue) {
    if (properties.reply_to == kReplies) properties.reply_to = reply_queue;
    ByteWriter entries;
    if (has_header(properties, "BCC")) {
        FieldTable headers = *decode_table(*properties.headers);
        std::ignore = headers.remove("BCC");
        encode_entries(entries, headers);
        properties.headers = entries.bytes();
    }
    encode_properties(out, properties);
}

}  // namespace

void Session::on(Channel& channel, const BasicPublish& method) {
    if (method.immediate) return fail({ReplyCode::not_implemented, "immediate=true"});
    const std::string_view key = method.routing_key.text;
    const broker::ExchangeAddress to{vhost_, method.exchange.text, {&key, 1}};
    const bool guarded = broker_.guarded();
    if (const auto error = guarded ? exchanges_.may_publish(to) : std::error_code()) {
        return fail(channel, refusal(error, exchange_text(method.exchange.text)));
    }
    const broker::Exchange* const exchange =
        exchanges_.topology().find(vhost_, method.exchange.text);
    if (exchange == nullptr) return fail_missing(channel, "exchange", method.exchange.text);
    if (exchange->internal) {
        return fail(channel, {ReplyCode::access_refused,
                              fmt::format("cannot publish to internal {}",
                                          in_vhost("exchange", exchange->name, vhost_))});
    }
    if (const auto error = guarded ? exchanges_.may_publish_keys(to) : std::error_code()) {
        return fail(channel, refusal(error, topic_text(to)));
    }
    Incoming& incoming = channel.incoming.emplace();
    incoming.mandatory = method.mandatory;
    write_native(incoming.native, method.exchange.text, method.routing_key.text, {});
    incoming.raw_at = incoming.native.size();
}

void Session::take_header(Channel& channel, Bytes payload) {
    Incoming& incoming = *channel.incoming;
    method_ = BasicPublish::kId;  // what all refusals are about
    if (incoming.has_header) {
        return fail({ReplyCode::unexpected_frame, "a second content header"});
    }
    const auto header = decode_content_header(payload);
    if (!header) {
        const bool other_class = header.error() == make_error_code(Errc::bad_content_class);
        return fail({other_class ? ReplyCode::unexpected_frame : ReplyCode::frame_error,
                     header.error().message()});
    }
    if (header->body_bytes > options_.message_bytes_max) {
        return fail(channel, {ReplyCode::precondition_failed,
                              fmt::format("message size {} is larger than configured max size {}",
                                          header->body_bytes, options_.message_bytes_max)});
    }
    if (!check_properties(channel, header->properties)) return;
    incoming.has_header = true;
    incoming.body_bytes = header->body_bytes;
    read_properties(incoming, header->properties);
    const bool asks = header->properties.reply_to == kReplies;
    if (asks || has_header(header->properties, "BCC")) {
        append_for_others(incoming.native, header->properties, channel.reply_queue);
    } else {
        incoming.native.append(header->raw);
    }
    if (header->body_bytes == 0) publish(channel, {}, nullptr);
}

bool Session::check_properties(Channel& channel, const Properties& properties) {
    const auto refuse = [&](std::string text) {
        fail(channel, {ReplyCode::precondition_failed, std::move(text)});
        return false;
    };
    if (properties.reply_to == kReplies && channel.reply_queue.empty()) {
        return refuse("fast reply consumer does not exist");
    }
    if (properties.user_id && *properties.user_id != user_ && !exchanges_.may_impersonate()) {
        return refuse(fmt::format("user_id property set to '{}' but authenticated user was '{}'",
                                  *properties.user_id, user_));
    }
    if (properties.expiration && !milliseconds(*properties.expiration)) {
        return refuse(fmt::format("invalid expiration '{}'", *properties.expiration));
    }
    if (has_header(properties, "CC") || has_header(properties, "BCC")) {
        const FieldTable headers = *decode_table(*properties.headers);
        for (const std::string_view name : {"CC", "BCC"}) {
            auto keys = keys_in(headers, name);
            if (!keys) {
                return refuse(
                    fmt::format("invalid message: the header '{}' is no array of texts", name));
            }
            std::ranges::move(*keys, std::back_inserter(channel.incoming->more_keys));
        }
    }
    return true;
}

void Session::read_properties(Incoming& incoming, const Properties& properties) {
    MessageHeader& header = incoming.header;
    header.format = Format::amqp091;
    header.durable =
        properties.delivery_mode.value_or(1) == kPersistent ? Durable::yes : Durable::no;
    header.priority = properties.priority.value_or(0);
    header.timestamp_ms = static_cast<std::int64_t>(properties.timestamp.value_or(0)) * kSecond;
    if (properties.expiration) {
        header.expires_at_ms = broker_.wall_ms() + *milliseconds(*properties.expiration);
    }
}

void Session::take_body(Channel& channel, Bytes payload, const Buffer* owner) {
    Incoming& incoming = *channel.incoming;
    method_ = BasicPublish::kId;
    if (!incoming.has_header) {
        return fail({ReplyCode::unexpected_frame, "content body without its header"});
    }
    if (payload.size() > incoming.body_bytes - incoming.body.size()) {
        return fail({ReplyCode::unexpected_frame, "more content than its header announced"});
    }
    if (payload.size() == incoming.body_bytes) return publish(channel, payload, owner);
    incoming.body.append(payload);
    if (incoming.body.size() < incoming.body_bytes) return;
    const Buffer whole = incoming.body.freeze();
    publish(channel, whole.bytes(), &whole);
}

void Session::publish(Channel& channel, Bytes body, const Buffer* owner) {
    Incoming incoming = std::move(*channel.incoming);
    channel.incoming.reset();
    const MessagePtr message =
        Message::create(incoming.header, incoming.native.bytes(), {}, body, owner);
    const NativeView native = *read_native(message->native());
    std::vector<std::string_view> keys{native.routing_key};
    keys.insert(keys.end(), incoming.more_keys.begin(), incoming.more_keys.end());
    const std::uint64_t count = ++channel.published;
    if (count == 1) tally_.add(Total::publishers);
    tally_.add(Total::received);
    if (channel.confirming) tally_.add(Total::received_confirm);
    broker::Token token;
    if (incoming.mandatory) channel.mandatory.emplace(count, message);
    if (channel.confirming || incoming.mandatory) token = publish_token(channel.incarnation, count);
    const broker::ExchangeAddress to{vhost_, native.exchange, keys};
    // Of the routing key it is known since the method came.
    if (!incoming.more_keys.empty() && broker_.guarded()) {
        for (const std::string_view key : keys) {
            const broker::ExchangeAddress one{vhost_, native.exchange, {&key, 1}};
            if (const auto error = exchanges_.may_publish(one)) {
                return fail(channel, refusal(error, exchange_text(native.exchange)));
            }
            if (const auto error = exchanges_.may_publish_keys(one)) {
                return fail(channel, refusal(error, topic_text(one)));
            }
        }
    }
    exchanges_.publish(
        {.to = to,
         .message = message,
         .transaction = channel.transactional ? channel.transaction : broker::TransactionNumber(),
         .token = token});
    if (!told_blocked_) tell_blocked();
}

void Session::tell_blocked() {
    constexpr std::int64_t kLookAgainMs = 100;
    const std::optional<broker::Limit> missing = exchanges_.waits_for();
    if (missing) wire_.tick_by(wire_.now_ms() + kLookAgainMs);
    if (!blocked_notify_ || missing.has_value() == told_blocked_) return;
    told_blocked_ = missing.has_value();
    if (!missing) return send(0, ConnectionUnblocked{});
    const bool memory = *missing == broker::Limit::memory || *missing == broker::Limit::destination;
    send(0, ConnectionBlocked{.reason = memory ? "low on memory" : "low on disk"});
}

void Session::published(broker::Token token, std::error_code error) {
    const auto found = by_incarnation_.find(incarnation_of(token));
    if (found == by_incarnation_.end()) return;
    Channel& channel = *channels_[found->second];
    if (channel.closing) return;
    if (is_denied(error)) return fail(channel, failure_of(error));
    const std::uint64_t count = count_of(token);
    const auto mandatory = channel.mandatory.extract(count);
    const bool unroutable = error == make_error_code(broker::RouteErrc::no_route);
    if (unroutable && !mandatory.empty()) send_return(channel, *mandatory.mapped());
    if (!channel.confirming || count <= channel.published_before) return;
    if (!channel.confirms.has_news()) with_news_.push_back(channel.number);
    const std::uint64_t sequence = count - channel.published_before;
    if (error && !unroutable) {
        channel.confirms.refused(sequence);
    } else {
        channel.confirms.taken(sequence);
        tally_.add(Total::confirmed);
    }
    std::ignore = wire_.output();  // `before_flush` is called for whoever asked for it
}

void Session::send_return(Channel& channel, const Message& message) {
    tally_.add(Total::returned);
    const NativeView native = *read_native(message.native());
    send(channel.number, BasicReturn{.reply_code = static_cast<std::uint16_t>(ReplyCode::no_route),
                                     .reply_text = "NO_ROUTE",
                                     .exchange = native.exchange,
                                     .routing_key = native.routing_key});
    send_content(channel.number, native.raw, message.body());
}

void Session::on(Channel& channel, const ConfirmSelect& method) {
    if (channel.transactional) {
        return fail(channel,
                    {ReplyCode::precondition_failed, "cannot switch from tx to confirm mode"});
    }
    if (!channel.confirming) channel.published_before = channel.published;
    channel.confirming = true;
    if (!method.no_wait) send(channel.number, ConfirmSelectOk{});
}

void Session::begin(Channel& channel) {
    channel.transaction = broker::TransactionNumber{++last_transaction_};
    broker_.begin(channel.transaction);
}

void Session::on(Channel& channel, const TxSelect&) {
    if (channel.confirming) {
        return fail(channel,
                    {ReplyCode::precondition_failed, "cannot switch from confirm to tx mode"});
    }
    if (!channel.transactional) begin(channel);
    channel.transactional = true;
    send(channel.number, TxSelectOk{});
}

void Session::on(Channel& channel, const TxCommit&) {
    if (!channel.transactional) {
        return fail(channel, {ReplyCode::precondition_failed, "channel is not transactional"});
    }
    settle(std::exchange(channel.settled_in_transaction, {}), broker::Outcome::accept,
           channel.transaction);
    const std::vector<Unacked> rejected = std::exchange(channel.rejected_in_transaction, {});
    const std::vector<bool> requeue = std::exchange(channel.requeue_in_transaction, {});
    for (std::size_t i = 0; i < rejected.size(); ++i) {
        settle({rejected[i]}, requeue[i] ? broker::Outcome::fail : broker::Outcome::reject, {});
    }
    broker_.commit(channel.transaction,
                   wait_for([this, &channel](std::error_code error, const broker::QueueCounts&) {
                       begin(channel);
                       if (error == make_error_code(broker::Errc::no_space)) {
                           return fail(channel,
                                       {ReplyCode::precondition_failed, "partial tx completion"});
                       }
                       if (error) {
                           return fail(channel, {ReplyCode::internal_error, error.message()});
                       }
                       send(channel.number, TxCommitOk{});
                   }));
}

void Session::on(Channel& channel, const TxRollback&) {
    if (!channel.transactional) {
        return fail(channel, {ReplyCode::precondition_failed, "channel is not transactional"});
    }
    // What was settled is with the client again, not delivered anew.
    std::vector<Unacked> back = channel.unsettled.take_all();
    for (auto* group : {&channel.settled_in_transaction, &channel.rejected_in_transaction}) {
        std::ranges::move(*group, std::back_inserter(back));
        group->clear();
    }
    channel.requeue_in_transaction.clear();
    std::ranges::sort(back, {}, &Unacked::tag);
    for (const Unacked& one : back) channel.unsettled.add(one);
    broker_.rollback(channel.transaction, {});
    begin(channel);
    send(channel.number, TxRollbackOk{});
}

}  // namespace tern::amqp091
