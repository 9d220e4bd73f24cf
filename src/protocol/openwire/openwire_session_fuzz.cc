// Whole connections. The first byte of the input chooses: the rest are the bytes of a connection,
// cut into pieces; or steps of a client that has connected, each a command made of small numbers
// or a frame taken from the input. Whatever comes, what the session answers is a stream of frames,
// and it never asks the broker for what makes no sense.

#include "bytes/byte_reader.h"
#include "protocol/fuzz_peers.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/frame.h"
#include "protocol/openwire/codec/negotiation.h"
#include "protocol/openwire/room.h"

namespace tern::openwire {
namespace {

constexpr const char* kConnection = "ID:c";

class Line {
public:
    Line() : session_(room().make_session(wire_, broker_)) {
        queue_.id = broker::QueueId{1};
        queue_.bindings = {{broker::Domain::queue, false, "q"}};
        session_->start();
        hear();
    }
    ~Line() { session_->ended(); }

    [[nodiscard]] bool open() const { return !wire_.closed(); }

    void give(Bytes bytes) {
        if (!open()) return;
        pending_ += as_text(bytes);
        const std::size_t taken = session_->receive(as_bytes(pending_), nullptr);
        TERN_ASSERT(taken <= pending_.size());
        pending_.erase(0, taken);
        broker_.answer_all(*session_);
        hear();
    }
    template <class T>
    void give_command(const T& command) {
        ByteWriter frame;
        if (encoder_.encode(command, frame)) give(frame.bytes());
    }
    void shake_hands() {
        ByteWriter frame;
        WireFormatProperties offer;
        offer.max_frame_size = 65536;
        TERN_ASSERT(encode_wire_format_info(offer, frame));
        give(frame.bytes());
    }
    void deliver() {
        if (open()) broker_.deliver(*session_, queue_);
        hear();
    }
    void pass(std::int64_t ms) {
        wire_.pass(ms);
        std::ignore = session_->tick(wire_.now_ms());
        hear();
    }
    void finish() {
        session_->shut_down();
        hear();
    }

private:
    static const Room& room() {
        static const message::Formats formats;
        static const Room room(
            Options{.data_directory = {}, .broker_id = "ID:fuzz", .version = "1"}, formats);
        return room;
    }
    /// Without tight encoding, without cache: every frame can be read by itself.
    void hear() {
        session_->before_flush();
        const std::string text = wire_.take();
        for (Bytes left = as_bytes(text); !left.empty();) {
            ByteReader in(left);
            const std::uint32_t size = in.u32();
            TERN_ASSERT(!in.failed() && size <= in.remaining());
            TERN_ASSERT(decoder_.decode(in.take(size)));
            left = left.subspan(4 + size);
        }
        session_->drained();
    }

    protocol::FuzzBroker broker_;
    protocol::FuzzWire wire_;
    broker::QueueInfo queue_;
    std::unique_ptr<protocol::Session> session_;
    Encoder encoder_;
    Decoder decoder_;
    std::string pending_;
};

/// Commands made of the input's bytes: few ids and names, so that they meet.
class Client {
public:
    Client(Line& line, Bytes input) : line_(line), in_(input) {}

