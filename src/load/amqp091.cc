#include "load/protocol.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <set>
#include <utility>

namespace tern::load {
namespace {

// Methods of AMQP 0-9-1, with no more of them than they need. Everything is on channel 1.
constexpr char kMethod = 1;
constexpr char kHeader = 2;
constexpr char kBody = 3;
constexpr char kEnd = '\xCE';
constexpr std::uint16_t kPrefetch = 1000;
constexpr std::size_t kFrameHead = 7;
constexpr std::size_t kFrameBytesMax = 128 * 1024;

constexpr std::uint32_t method(std::uint16_t of_class, std::uint16_t number) {
    return std::uint32_t{of_class} << 16 | number;
}

enum Code : std::uint32_t {
    start = method(10, 10),
    start_ok = method(10, 11),
    tune = method(10, 30),
    tune_ok = method(10, 31),
    open = method(10, 40),
    open_ok = method(10, 41),
    channel_open = method(20, 10),
    channel_open_ok = method(20, 11),
    declare = method(50, 10),
    declare_ok = method(50, 11),
    bind = method(50, 20),
    bind_ok = method(50, 21),
    qos = method(60, 10),
    qos_ok = method(60, 11),
    consume = method(60, 20),
    consume_ok = method(60, 21),
    publish_code = method(60, 40),
    deliver = method(60, 60),
    ack = method(60, 80),
    select = method(85, 10),
    select_ok = method(85, 11),
    tx_select = method(90, 10),
    tx_select_ok = method(90, 11),
    tx_commit = method(90, 20),
    tx_commit_ok = method(90, 21),
    close = method(10, 50),
    close_ok = method(10, 51),
    channel_close = method(20, 40),
};

void put(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(value >> shift));
    }
}

std::string number(std::uint64_t value, int bytes) {
    std::string out;
    put(out, value, bytes);
    return out;
}

std::string text(std::string_view value) {
    return static_cast<char>(value.size()) + std::string(value);
}

std::uint64_t read(std::string_view in, std::size_t at, int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) {
        value = value << 8 | static_cast<std::uint8_t>(in[at + static_cast<std::size_t>(i)]);
    }
    return value;
}

void put_frame(std::string& out, char type, std::uint16_t channel, std::string_view payload) {
    out.push_back(type);
    put(out, channel, 2);
    put(out, payload.size(), 4);
    out += payload;
    out.push_back(kEnd);
}

void call(std::string& out, Code code, std::string_view arguments, std::uint16_t channel = 1) {
    put_frame(out, kMethod, channel, number(code, 4) + std::string(arguments));
}

class Amqp091 final : public Protocol {
public:
    explicit Amqp091(const Settings& settings) : settings_(settings) {}

    void connect(std::string& out, std::string_view, bool publishes) override {
        // On a channel of transactions acknowledgements would be theirs, too.
        transacts_ = publishes && settings_.transacted > 0;
        confirms_ = publishes && settings_.confirmed && !transacts_;
        out.append("AMQP\0\0\x09\x01", 8);
    }

    void subscribe(std::string& out) override {
        if (settings_.topic) {
            call(out, declare, number(0, 2) + text("") + number(kExclusive, 1) + number(0, 4));
            call(out, bind,
                 number(0, 2) + text("") + text(settings_.exchange) + text(settings_.destination) +
                     number(0, 1) + number(0, 4));
        }
        call(out, qos, number(0, 4) + number(kPrefetch, 2) + number(0, 1));
        call(out, consume,
             number(0, 2) + text(settings_.topic ? "" : settings_.destination) + text("") +
                 number(settings_.persistent ? 0 : kNoAck, 1) + number(0, 4));
    }

    void publish(std::string& out, const Stamp& stamp) override {
        ++open_;
        put_stamp(message_, stamp_at_, stamp);
        out += message_;
    }

    void commit(std::string& out) override {
        call(out, tx_commit, {});
        committed_.push_back(std::exchange(open_, 0));
    }

    void leave(std::string& out) override {
        call(out, close, number(200, 2) + text("") + number(0, 4), 0);
    }

    int confirmations() const override { return confirmed_; }

    std::size_t take(std::string_view in, std::string& out, Event& event) override {
        if (in.size() < kFrameHead) return 0;
        if (in.starts_with("AMQP")) {
            event = Event::refused;
            return in.size();
        }
        const std::size_t size = read(in, 3, 4) + kFrameHead + 1;
        if (in.size() < size) return 0;
        const std::string_view payload = in.substr(kFrameHead, size - kFrameHead - 1);
        if (in[0] == kMethod) event = on(static_cast<Code>(read(payload, 0, 4)), payload, out);
        if (in[0] == kHeader) {
            left_ = read(payload, 4, 8);
            saw({});
            begins_ = true;
        }
        if (in[0] == kBody) {
            if (std::exchange(begins_, false)) saw(payload);
            left_ -= payload.size();
        }
        if ((in[0] == kHeader || in[0] == kBody) && left_ == 0) event = received(out);
        return size;
    }

private:
    static constexpr std::uint64_t kDurable = 2;
    static constexpr std::uint64_t kExclusive = 4;
    static constexpr std::uint64_t kNoAck = 2;

