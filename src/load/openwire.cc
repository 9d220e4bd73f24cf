#include "load/protocol.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/frame.h"
#include "protocol/openwire/codec/negotiation.h"

#include <chrono>
#include <deque>
#include <utility>

namespace tern::load {
namespace {

using namespace openwire;  // NOLINT(google-build-using-namespace): this file is a client of it

constexpr std::int32_t kPrefetchQueue = 1000;
constexpr std::int32_t kPrefetchTopic = 32766;
constexpr std::int64_t kSession = 1;
constexpr const char* kSubscription = "bench";

/// What the ActiveMQ clients of Java ask for.
WireFormatProperties our_wishes() {
    return {.cache_enabled = true,
            .cache_size = 1024,
            .tight_encoding_enabled = true,
            .tcp_no_delay_enabled = true,
            .provider_name = "TernMQ"};
}

std::int64_t now_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

/// One session with a producer or a consumer. As the ActiveMQ clients of Java do, messages of a
/// queue are acknowledged one by one, those of a topic when half of the prefetch has come.
class OpenWire final : public Protocol {
public:
    explicit OpenWire(const Settings& settings) : settings_(settings), body_(settings.size, 'x') {
        message_.type = DataType::bytes_message;
        message_.destination = destination();
        message_.persistent = settings.persistent;
        message_.priority = 4;
        message_.response_required = settings.confirmed && settings.transacted == 0;
    }

    void connect(std::string& out, std::string_view name, bool) override {
        // By which a durable subscription is found again.
        if (settings_.durable) client_id_ = name;
        // Connections of two runs, or of a storm, may have one name.
        id_ = "ID:" + std::string(name) + "-" +
              std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
        writer_.clear();
        if (!encode_wire_format_info(our_wishes(), writer_)) return;
        flush(out);
    }

    void subscribe(std::string& out) override {
        consumer_ = {.connection_id = id_, .session_id = kSession, .value = 1};
        ConsumerInfo info;
        info.consumer_id = consumer_;
        info.destination = destination();
        info.prefetch_size = settings_.topic ? kPrefetchTopic : kPrefetchQueue;
        info.dispatch_async = true;
        if (settings_.durable) info.subscription_name = kSubscription;
        subscribing_ = ask(info, out);
    }

    void publish(std::string& out, const Stamp& stamp) override {
        if (!producing_) begin_producing(out);
        if (settings_.transacted > 0 && open_++ == 0) begin_transaction(out);
        put_stamp(body_, 0, stamp);
        message_.content = as_bytes(body_);
        message_.command_id = ++commands_;
        message_.message_id->producer_sequence_id = static_cast<std::int64_t>(stamp.number) + 1;
        message_.timestamp = now_ms();
        if (message_.response_required) unanswered_.emplace_back(commands_, 1);
        put(message_, out);
    }

    void commit(std::string& out) override {
        const TransactionInfo info{.connection_id = ConnectionId{.value = id_},
                                   .transaction_id = message_.transaction_id,
                                   .operation = TransactionOperation::commit_one_phase};
        unanswered_.emplace_back(ask(info, out), std::exchange(open_, 0));
    }

    void leave(std::string& out) override {
        if (settings_.durable && subscribing_ != 0) {
            ask(RemoveInfo{.object_id = consumer_}, out);
            ask(RemoveSubscriptionInfo{.connection_id = ConnectionId{.value = id_},
                                       .subscription_name = kSubscription,
                                       .client_id = client_id_},
                out);
        }
        put(ShutdownInfo{}, out);
    }

    int confirmations() const override { return confirmed_; }

    std::size_t take(std::string_view in, std::string& out, Event& event) override {
        const Bytes bytes = as_bytes(in);
        const auto size = frame_length(bytes, kFrameBytesMax);
        if (!size) {
            event = refuse("what it says is not OpenWire");
            return in.size();
        }
        if (*size == 0 || *size > in.size()) return 0;
        const auto command =
            decoder_.decode(bytes.subspan(kSizePrefixBytes, *size - kSizePrefixBytes));
        event = command ? on(*command, out) : refuse("a frame of it cannot be read");
        return *size;
    }

private:
    [[nodiscard]] Destination destination() const {
        return {.type = settings_.topic ? DataType::topic : DataType::queue,
                .physical_name = settings_.destination};
    }

    Event refuse(std::string why) {
        refusal_ = std::move(why);
        return Event::refused;
    }

    void flush(std::string& out) {
        const std::string_view text = as_text(writer_.bytes());
        out.append(text.data(), text.size());
    }

    template <class T>
    void put(const T& command, std::string& out) {
        writer_.clear();
        // Fails only of strings that are too long, and ours are as long as a name.
        if (!encoder_.encode(command, writer_)) refusal_ = "a name is too long";
        flush(out);
    }

