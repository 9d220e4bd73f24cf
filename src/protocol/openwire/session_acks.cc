#include "base/log.h"
#include "protocol/openwire/dead_letter.h"
#include "protocol/openwire/session.h"

#include <algorithm>

namespace tern::openwire {
namespace {

// Transactions of the session's own, far from any number a client counts up to.
constexpr std::uint64_t kBurialTransaction = std::uint64_t{1} << 63;

/// What both sides count against a producer's window: OpenWire reference, 10.3.
std::int32_t window_bytes(const Message& message) {
    return static_cast<std::int32_t>(1024 + message.content.view().size() +
                                     message.properties.view().size());
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
    const broker::DestinationView to = to_broker(*message.destination);
    if (to.name.empty()) return refuse(reply, kInvalidDestination, "an empty name");
    if (to.name.find(',') != std::string_view::npos) {
        return refuse(reply, kInvalidDestination,
                      "this version of the broker does not send to several destinations at once");
    }
    const broker::TransactionNumber transaction = find_transaction(message.transaction_id);
    if (message.transaction_id && !transaction) {
        return refuse(reply, kJmsException, "the message's transaction has not been started");
    }
    Message stamped = message;
    stamped.broker_in_time = broker_.wall_ms();
    auto stored = converter_.store(stamped, owner);
    if (!stored) return refuse(reply, kJmsException, stored.error().message());
    const bool acknowledged = window->second > 0 && !message.response_required;
    const broker::Token token =
        acknowledged || to.temporary
            ? then([this, reply, acknowledged, session = producer.session_id,
                    number = producer.value, size = window_bytes(message),
                    about = broker::to_text(to)](std::error_code error) {
                  if (acknowledged) {
                      send(ProducerAck{.producer_id = ProducerId{.connection_id = connection_id_,
                                                                 .value = number,
                                                                 .session_id = session},
                                       .size = size});
                  }
                  answer(reply, error, about);
              })
            : plain(reply);
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
    // Late acks of a consumer that is closed, or was restored after a failover: 11.5.
    if (consumer == nullptr || consumer->window.in_flight() == 0) return answer(reply);
    const broker::TransactionNumber transaction = find_transaction(ack.transaction_id);
    if (ack.transaction_id && !transaction) {
        return refuse(reply, kJmsException, "the ack's transaction has not been started");
    }
    Consumer& window = consumer->window;
    const auto range = acked_range(*consumer, ack);
    if (!range) {
        return refuse(reply, kJmsException,
                      "Could not correlate acknowledgment with dispatched message");
    }
    switch (ack.ack_type) {
        case AckType::delivered:
            window.extend(ack.message_count);
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
            broker_.settle(window.number(), window.tags(*range), broker::Outcome::accept,
                           transaction);
            if (transaction) {
                window.stage(*range, transaction, ack.ack_type == AckType::individual);
            } else {
                window.acknowledge(*range);
            }
            break;
        case AckType::expired:
            broker_.settle(window.number(), window.tags(*range), broker::Outcome::accept, {});
            window.acknowledge(*range);
            break;
        case AckType::poison:
            if (transaction) {
                return refuse(reply, kJmsException, "Poison ack cannot be transacted");
            }
            dead_letter(*consumer, *range, cause_text(ack));
            break;
    }
    grant(*consumer);
    answer(reply);
}

std::optional<Consumer::Range> Session::acked_range(const ConsumerState& consumer,
                                                    const MessageAck& ack) const {
    const Consumer& window = consumer.window;
    const auto count = static_cast<std::size_t>(std::max(0, ack.message_count));
    if (consumer.topic || consumer.browser) {
        // Only counted: 11.3. Advisory consumers name just how many.
        const auto range = window.find({}, ack.last_message_id);
        return range ? range : window.oldest(count);
    }
    if (ack.ack_type == AckType::individual) return window.find_one(ack.last_message_id);
    return window.find(ack.first_message_id, ack.last_message_id);
}

bool Session::check_count(const ConsumerState& consumer, const MessageAck& ack,
                          Consumer::Range range) const {
    if (consumer.topic || consumer.browser) return true;
    return static_cast<std::size_t>(std::max(0, ack.message_count)) == range.second - range.first;
}

void Session::dead_letter(ConsumerState& consumer, Consumer::Range range, std::string_view cause) {
    Consumer& window = consumer.window;
    for (std::size_t i = range.first; i < range.second; ++i) {
        const Dispatched& one = window.at(i);
        // Topic messages only leave the window, and transient ones are not worth a letter (11.9).
        const bool buried =
            !consumer.topic && one.tag.queue && one.message->header().durable == Durable::yes;
        if (buried) {
            bury(consumer, one, *one.message, cause);
        } else if (one.tag.queue) {
            broker_.settle(window.number(), {&one.tag, 1}, broker::Outcome::accept, {});
        }
    }
    window.acknowledge(range);
}

void Session::bury(ConsumerState& consumer, const Dispatched& dispatched,
                   const tern::Message& message, std::string_view cause) {
    Message original;
    const auto loaded = converter_.load(message, original);
    auto letter = loaded ? make_dead_letter(original, cause, converter_)
                         : Result<MessagePtr>(failure(loaded.error()));
    if (!letter) {
        log::error("openwire", "{}: a message cannot be dead-lettered and is dropped: {}",
                   wire_.peer(), letter.error().message());
    }
    const broker::DestinationView to{broker::Domain::queue, false, kDeadLetterQueue};
    const bool back_home =
        original.destination && to_broker(*original.destination).name == kDeadLetterQueue;
    const broker::TransactionNumber transaction{kBurialTransaction | ++last_burial_};
    broker_.begin(transaction);
    if (letter && !back_home) {
        broker_.publish({.to = to, .message = std::move(*letter), .transaction = transaction});
    }
    broker_.settle(consumer.window.number(), {&dispatched.tag, 1}, broker::Outcome::accept,
                   transaction);
    broker_.commit(transaction, {});
}

void Session::grant(ConsumerState& consumer) {
    if (consumer.browser) return continue_browse(consumer);
    if (const std::uint32_t credit = consumer.window.take_grant(); credit > 0) {
        broker_.grant(consumer.window.number(), credit);
    }
}

}  // namespace tern::openwire
