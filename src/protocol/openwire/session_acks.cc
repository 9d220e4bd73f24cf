#include "protocol/openwire/codec/modified_utf8.h"
#include "protocol/openwire/dead_letter.h"
#include "protocol/openwire/session.h"

#include <algorithm>

namespace tern::openwire {
namespace {

/// What both sides count against a producer's window: OpenWire reference, 10.3.
std::int32_t window_bytes(const Message& message) {
    return static_cast<std::int32_t>(1024 + message.content.view().size() +
                                     message.properties.view().size());
}

bool takes_messages(const MessageAck& ack) {
    return ack.ack_type == AckType::standard || ack.ack_type == AckType::individual;
}

}  // namespace

void Session::on(const Message& message, const Buffer* owner) {
    const Reply reply = reply_to(message);
    if (!message.producer_id || !message.message_id || !message.destination) {
        return refuse(reply, kJmsException, "a message without producer, id or destination");
    }
    const ProducerId& producer = *message.producer_id;
    const auto window = producer_windows_.find({producer.session_id, producer.value});
    if (window == producer_windows_.end()) {
        return refuse(reply, kIllegalState, "Cannot send with a producer that is not registered");
    }
    std::vector<broker::Destination> destinations =
        broker::elements(to_broker(*message.destination));
    if (destinations.empty()) return refuse(reply, kInvalidDestination, "an empty name");
    if (broker_.guarded()) {
        // All parts of a composite name, or none.
        const broker::DestinationView whole = to_broker(*message.destination);
        if (const auto error = broker_.may_publish(whole)) {
            if (!reply.wanted && message.transaction_id) fail_transaction(*message.transaction_id);
            return answer(reply, error, broker::to_text(whole));
        }
    }
    if (answer_statistics(message, destinations.front().view())) return;
    broker::TransactionNumber transaction;
    if (message.transaction_id) {
        const OpenTransaction* const open = find_transaction(*message.transaction_id);
        if (open == nullptr) return refuse_unknown(reply, *message.transaction_id);
        transaction = open->number;
    }
    publish(message, owner, std::move(destinations), transaction);
}

void Session::publish(const Message& message, const Buffer* owner,
                      std::vector<broker::Destination> destinations,
                      broker::TransactionNumber transaction) {
    if (destinations.size() == 1) {
        const broker::DestinationView to = destinations.front().view();
        return publish_one(message, owner, to, transaction,
                           publish_token(message, to, transaction));
    }
    // A copy for each, and one answer when all of them are taken: 12.3.
    struct Answers {
        std::size_t left = 0;
        std::error_code error = {};
    };
    auto answers = std::make_shared<Answers>(destinations.size());
    const broker::Token whole = publish_token(message, destinations.front().view(), transaction);
    Message copy = message;
    copy.original_destination = message.destination;
    for (const broker::Destination& one : destinations) {
        copy.destination = from_broker(one.view());
        publish_one(copy, owner, one.view(), transaction,
                    then([this, answers, whole](std::error_code error) {
                        if (error) answers->error = error;
                        if (--answers->left == 0) completed(whole, answers->error);
                    }));
    }
}

broker::Token Session::publish_token(const Message& message, const broker::DestinationView& to,
                                     broker::TransactionNumber transaction) {
    const Reply reply = reply_to(message);
    const ProducerId& producer = *message.producer_id;
    const std::int32_t window = producer_windows_.at({producer.session_id, producer.value});
    const bool acknowledged = window > 0 && !message.response_required;
    // Who is told why needs the name.
    if (!acknowledged && !to.temporary && !broker_.guarded()) return plain(reply, transaction);
    return then([this, reply, transaction, acknowledged, session = producer.session_id,
                 number = producer.value, size = window_bytes(message),
                 about = broker::to_text(to)](std::error_code error) {
        if (error && !reply.wanted) fail_transaction(transaction);
        if (acknowledged) {
            send(ProducerAck{.producer_id = ProducerId{.connection_id = connection_id_,
                                                       .value = number,
                                                       .session_id = session},
                             .size = size});
        }
        answer(reply, error, about);
    });
}

void Session::publish_one(const Message& message, const Buffer* owner,
                          const broker::DestinationView& to, broker::TransactionNumber transaction,
                          broker::Token token) {
    Message stamped = message;
    stamped.broker_in_time = broker_.wall_ms();
    stamped.redelivery_counter = 0;  // the broker's own word, not the sender's
    auto stored = converter_.store(stamped, owner);
    if (!stored) return completed(token, stored.error());
    broker_.publish({.to = to,
                     .message = std::move(*stored),
                     .transaction = transaction,
                     .token = token,
                     .origin = origin_of(*message.message_id),
                     .maybe_repeated = reconnected_});
}

void Session::on(const MessageAck& ack) {
    const Reply reply = reply_to(ack);
    ConsumerState* consumer = find_consumer(ack.consumer_id);
    // Late acks of a consumer that is closed, or was restored after a failover: 11.5. Within a
    // transaction they are of messages that will come again.
    if (consumer == nullptr || consumer->window.in_flight() == 0) {
        if (ack.transaction_id && takes_messages(ack)) fail_transaction(*ack.transaction_id);
        return answer(reply);
    }
    broker::TransactionNumber transaction;
    if (ack.transaction_id) {
        const OpenTransaction* const open = find_transaction(*ack.transaction_id);
        if (open == nullptr) return refuse_unknown(reply, *ack.transaction_id);
        transaction = open->number;
    }
    Consumer& window = consumer->window;
    const auto range = acked_range(*consumer, ack);
    if (!range) {
        // As above, when others came meanwhile. Who waits for an answer hears of it in that.
        if (ack.transaction_id && takes_messages(ack) && !reply.wanted) {
            fail_transaction(*ack.transaction_id);
        }
        return refuse(reply, kJmsException,
                      "Could not correlate acknowledgment with dispatched message");
    }
    switch (ack.ack_type) {
        case AckType::delivered:
            if (consumer->extends) window.extend(ack.message_count);
            break;
        case AckType::redelivered:
        case AckType::unmatched:
            break;
        case AckType::standard:
        case AckType::individual:
            if (ack.ack_type == AckType::standard && !transaction &&
                !check_count(*consumer, ack, *range)) {
                return refuse(reply, kJmsException,
                              "Unmatched acknowledge: the range does not have as many messages");
            }
            if (const auto tags = window.tags(*range); !consumer->browser && !tags.empty()) {
                broker_.settle(window.number(), tags, broker::Outcome::accept, transaction);
            }
            if (transaction) {
                window.stage(*range, transaction,
                             consumer->extends && ack.ack_type == AckType::individual);
            } else {
                window.acknowledge(*range);
            }
            break;
        case AckType::expired:
            expire(*consumer, *range);
            break;
        case AckType::poison:
            if (transaction) {
                return refuse(reply, kJmsException, "Poison ack cannot be transacted");
            }
            reject(*consumer, *range, cause_text(ack));
            break;
    }
    grant(*consumer);
    answer(reply);
}

std::optional<Consumer::Range> Session::acked_range(const ConsumerState& consumer,
                                                    const MessageAck& ack) const {
    const Consumer& window = consumer.window;
    const auto count = static_cast<std::size_t>(std::max(0, ack.message_count));
    const bool one = ack.ack_type == AckType::individual;
    if (consumer.counts_only()) {
        // Advisory consumers name just how many.
        const auto range =
            one ? window.find_one(ack.last_message_id) : window.find({}, ack.last_message_id);
        return range ? range : window.oldest(count);
    }
    if (one) return window.find_one(ack.last_message_id);
    return window.find(ack.first_message_id, ack.last_message_id);
}

bool Session::check_count(const ConsumerState& consumer, const MessageAck& ack,
                          Consumer::Range range) const {
    if (consumer.counts_only()) return true;
    return static_cast<std::size_t>(std::max(0, ack.message_count)) == range.second - range.first;
}

void Session::reject(ConsumerState& consumer, Consumer::Range range, std::string_view cause) {
    const auto tags = consumer.window.tags(range);
    if (!tags.empty()) broker_.reject(consumer.window.number(), tags, to_utf8(cause));
    consumer.window.acknowledge(range);
}

void Session::expire(ConsumerState& consumer, Consumer::Range range) {
    Consumer& window = consumer.window;
    for (std::size_t i = range.first; i < range.second; ++i) {
        const Dispatched& one = window.at(i);
        if (!one.tag.queue) continue;
        // The client's clock may be ahead of ours; it has given the message up all the same.
        const std::int64_t at = one.message->header().expires_at_ms;
        if (at != 0 && at <= broker_.wall_ms()) {
            broker_.reject(window.number(), {&one.tag, 1},
                           "Message Expired. Expiration:" + std::to_string(at));
        } else {
            broker_.settle(window.number(), {&one.tag, 1}, broker::Outcome::accept, {});
        }
    }
    window.acknowledge(range);
}

void Session::grant(ConsumerState& consumer) {
    if (const std::uint32_t credit = consumer.window.take_grant(); credit > 0) {
        broker_.grant(consumer.window.number(), credit);
    }
}

}  // namespace tern::openwire
