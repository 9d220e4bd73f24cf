// Whole connections against a broker that agrees to everything. The first byte of the input says
// how to read the rest: as the bytes of a connection from its first protocol header on, cut into
// pieces, or as the bodies of frames behind an open connection with a session, each behind two
// bytes of length and one of channel. Whatever comes, what the connection answers is well-formed.

#include "broker/api/large_bodies.h"
#include "bytes/byte_reader.h"
#include "protocol/amqp10/codec/decode.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/hub.h"
#include "protocol/amqp10/room.h"
#include "protocol/amqp10/stored.h"
#include "protocol/fuzz_peers.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace tern::amqp10 {
namespace {

MessagePtr canned_message() {
    ByteWriter encoded;
    put_descriptor(encoded, Descriptor::data);
    const std::vector<std::uint8_t> body(700, 'x');
    put_binary(encoded, body);
    ByteWriter scratch;
    return *store(*find_sections(encoded.bytes()),
                  {.to = {broker::Domain::queue, false, "q"}, .now_ms = 1}, {}, scratch);
}

/// Files of bodies, in memory. What is read comes with `answer_reads`.
class Bodies final : public broker::LargeBodies {
public:
    std::unique_ptr<broker::LargeBodyWriter> write() override { return std::make_unique<Writer>(); }
    void read(const LargeBodyPtr& body, std::uint64_t offset, Read done) override {
        TERN_ASSERT(offset < body->size() && offset % LargeBody::kPieceBytes == 0);
        reads_.push_back([body, offset, done = std::move(done)]() mutable {
            const std::string& all = static_cast<const Body&>(*body).content;
            const std::string piece = all.substr(offset, LargeBody::kPieceBytes);
            // One that ends so cannot be read.
            if (piece.ends_with('!')) return done(failure(Errc::malformed));
            done(std::vector{Buffer::copy_of(as_bytes(piece))});
        });
    }
    void answer_reads() {
        while (!reads_.empty()) {
            auto next = std::move(reads_.front());
            reads_.pop_front();
            next();
        }
    }

private:
    struct Body final : LargeBody {
        Body() : LargeBody(1) {}
        std::uint64_t size() const override { return content.size(); }
        std::string content;
    };
    struct Writer final : broker::LargeBodyWriter {
        void append(Bytes piece) override { body->content += as_text(piece); }
        LargeBodyPtr finish() override {
            TERN_ASSERT(!body->content.empty());
            return body;
        }
        std::shared_ptr<Body> body = std::make_shared<Body>();
    };

    std::deque<std::move_only_function<void()>> reads_;
};

/// Queues have three messages, of which each grant gets some: the large one that was published
/// last, if there was one.
class Agreeable final : public protocol::FuzzBroker {
public:
    void listen(broker::Listener& listener) { listener_ = &listener; }

    void subscribe(broker::Subscribe command) override {
        queue_.bindings = command.destinations;
        const broker::ConsumerNumber consumer = command.consumer;
        const bool browses = command.mode == broker::Subscribe::Mode::browse;
        FuzzBroker::subscribe(std::move(command));
        if (!browses) return;
        answer_all(*listener_);
        listener_->browsed(consumer, queue_, std::array{next(), next()}, true);
    }
    void unsubscribe(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> failed,
                     broker::Token token) override {
        left_.erase(consumer);
        FuzzBroker::unsubscribe(consumer, failed, token);
    }
    void grant(broker::ConsumerNumber consumer, std::uint32_t credit) override {
        FuzzBroker::grant(consumer, credit);
        auto [left, fresh] = left_.try_emplace(consumer, 3);
        for (; credit > 0 && left->second > 0; --credit, --left->second) {
            const broker::Delivery delivery = next();
            listener_->deliver(consumer, queue_, {&delivery, 1});
        }
    }
    broker::QueueInfoPtr find_subscription(const broker::SubscriptionKey& key) const override {
        if (key.name.size() % 2 == 0) return nullptr;
        auto info = std::make_shared<broker::QueueInfo>();
        info->bindings.emplace_back(broker::Domain::topic, false, "t");
        info->subscription.emplace().key = key;
        return info;
    }
    std::string selector_problem(std::string_view selector) const override {
        return std::string(selector.substr(0, selector.size() % 2));
    }
    bool exists(const broker::DestinationView& destination) const override {
        return !destination.temporary;
    }
    void publish(broker::Publish command) override {
        if (command.message->large() != nullptr) large_ = command.message;
        FuzzBroker::publish(std::move(command));
    }
    broker::LargeBodies* large_bodies() override { return &bodies_; }
    void answer_reads() { bodies_.answer_reads(); }

private:
    broker::Delivery next() {
        static const MessagePtr canned = canned_message();
        const MessagePtr& message = large_ == nullptr ? canned : large_;
        return {.tag = {broker::QueueId{1}, ++ordinal_, {}}, .message = message, .failures = 0};
    }