    Event on(Code code, std::string_view payload, std::string& out) {
        switch (code) {
            case start:
                call(out, start_ok,
                     number(0, 4) + text("PLAIN") + number(plain().size(), 4) + plain() +
                         text("en_US"),
                     0);
                return Event::none;
            case tune:
                build_message(read(payload, 6, 4));
                // As offered, but without signs of life.
                call(out, tune_ok, std::string(payload.substr(4, 6)) + number(0, 2), 0);
                call(out, open, text("/") + text("") + number(0, 1), 0);
                return Event::none;
            case open_ok:
                call(out, channel_open, text(""));
                return Event::none;
            case channel_open_ok:
                if (!settings_.topic) {
                    call(out, declare,
                         number(0, 2) + text(settings_.destination) + number(kDurable, 1) +
                             number(0, 4));
                }
                if (transacts_) call(out, tx_select, {});
                if (confirms_) call(out, select, number(0, 1));
                return settings_.topic && !selects() ? Event::connected : Event::none;
            case declare_ok:
                return settings_.topic || selects() ? Event::none : Event::connected;
            case select_ok:
            case tx_select_ok:
                return Event::connected;
            case bind_ok:
            case qos_ok:
            case close_ok:
                return Event::none;
            case tx_commit_ok:
                confirmed_ = committed_.front();
                committed_.pop_front();
                return Event::confirmed;
            case close:
            case channel_close:
                refusal_ = payload.substr(7, static_cast<std::uint8_t>(payload[6]));
                return Event::refused;
            case consume_ok:
                return Event::subscribed;
            case deliver:
                tag_ = read(payload, 5 + static_cast<std::uint8_t>(payload[4]), 8);
                return Event::none;
            case ack:
                return confirmed(read(payload, 4, 8), payload[12] != 0);
            default:
                return Event::refused;
        }
    }

    Event received(std::string& out) const {
        if (settings_.persistent) call(out, ack, number(tag_, 8) + number(0, 1));
        return Event::message;
    }

    /// Single ones may come first, and then again with all before them.
    Event confirmed(std::uint64_t tag, bool multiple) {
        if (!multiple) {
            confirmed_ = 1;
            singly_.insert(tag);
            return Event::confirmed;
        }
        const auto before = singly_.upper_bound(tag);
        const auto known = std::distance(singly_.begin(), before);
        singly_.erase(singly_.begin(), before);
        confirmed_ = static_cast<int>(tag - told_up_to_) - static_cast<int>(known);
        told_up_to_ = tag;
        return Event::confirmed;
    }

    [[nodiscard]] std::string plain() const {
        const bool named = !settings_.user.empty();
        const std::string zero(1, '\0');
        return zero + (named ? settings_.user : "guest") + zero +
               (named ? settings_.password : "guest");
    }

    [[nodiscard]] bool selects() const { return transacts_ || confirms_; }

    void build_message(std::size_t frame_bytes_max) {
        if (frame_bytes_max == 0) frame_bytes_max = kFrameBytesMax;
        message_.clear();
        call(message_, publish_code,
             number(0, 2) + text(settings_.topic ? settings_.exchange : "") +
                 text(settings_.destination) + number(0, 1));
        // Class, weight, size, and of the properties the delivery mode alone.
        put_frame(message_, kHeader, 1,
                  number(60, 2) + number(0, 2) + number(settings_.size, 8) + number(0x1000, 2) +
                      number(settings_.persistent ? 2 : 1, 1));
        stamp_at_ = message_.size() + kFrameHead;
        const std::size_t piece = std::min(frame_bytes_max, kFrameBytesMax) - kFrameHead - 1;
        for (std::size_t left = settings_.size; left > 0; left -= std::min(left, piece)) {
            put_frame(message_, kBody, 1, std::string(std::min(left, piece), 'x'));
        }
    }

    const Settings& settings_;
    bool transacts_ = false;
    bool confirms_ = false;
    std::string message_;
    std::size_t stamp_at_ = 0;
    int open_ = 0;  ///< messages of the transaction
    std::deque<int> committed_;
    bool begins_ = false;     ///< a body
    std::uint64_t left_ = 0;  ///< of a body
    std::uint64_t tag_ = 0;
    std::uint64_t told_up_to_ = 0;
    std::set<std::uint64_t> singly_;
    int confirmed_ = 0;
};

}  // namespace

std::unique_ptr<Protocol> make_amqp091(const Settings& settings) {
    return std::make_unique<Amqp091>(settings);
}

}  // namespace tern::load
