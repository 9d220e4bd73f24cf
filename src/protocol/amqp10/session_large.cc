// The part of Session that takes in and sends messages which are never in memory as a whole.
#include "base/log.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/errors.h"
#include "protocol/amqp10/session.h"

#include <utility>

namespace tern::amqp10 {
namespace {

/// So far the body has to begin, beyond the size from which on it goes to a file.
constexpr std::size_t kHeadBytesMax = std::size_t{1024} * 1024;
/// With less at hand, more of a body is read.
constexpr std::size_t kReadAheadBytes = std::size_t{256} * 1024;

void feed(Producer::Large& large, Bytes piece) {
    large.bytes += piece.size();
    if (large.wrong) return;
    if (const auto right = large.scanner.take(piece); right) {
        large.writer->append(piece);
    } else {
        large.wrong = right.error();
        large.writer.reset();
    }
}

}  // namespace

/// What has come of a message begins to go to a file, if it is large enough for that. False: it is
/// too large for not having a body yet.
bool Session::begin_large(Producer& producer) {
    const std::int64_t bytes_min = connection_.options().large_bytes_min;
    broker::LargeBodies* const bodies = broker_.large_bodies();
    if (bytes_min < 0 || bodies == nullptr || producer.kind == Producer::Kind::coordinator) {
        return true;
    }
    const auto bytes = static_cast<std::int64_t>(producer.body.size());
    if (bytes <= bytes_min) return true;
    const auto head = find_message_head(producer.body.bytes());
    if (head && !*head) return bytes < bytes_min + static_cast<std::int64_t>(kHeadBytesMax);
    ByteWriter begun = std::exchange(producer.body, {});
    producer.large = std::make_unique<Producer::Large>();
    if (!head) {
        producer.large->wrong = head.error();
        return true;
    }
    producer.large->writer = bodies->write();
    producer.body.append(begun.bytes().first((*head)->bytes));
    feed(*producer.large, begun.bytes().subspan((*head)->bytes));
    return true;
}

void Session::take_part(Producer& producer, const Transfer& transfer) {
    feed(*producer.large, transfer.payload);
    const std::uint64_t size = producer.body.size() + producer.large->bytes;
    if (size > connection_.options().message_bytes_max) {
        return detach_link(transfer.handle, kMessageSize, "the message is too large");
    }
    producer.partial = transfer.more;
    if (transfer.more) return;
    const auto large = std::exchange(producer.large, nullptr);
    const Buffer head = std::exchange(producer.body, {}).freeze();
    producer.message_bytes = (producer.message_bytes * 7 + size) / 8;
    if (!large->wrong && !large->scanner.complete()) large->wrong = Errc::malformed;
    if (large->wrong) return refuse_message(producer, kDecodeError, large->wrong.message());
    const auto sections = find_sections(head.bytes());
    if (!sections) return refuse_message(producer, kDecodeError, sections.error().message());
    send_on(producer, *sections, {.large = large->writer->finish()});
}

void Session::read_large(Pending& pending) {
    const LargeBodyPtr& body = pending.delivery.message->large();
    if (pending.reading || pending.read == body->size()) return;
    if (pending.at_hand() >= kReadAheadBytes) return;
    pending.reading = true;
    broker_.large_bodies()->read(body, pending.read,
                                 [&connection = connection_, serial = serial_,
                                  id = pending.delivery_id](Result<std::vector<Buffer>> pieces) {
                                     Session* const self = connection.find_session(serial);
                                     if (self != nullptr) self->came(id, pieces);
                                 });
}

void Session::came(std::uint32_t delivery_id, const Result<std::vector<Buffer>>& pieces) {
    // Only the first one is under way.
    if (pending_.empty() || !pending_.front().begun) return;
    Pending& pending = pending_.front();
    if (pending.delivery_id != delivery_id) return;
    pending.reading = false;
    if (!pieces) {
        break_off("its body cannot be read");
    } else {
        for (const Buffer& piece : *pieces) {
            pending.read += piece.size();
            pending.pieces.push_back(piece);
        }
    }
    send_pending();
    flush_settlement();
}

/// The rest of what is being sent cannot be had.
void Session::break_off(std::string_view why) {
    const Pending broken = std::move(pending_.front());
    pending_.pop_front();
    Consumer& consumer = *broken.consumer;
    send(Transfer{.handle = consumer.handle, .delivery_id = broken.delivery_id, .aborted = true});
    ++next_outgoing_id_;
    --consumer.queued;
    ++consumer.delivery_count;
    if (consumer.credit > 0) --consumer.credit;
    unsendable(consumer, broken.delivery, why);
}

}  // namespace tern::amqp10