    /// The number by which the answer will come.
    template <class T>
    std::int32_t ask(T command, std::string& out) {
        command.command_id = ++commands_;
        command.response_required = true;
        put(command, out);
        return commands_;
    }

    void begin_producing(std::string& out) {
        producing_ = true;
        const ProducerId producer{.connection_id = id_, .value = 1, .session_id = kSession};
        message_.producer_id = producer;
        message_.message_id = MessageId{.producer_id = producer};
        put(
            ProducerInfo{
                .command_id = ++commands_, .producer_id = producer, .destination = destination()},
            out);
    }

    void begin_transaction(std::string& out) {
        message_.transaction_id = LocalTransactionId{.value = ++transactions_,
                                                     .connection_id = ConnectionId{.value = id_}};
        put(TransactionInfo{.command_id = ++commands_,
                            .connection_id = ConnectionId{.value = id_},
                            .transaction_id = message_.transaction_id,
                            .operation = TransactionOperation::begin},
            out);
    }

    Event on(const Command& command, std::string& out) {
        if (const auto* const dispatch = std::get_if<MessageDispatch>(&command)) {
            return on_message(*dispatch, out);
        }
        if (const auto* const response = std::get_if<Response>(&command)) {
            return on_response(response->correlation_id, out);
        }
        if (const auto* const info = std::get_if<WireFormatInfo>(&command)) {
            return on_wire_format(*info, out);
        }
        if (const auto* const failed = std::get_if<ExceptionResponse>(&command)) {
            return refuse(words(failed->exception));
        }
        if (const auto* const failed = std::get_if<ConnectionError>(&command)) {
            return refuse(words(failed->exception));
        }
        return Event::none;
    }

    static std::string words(const Box<Throwable>& exception) {
        if (!exception) return "without a reason";
        return std::string(exception->message.view());
    }

    Event on_wire_format(const WireFormatInfo& info, std::string& out) {
        const auto theirs = read_properties(info);
        const auto agreed = theirs ? negotiate(our_wishes(), *theirs)
                                   : Result<Negotiated>(std::unexpected(theirs.error()));
        if (!agreed) return refuse("no agreement on the wire format");
        encoder_ = Encoder(agreed->format, agreed->frame_bytes_max);
        decoder_ = Decoder(agreed->format);
        ConnectionInfo hello;
        hello.connection_id = ConnectionId{.value = id_};
        hello.client_id = client_id_.empty() ? id_ : client_id_;
        hello.manageable = true;
        if (!settings_.user.empty()) {
            hello.user_name = settings_.user;
            hello.password = settings_.password;
        }
        connecting_ = ask(hello, out);
        return Event::none;
    }

    Event on_response(std::int32_t to, std::string& out) {
        if (to == connecting_) {
            put(SessionInfo{.command_id = ++commands_,
                            .session_id = SessionId{.connection_id = id_, .value = kSession}},
                out);
            return Event::connected;
        }
        if (to == subscribing_) return Event::subscribed;
        for (auto one = unanswered_.begin(); one != unanswered_.end(); ++one) {
            if (one->first != to) continue;
            confirmed_ = one->second;
            unanswered_.erase(one);
            return Event::confirmed;
        }
        return Event::none;
    }

    Event on_message(const MessageDispatch& dispatch, std::string& out) {
        if (!dispatch.message) return Event::none;
        saw(as_text(dispatch.message->content.view()));
        const std::int32_t at_once = settings_.topic ? kPrefetchTopic / 2 : 1;
        if (++unacknowledged_ == at_once) {
            MessageAck ack;
            ack.command_id = ++commands_;
            ack.destination = destination();
            ack.consumer_id = consumer_;
            ack.ack_type = AckType::standard;
            ack.last_message_id = dispatch.message->message_id;
            ack.message_count = std::exchange(unacknowledged_, 0);
            put(ack, out);
        }
        return Event::message;
    }

    const Settings& settings_;
    std::string body_;
    std::string id_;
    std::string client_id_;  ///< empty: the same
    ConsumerId consumer_;
    Message message_;
    Encoder encoder_;
    Decoder decoder_;
    ByteWriter writer_;
    std::int32_t commands_ = 0;
    std::int32_t connecting_ = 0;   ///< which command that was
    std::int32_t subscribing_ = 0;  ///< likewise
    std::int64_t transactions_ = 0;
    std::int32_t unacknowledged_ = 0;
    bool producing_ = false;
    int open_ = 0;  ///< messages of the transaction
    /// Which command waits for its answer, and how many messages that will confirm.
    std::deque<std::pair<std::int32_t, int>> unanswered_;
    int confirmed_ = 1;
};

}  // namespace

std::unique_ptr<Protocol> make_openwire(const Settings& settings) {
    return std::make_unique<OpenWire>(settings);
}

}  // namespace tern::load