    broker::Listener* listener_ = nullptr;
    broker::QueueInfo queue_;
    Bodies bodies_;
    MessagePtr large_;
    std::map<broker::ConsumerNumber, int> left_;
    std::uint64_t ordinal_ = 0;
};

/// A connection with all that is around it.
class Line {
public:
    Line() : session_(room().make_session(wire_, broker_)) {
        wire_.show_certificate("CN=fuzz");
        broker_.listen(*session_);
        session_->start();
    }
    ~Line() { session_->ended(); }

    bool open() const { return !wire_.closed(); }
    void give(Bytes bytes) {
        pending_ += as_text(bytes);
        const std::size_t taken = session_->receive(as_bytes(pending_), nullptr);
        TERN_ASSERT(taken <= pending_.size());
        pending_.erase(0, taken);
        broker_.answer_all(*session_);
        broker_.answer_reads();
        session_->before_flush();
        check(wire_.take());
        session_->drained();
    }
    void finish() {
        wire_.pass(100'000);
        std::ignore = session_->tick(wire_.now_ms());
        session_->shut_down();
        check(wire_.take());
    }

private:
    static const Room& room() {
        static const message::Formats formats;
        static const Room room(Options{.large_bytes_min = 100,
                                       .delayed_delivery = true,
                                       .broker_id = "ID:fuzz",
                                       .version = "1"},
                               formats);
        return room;
    }
    static void check(std::string_view output) {
        while (!output.empty()) {
            if (output.starts_with("AMQP")) {
                output.remove_prefix(kProtocolHeaderBytes);
                continue;
            }
            const auto size = frame_size(as_bytes(output), UINT32_MAX);
            TERN_ASSERT(size && *size > 0 && *size <= output.size());
            const auto frame = read_frame(as_bytes(output.substr(0, *size)));
            TERN_ASSERT(frame);
            if (frame->type == FrameType::sasl) {
                TERN_ASSERT(decode_sasl(frame->body));
            } else if (!frame->body.empty()) {
                TERN_ASSERT(decode(frame->body));
            }
            output.remove_prefix(*size);
        }
    }

    Agreeable broker_;
    protocol::FuzzWire wire_;
    std::unique_ptr<protocol::Session> session_;
    std::string pending_;
};

void give_frame(Line& line, std::uint16_t channel, Bytes body) {
    ByteWriter out;
    const std::size_t at = begin_frame(out, FrameType::amqp, channel);
    out.append(body);
    end_frame(out, at);
    line.give(out.bytes());
}

template <class T>
void give(Line& line, const T& performative) {
    ByteWriter body;
    encode(performative, body);
    give_frame(line, 0, body.bytes());
}

void run(Bytes input) {
    if (input.empty()) return;
    ByteReader in(input);
    const std::uint8_t mode = in.u8();
    Line line;
    if ((mode & 1) != 0) {
        const std::size_t piece = 1 + mode / 2;
        while (line.open() && in.remaining() > 0) {
            line.give(in.take(std::min(piece, in.remaining())));
        }
        return line.finish();
    }
    line.give(protocol_header(ProtocolId::amqp));
    give(line, Open{.container_id = "fuzz", .frame_bytes_max = 512});
    give(line, Begin{.incoming_window = (mode & 2) != 0 ? 2U : 1000U, .outgoing_window = 1000});
    while (line.open() && in.remaining() > 0) {
        const std::uint16_t size = in.u16();
        const std::uint8_t channel = in.u8();
        give_frame(line, channel, in.take(std::min<std::size_t>(size, in.remaining())));
    }
    line.finish();
}

}  // namespace
}  // namespace tern::amqp10

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::amqp10::run({data, size});
    return 0;
}
