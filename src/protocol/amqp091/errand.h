#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp091/codec/method_codec.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tern::amqp091 {

/// What becomes of messages that an errand gets.
enum class GetMode : std::uint8_t { requeue, acknowledge, reject_requeue, reject };

/// The client's end of a connection of the broker's own: it logs in as a user, does what it was
/// told to, one thing after the other, and leaves. So whatever is asked for otherwise than by AMQP
/// is checked, and refused, as if a client had asked. Bytes in, bytes out.
class Errand {
public:
    struct Login {
        std::string user;
        std::string password;
        std::string vhost;
    };
    /// A message that was got.
    struct Got {
        bool redelivered = false;
        std::string exchange = {};
        std::string key = {};
        std::uint32_t left = 0;       ///< behind it on the queue
        std::string properties = {};  ///< flags and property list
        std::string body = {};
    };
    /// Why it did not get to its end.
    struct Refusal {
        std::uint16_t code = 0;  ///< of a reply; 0: it was not let in
        std::string text = {};
    };
    struct Outcome {
        std::optional<Refusal> refusal = {};
        std::uint64_t purged = 0;
        bool routed = true;
        std::vector<Got> messages = {};
    };
    using Done = std::move_only_function<void(Outcome)>;

    /// `done` runs once, at the end.
    Errand(Login login, Done done) : login_(std::move(login)), done_(std::move(done)) {}

    /// A method that is answered by one. Called before the start, as the others below.
    template <class M>
    void call(const M& method) {
        auto frame = std::make_shared<ByteWriter>();
        encode_method(*frame, kChannel, method);
        steps_.push_back([frame](ByteWriter& out) { out.append(frame->bytes()); });
    }
    /// `properties`: flags and property list.
    void publish(std::string exchange, std::string key, std::string properties, std::string body);
    /// Up to so many messages.
    void get(std::string queue, std::uint64_t count, GetMode mode);

    /// Appends what it says first.
    void start(ByteWriter& out);
    /// Takes what it can of `input` and appends its answers; returns how much it took.
    [[nodiscard]] std::size_t receive(Bytes input, ByteWriter& out);
    /// The connection has ended.
    void ended();
    [[nodiscard]] bool over() const { return !done_; }

private:
    static constexpr std::uint16_t kChannel = 1;
    using Step = std::move_only_function<void(ByteWriter&)>;

    struct Getting {
        std::string queue;
        std::uint64_t left = 0;
        GetMode mode = GetMode::requeue;
        std::vector<std::uint64_t> tags = {};
    };

    void handle(const Frame& frame, ByteWriter& out);
    void handle(const Method& method, ByteWriter& out);
    void next(ByteWriter& out);
    void ask_for_one(ByteWriter& out);
    void settle(ByteWriter& out);
    void got_whole(ByteWriter& out);
    void refused(std::uint16_t code, std::string_view text);
    void finish();

    Login login_;
    Done done_;
    Outcome outcome_;
    std::deque<Step> steps_;
    std::size_t frame_max_ = 4096;
    std::optional<Getting> getting_;
    std::optional<Got> incoming_;
    std::uint64_t missing_bytes_ = 0;  ///< of `incoming_`
    bool returned_ = false;            ///< what comes is a message that nobody takes
    bool leaving_ = false;
};

}  // namespace tern::amqp091
