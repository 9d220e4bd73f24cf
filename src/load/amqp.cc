#include "load/protocol.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

namespace tern::load {
namespace {

// Frames of AMQP 1.0, with no more of its type system than they need.
constexpr std::uint32_t kWindow = 1'000'000;
constexpr std::uint32_t kCredit = 1000;
/// Of a message in several frames, what has its stamp.
constexpr std::size_t kBeginningBytes = 4096;
constexpr std::uint32_t kFrameBytesMax = 128 * 1024;
constexpr char kPublishing = 0;  // handles of the two links
constexpr char kReceiving = 1;
constexpr char kControlling = 1;  ///< of publishers with transactions

enum Code : std::uint8_t {
    open = 0x10,
    begin = 0x11,
    attach = 0x12,
    flow = 0x13,
    transfer = 0x14,
    disposition = 0x15,
    detach = 0x16,
    close = 0x18,
    sasl_mechanisms = 0x40,
    sasl_init = 0x41,
    sasl_outcome = 0x44,
};

void put_u32(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::string uint_value(std::uint32_t value) {
    std::string out(1, '\x70');
    put_u32(out, value);
    return out;
}
std::string text(std::string_view value) {
    return std::string("\xa1") + static_cast<char>(value.size()) + std::string(value);
}
std::string symbol(std::string_view value) {
    return std::string("\xa3") + static_cast<char>(value.size()) + std::string(value);
}
const std::string kNull(1, '\x40');
const std::string kTrue(1, '\x41');
const std::string kFalse(1, '\x42');
std::string small(std::uint8_t value) {
    return std::string("\x50") + static_cast<char>(value);
}

std::string composite(std::uint8_t code, std::initializer_list<std::string> fields) {
    std::string inside;
    for (const std::string& field : fields) inside += field;
    std::string out("\0\x53", 2);
    out.push_back(static_cast<char>(code));
    out.push_back('\xd0');
    put_u32(out, static_cast<std::uint32_t>(inside.size() + 4));
    put_u32(out, static_cast<std::uint32_t>(fields.size()));
    return out + inside;
}

void put_frame(std::string& out, std::string_view body, char type = 0) {
    put_u32(out, static_cast<std::uint32_t>(body.size() + 8));
    out += {'\x02', type, '\0', '\0'};
    out += body;
}

/// The elements of the list behind a descriptor, as far as these frames need them.
class Fields {
public:
    explicit Fields(std::string_view rest) : rest_(rest) {
        if (rest_.empty()) return;
        const auto constructor = static_cast<std::uint8_t>(rest_[0]);
        rest_.remove_prefix(constructor == 0xd0 ? 9 : constructor == 0xc0 ? 3 : rest_.size());
    }

    std::uint32_t number() {
        const std::string_view value = next();
        std::uint32_t found = 0;
        for (const char byte : value.substr(0, 4)) {
            found = found << 8 | static_cast<std::uint8_t>(byte);
        }
        return found;
    }
    bool boolean() {
        const std::string_view value = next();
        return constructor_ == 0x41 || (value.size() == 1 && value[0] == 1);
    }
    void skip(int count) {
        for (; count > 0; --count) next();
    }
    std::string_view binary() {
        const std::string_view value = next();  // its length is in front
        return value.empty() ? value : value.substr(1);
    }
    /// The last field that counts, behind the octet that says that it is described.
    std::string_view described() { return next(); }

private:
    std::string_view next() {
        if (rest_.empty()) return {};
        constructor_ = static_cast<std::uint8_t>(rest_[0]);
        rest_.remove_prefix(1);
        constexpr std::size_t kFixed[] = {0, 1, 2, 4, 8, 16};
        const unsigned kind = constructor_ >> 4;
        std::size_t size = 0;
        if (kind >= 4 && kind <= 9) {
            size = kFixed[kind - 4];
        } else if (kind == 0xa || kind == 0xc || kind == 0xe) {
            size = 1U + static_cast<std::uint8_t>(rest_[0]);
        } else {
            size = rest_.size();  // nothing that counts stands behind it
        }
        const std::string_view value = rest_.substr(0, size);
        rest_.remove_prefix(std::min(size, rest_.size()));
        return value;
    }

    std::string_view rest_;
    std::uint8_t constructor_ = 0;
};

class Amqp final : public Protocol {
public:
    explicit Amqp(const Settings& settings)
        : settings_(settings),
          address_((settings.topic ? "topic://" : "") + settings.destination),
          settled_(!settings.confirmed),
          links_(settings.links) {}

    void connect(std::string& out, std::string_view name, bool publishes) override {
        transacted_ = publishes && settings_.transacted > 0;
        out.append("AMQP\x03\x01\0\0", 8);
        put_frame(
            out,
            composite(sasl_init, {symbol(settings_.user.empty() ? "ANONYMOUS" : "PLAIN"), plain()}),
            1);
        out.append("AMQP\0\x01\0\0", 8);
        put_frame(out, composite(open, {text(name), kNull, uint_value(kFrameBytesMax)}));
        put_frame(out, composite(begin,
                                 {kNull, uint_value(0), uint_value(kWindow), uint_value(kWindow)}));
        for (int i = 0; i < links_; ++i) {
            put_frame(out, composite(attach, {text("s" + std::to_string(i)),
                                              uint_value(static_cast<std::uint32_t>(2 * i)), kFalse,
                                              small(settled_ ? 1 : 0), kNull, composite(0x28, {}),
                                              composite(0x29, {text(address_)}), kNull, kNull,
                                              uint_value(0)}));
        }
    }

    void subscribe(std::string& out) override {
        std::string source = composite(0x28, {text(address_)});
        if (settings_.durable) {
            source = composite(0x28, {text(address_), uint_value(2), symbol("never")});
        }
        put_frame(out, composite(attach, {text("r"), uint_value(kReceiving), kTrue,
                                          small(settings_.persistent ? 0 : 1), kNull, source,
                                          composite(0x29, {text(address_)})}));
        give_credit(out);
        subscribed_ = true;
    }

    void leave(std::string& out) override {
        // Closed, and not just detached, the link's subscription ends.
        if (settings_.durable && subscribed_) {
            put_frame(out, composite(detach, {uint_value(kReceiving), kTrue}));
        }
        put_frame(out, composite(close, {}));
    }

    bool may_publish() const override {
        return credit_ > 0 && (!transacted_ || !transaction_.empty());
    }

    /// Ends the transaction and asks for the next one.
    void commit(std::string& out) override {
        discharges_.emplace_back(next_, std::exchange(open_, 0));
        put_control(out, composite(0x32, {std::exchange(transaction_, {}), kFalse}));
        declare(out);
    }

    void publish(std::string& out, const Stamp& stamp) override {
        std::string number;
        put_u32(number, next_++);
        ++open_;
        message_.replace(delivery_at_, 4, number);
        message_.replace(tag_at_, 4, number);
        put_stamp(message_, stamp_at_, stamp);
        out += message_;
        ++sent_;
        --credit_;
    }

    int confirmations() const override { return confirmed_; }

    std::size_t take(std::string_view in, std::string& out, Event& event) override {
        if (in.size() < 8) return 0;
        if (in.starts_with("AMQP")) return 8;
        std::uint32_t size = 0;
        for (const char byte : in.substr(0, 4)) size = size << 8 | static_cast<std::uint8_t>(byte);
        if (in.size() < size) return 0;
        if (size < 12) return size;  // a sign of life
        const auto code = static_cast<std::uint8_t>(in[10]);
        const std::string_view rest = in.substr(11, size - 11);
        event = code == transfer ? on_transfer(rest, out) : on(code, rest, out);
        return size;
    }

private:
    Event on(std::uint8_t code, std::string_view rest, std::string& out) {
        Fields fields(rest);
        switch (code) {
            case open:
                fields.skip(2);
                build_message(fields.number());
                return Event::none;
            case begin:
                if (transacted_) attach_control(out);
                return links_ == 0 ? Event::connected : Event::none;
            case attach:
                return on_attach(fields);
            case flow:
                return on_flow(fields, out);
            case disposition:
                return on_disposition(fields);
            case sasl_outcome:
                if (fields.number() == 0) return Event::none;
                refusal_ = "not let in";
                return Event::refused;
            case sasl_mechanisms:
                return Event::none;
            default:
                refusal_ = words(rest);
                return Event::refused;
        }
    }

    Event on_attach(Fields fields) {
        fields.skip(1);
        return fields.number() == kReceiving ? Event::subscribed : Event::none;
    }

    Event on_flow(Fields fields, std::string& out) {
        fields.skip(4);
        if (fields.number() == kReceiving) {
            if (transacted_ && !std::exchange(controls_, true)) declare(out);
            return Event::none;
        }
        const std::uint32_t count = fields.number();
        credit_ = static_cast<std::int32_t>(count + fields.number() - sent_);
        const bool first = ++flows_ == links_;
        return first ? Event::connected : Event::none;
    }

    void attach_control(std::string& out) const {
        put_frame(out, composite(attach, {text("t"), uint_value(kControlling), kFalse, small(0),
                                          kNull, composite(0x28, {}), composite(0x30, {}), kNull,
                                          kNull, uint_value(0)}));
    }

    /// A message to the coordinator, whose body is this value.
    void put_control(std::string& out, const std::string& value) {
        std::string tag = "\xa0\x04";
        put_u32(tag, next_);
        put_frame(out, composite(transfer, {uint_value(kControlling), uint_value(next_), tag,
                                            uint_value(0), kFalse, kFalse}) +
                           std::string("\0\x53\x77", 3) + value);
        ++next_;
    }

    void declare(std::string& out) {
        declared_ = next_;
        put_control(out, composite(0x31, {}));
    }

    Event on_transfer(std::string_view rest, std::string& out) {
        Fields fields(rest);
        fields.skip(1);
        const std::uint32_t number = fields.number();
        fields.skip(3);
        const bool more = fields.boolean();
        const std::string_view payload = rest.substr(std::min(size_at(rest, 0), rest.size()));
        const bool goes_on = std::exchange(within_, more);
        if (!goes_on) delivery_ = number;
        if (goes_on || more) {
            // Where the body begins may come with a later frame than the properties.
            if (!goes_on) beginning_.clear();
            if (beginning_.size() < kBeginningBytes)
                beginning_ += payload.substr(0, kBeginningBytes);
        }
        if (more) return Event::none;
        saw(data_of(goes_on ? beginning_ : payload));
        const std::uint32_t id = delivery_;
        if (settings_.persistent) {
            put_frame(out, composite(disposition,
                                     {kTrue, uint_value(id), kNull, kTrue, composite(0x24, {})}));
        }
        received_++;
        if (received_ % (kCredit / 2) == 0) give_credit(out);
        return Event::message;
    }

    Event on_disposition(Fields fields) {
        fields.skip(1);
        const std::uint32_t first = fields.number();
        const std::uint32_t last = fields.number();
        if (transacted_) {
            fields.skip(1);
            return on_outcome(first, std::max(first, last), fields.described());
        }
        confirmed_ = static_cast<int>(std::max(first, last) - first + 1);
        return Event::confirmed;
    }

    /// Of what was said to the coordinator; those of single messages say nothing yet.
    Event on_outcome(std::uint32_t first, std::uint32_t last, std::string_view state) {
        const auto is_of = [&](std::uint32_t id) { return id - first <= last - first; };
        const std::uint8_t code = state.size() > 1 ? static_cast<std::uint8_t>(state[1]) : 0;
        if (code == 0x25) {  // rejected
            refusal_ = "a transaction: " + words(state);
            return Event::refused;
        }
        if (code == 0x33 && is_of(declared_)) {
            Fields inside(state.substr(2));
            const std::string_view id = inside.binary();
            transaction_ = std::string("\xa0") + static_cast<char>(id.size()) + std::string(id);
            build_message(frame_bytes_max_);
        }
        confirmed_ = 0;
        while (!discharges_.empty() && is_of(discharges_.front().first)) {
            confirmed_ += discharges_.front().second;
            discharges_.pop_front();
        }
        return confirmed_ > 0 ? Event::confirmed : Event::none;
    }

    void give_credit(std::string& out) const {
        put_frame(out, composite(flow, {uint_value(0), uint_value(INT32_MAX), uint_value(next_),
                                        uint_value(kWindow), uint_value(kReceiving),
                                        uint_value(received_), uint_value(kCredit)}));
    }

    /// The readable parts of an error.
    static std::string words(std::string_view error) {
        std::string all;
        for (const char c : error) {
            if (c >= ' ' && c <= '~') {
                all += c;
            } else if (!all.empty() && all.back() != ' ') {
                all += ' ';
            }
        }
        return all;
    }

    [[nodiscard]] std::string plain() const {
        if (settings_.user.empty()) return kNull;
        const std::string zero(1, '\0');
        const std::string words = zero + settings_.user + zero + settings_.password;
        return std::string("\xa0") + static_cast<char>(words.size()) + words;
    }

    /// Behind other sections, perhaps.
    static std::string_view data_of(std::string_view rest) {
        constexpr std::uint8_t kData = 0x75;
        std::size_t at = 0;
        while (at + 3 < rest.size()) {
            const bool small = rest[at + 1] == '\x53';
            const std::size_t value = at + (small ? 3 : 10);
            if (value >= rest.size()) break;
            const auto code = static_cast<std::uint8_t>(rest[value - 1]);
            const std::size_t size = size_at(rest, value);
            if (code == kData) {
                const std::size_t head = rest[value] == '\xa0' ? 2 : 5;
                return rest.substr(std::min(value + head, rest.size()), size - head);
            }
            at = value + size;
        }
        return {};
    }
    /// Of a value of a variable size, its constructor included.
    static std::size_t size_at(std::string_view in, std::size_t at) {
        const unsigned kind = static_cast<std::uint8_t>(in[at]) >> 4;
        if (kind == 0xa || kind == 0xc) {
            return at + 1 < in.size() ? 2U + static_cast<std::uint8_t>(in[at + 1]) : in.size();
        }
        if (kind != 0xb && kind != 0xd) return 1;  // an empty list
        std::size_t size = 0;
        for (const char byte : in.substr(at + 1, 4)) {
            size = size << 8 | static_cast<std::uint8_t>(byte);
        }
        return 5 + size;
    }

    void build_message(std::uint32_t frame_bytes_max) {
        // The numbers of a delivery are put in later.
        constexpr std::size_t kHead = 200;  // more than a transfer takes
        if (frame_bytes_max == 0) frame_bytes_max = kFrameBytesMax;
        const std::size_t piece = std::min(frame_bytes_max, kFrameBytesMax) - kHead;
        frame_bytes_max_ = frame_bytes_max;
        // Each message says which transaction it is of.
        const std::string state = transaction_.empty() ? kNull : composite(0x34, {transaction_});
        std::size_t left = settings_.size;
        const auto more = [&] { return left > 0 ? kTrue : kFalse; };
        std::size_t now = std::min(left, piece);
        left -= now;
        const std::string handle = std::string("\x52") + kPublishing;
        message_.clear();
        std::string body =
            composite(transfer, {handle, uint_value(0), std::string("\xa0\x04\0\0\0\0", 6),
                                 uint_value(0), settled_ ? kTrue : kFalse, more(), kNull, state});
        delivery_at_ = 8 + 3 + 9 + 2 + 1;
        tag_at_ = delivery_at_ + 4 + 2;
        if (settings_.persistent) body += std::string("\0\x53\x70\xc0\x02\x01\x41", 7);
        body += std::string("\0\x53\x75\xb0", 4);
        put_u32(body, static_cast<std::uint32_t>(settings_.size));
        stamp_at_ = 8 + body.size();
        body.append(now, 'x');
        put_frame(message_, body);
        while (left > 0) {
            now = std::min(left, piece);
            left -= now;
            body = composite(transfer, {handle, kNull, kNull, kNull, kNull, more()});
            body.append(now, 'x');
            put_frame(message_, body);
        }
    }

    const Settings& settings_;
    const std::string address_;
    const bool settled_;
    const int links_;
    std::string message_;
    std::size_t stamp_at_ = 0;
    std::uint32_t delivery_ = 0;
    bool within_ = false;    ///< a delivery in several frames
    std::string beginning_;  ///< of that
    std::size_t delivery_at_ = 0;
    std::size_t tag_at_ = 0;
    std::uint32_t next_ = 0;  ///< delivery of the session
    std::uint32_t sent_ = 0;  ///< of them, messages
    std::uint32_t received_ = 0;
    std::int32_t credit_ = 0;
    int flows_ = 0;
    int confirmed_ = 0;
    bool subscribed_ = false;
    // Transactions.
    bool transacted_ = false;
    bool controls_ = false;              ///< the coordinator listens
    std::string transaction_;            ///< as encoded; empty: none is open
    std::uint32_t frame_bytes_max_ = 0;  ///< of the broker
    std::uint32_t declared_ = 0;         ///< the delivery that asked for it
    int open_ = 0;                       ///< messages of it
    /// Deliveries that ended one, and how many messages it had.
    std::deque<std::pair<std::uint32_t, int>> discharges_;
};

}  // namespace

std::unique_ptr<Protocol> make_amqp(const Settings& settings) {
    return std::make_unique<Amqp>(settings);
}

}  // namespace tern::load