    void run() {
        line_.shake_hands();
        line_.give_command(ConnectionInfo{.command_id = next(),
                                          .response_required = true,
                                          .connection_id = connection(),
                                          .client_id = "c"});
        while (line_.open() && in_.remaining() > 0) step(in_.u8());
        line_.finish();
    }

private:
    void step(std::uint8_t choice) {
        switch (choice % 14) {
            case 0:
                return line_.give_command(
                    SessionInfo{.command_id = next(), .session_id = SessionId{kConnection, id()}});
            case 1:
                return line_.give_command(
                    ProducerInfo{.command_id = next(),
                                 .producer_id = ProducerId{kConnection, id(), id()},
                                 .destination = destination()});
            case 2:
                return subscribe();
            case 3:
                return send();
            case 4:
                return acknowledge();
            case 5:
                return line_.give_command(
                    TransactionInfo{.command_id = next(),
                                    .response_required = flag(),
                                    .connection_id = connection(),
                                    .transaction_id = transaction(),
                                    .operation = static_cast<TransactionOperation>(in_.u8() % 9)});
            case 6:
                return line_.give_command(RemoveInfo{.command_id = next(),
                                                     .response_required = flag(),
                                                     .object_id = object(),
                                                     .last_delivered_sequence_id = in_.i8()});
            case 7:
                return line_.give_command(
                    DestinationInfo{.command_id = next(),
                                    .response_required = flag(),
                                    .connection_id = connection(),
                                    .destination = destination(),
                                    .operation = static_cast<DestinationOperation>(in_.u8() % 3)});
            case 8:
                return line_.give_command(MessagePull{.command_id = next(),
                                                      .consumer_id = consumer(),
                                                      .destination = destination(),
                                                      .timeout = in_.i8()});
            case 9:
                return line_.give_command(ConsumerControl{.command_id = next(),
                                                          .destination = destination(),
                                                          .close = flag(),
                                                          .consumer_id = consumer(),
                                                          .prefetch = in_.i8()});
            case 10:
                return line_.give_command(RemoveSubscriptionInfo{.command_id = next(),
                                                                 .response_required = flag(),
                                                                 .connection_id = connection(),
                                                                 .subscription_name = "s",
                                                                 .client_id = "c"});
            case 11:
                return line_.pass(std::int64_t{in_.u8()} * 100);
            case 12:
                return line_.deliver();
            default:
                return give_raw();
        }
    }
    void subscribe() {
        ConsumerInfo info{.command_id = next(),
                          .response_required = flag(),
                          .consumer_id = consumer(),
                          .browser = in_.u8() % 8 == 0,
                          .destination = destination(),
                          .prefetch_size = in_.i8()};
        if (in_.u8() % 4 == 0) info.subscription_name = "s";
        if (in_.u8() % 4 == 0) info.selector = "a = 1";
        line_.give_command(info);
    }
    void send() {
        const ProducerId producer{kConnection, id(), id()};
        Message message{.type = DataType::text_message,
                        .command_id = next(),
                        .response_required = flag(),
                        .producer_id = producer,
                        .destination = destination()};
        if (flag()) message.transaction_id = transaction();
        message.message_id = MessageId{.producer_id = producer, .producer_sequence_id = ++sent_};
        message.persistent = flag();
        message.expiration = in_.i8();
        message.reply_to = destination();
        const Bytes content = in_.take(std::min<std::size_t>(in_.u8(), in_.remaining()));
        message.content = content;
        line_.give_command(message);
    }
    void acknowledge() {
        MessageAck ack{
            .command_id = next(),
            .response_required = flag(),
            .destination = destination(),
            .consumer_id = consumer(),
            .ack_type = static_cast<AckType>(in_.u8() % 8),
            .last_message_id = MessageId{.producer_id = ProducerId{kConnection, id(), id()},
                                         .producer_sequence_id = id()},
            .message_count = in_.i8()};
        if (flag()) ack.transaction_id = transaction();
        if (flag()) ack.first_message_id = ack.last_message_id;
        line_.give_command(ack);
    }
    void give_raw() {
        const Bytes frame = in_.take(std::min<std::size_t>(in_.u8(), in_.remaining()));
        ByteWriter out;
        out.u32(static_cast<std::uint32_t>(frame.size()));
        out.append(frame);
        line_.give(out.bytes());
    }

    std::int32_t next() { return ++command_; }
    bool flag() { return in_.u8() % 2 != 0; }
    std::int64_t id() { return in_.u8() % 3; }
    static ConnectionId connection() { return {kConnection}; }
    ConsumerId consumer() { return {kConnection, id(), id()}; }
    std::optional<TransactionId> transaction() {
        static constexpr std::string_view kLong =
            "longer than the 64 bytes that an id of a distributed transaction can have";
        switch (const std::uint8_t choice = in_.u8() % 8) {
            case 0:
                return XaTransactionId{.format_id = 1};
            case 1:
            case 2:
                return XaTransactionId{.format_id = choice,
                                       .global_transaction_id = as_bytes("g"),
                                       .branch_qualifier = as_bytes("b")};
            case 3:
                return XaTransactionId{.global_transaction_id = as_bytes(kLong)};
            default:
                return LocalTransactionId{choice % 3, connection()};
        }
    }
    std::optional<Destination> destination() {
        static constexpr std::array<const char*, 9> kNames{"q",
                                                           "r",
                                                           "a.*",
                                                           "a,b",
                                                           "ID:c:1",
                                                           "ActiveMQ.Advisory.TempQueue",
                                                           "ActiveMQ.Advisory.Queue",
                                                           "ActiveMQ.Advisory.Connection",
                                                           "ActiveMQ.Advisory.Consumer.>"};
        static constexpr std::array kTypes{DataType::queue, DataType::topic, DataType::temp_queue,
                                           DataType::temp_topic};
        const std::uint8_t choice = in_.u8();
        if (choice == 0) return std::nullopt;
        return Destination{kTypes[choice % 4], kNames[choice / 4 % kNames.size()]};
    }
    std::optional<ObjectId> object() {
        switch (in_.u8() % 5) {
            case 0:
                return ConnectionId{kConnection};
            case 1:
                return SessionId{kConnection, id()};
            case 2:
                return ProducerId{kConnection, id(), id()};
            case 3:
                return consumer();
            default:
                return std::nullopt;
        }
    }

    Line& line_;
    ByteReader in_;
    std::int32_t command_ = 0;
    std::int64_t sent_ = 0;
};

void run(Bytes input) {
    if (input.empty()) return;
    ByteReader in(input);
    const std::uint8_t mode = in.u8();
    Line line;
    if (mode % 4 != 0) return Client(line, in.take(in.remaining())).run();
    const std::size_t piece = 1 + mode / 4;
    while (line.open() && in.remaining() > 0) line.give(in.take(std::min(piece, in.remaining())));
    line.finish();
}

}  // namespace
}  // namespace tern::openwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::openwire::run({data, size});
    return 0;
}
