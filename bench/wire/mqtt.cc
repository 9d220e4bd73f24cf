#include "bench/wire/protocol.h"

namespace tern::load {
namespace {

constexpr std::string_view kTopic("bench/topic");

void put_u16(std::string& out, std::size_t value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value & 0xFF);
}

void put_text(std::string& out, std::string_view text) {
    put_u16(out, text.size());
    out += text;
}

void put_frame(std::string& out, int first, std::string_view body) {
    out += static_cast<char>(first);
    std::size_t left = body.size();
    do {
        const std::size_t more = left >> 7;
        out += static_cast<char>((left & 0x7F) | (more > 0 ? 0x80 : 0));
        left = more;
    } while (left > 0);
    out += body;
}

class Mqtt final : public Protocol {
public:
    Mqtt(int qos, std::size_t bytes) : qos_(qos), payload_(bytes, 'x') {}

    void connect(std::string& out, std::string_view name) override {
        std::string body;
        put_text(body, "MQTT");
        body += '\x04';
        body += qos_ == 0 ? '\x02' : '\0';  // a clean session or a lasting one
        put_u16(body, 0);
        put_text(body, name);
        put_frame(out, 0x10, body);
    }

    void subscribe(std::string& out) override {
        std::string body;
        put_u16(body, 1);
        put_text(body, kTopic);
        body += static_cast<char>(qos_);
        put_frame(out, 0x82, body);
    }

    void publish(std::string& out) override {
        body_.clear();
        put_text(body_, kTopic);
        if (qos_ > 0) {
            packet_id_ = packet_id_ % 60'000 + 1;
            put_u16(body_, packet_id_);
        }
        body_ += payload_;
        put_frame(out, 0x30 | qos_ << 1, body_);
    }

    std::size_t take(std::string_view in, std::string& out, Event& event) override {
        std::size_t size = 0;
        std::size_t at = 1;
        for (int shift = 0;; shift += 7) {
            if (at >= in.size()) return 0;
            const auto byte = static_cast<unsigned char>(in[at++]);
            size |= static_cast<std::size_t>(byte & 0x7F) << shift;
            if (byte < 0x80) break;
        }
        if (in.size() < at + size) return 0;
        event = take_packet(static_cast<unsigned char>(in[0]), in.substr(at, size), out);
        return at + size;
    }

private:
    Event take_packet(int first, std::string_view body, std::string& out) {
        switch (first >> 4) {
            case 2:
                return body.at(1) == 0 ? Event::connected : Event::refused;
            case 3:
                answer_message(first >> 1 & 3, body, out);
                return Event::message;
            case 4:
            case 7:
                return Event::confirmed;
            case 5:
                put_frame(out, 0x62, body.substr(0, 2));
                return Event::none;
            case 6:
                put_frame(out, 0x70, body.substr(0, 2));
                return Event::none;
            case 9:
                return Event::subscribed;
            default:
                return Event::none;
        }
    }

    static void answer_message(int qos, std::string_view body, std::string& out) {
        if (qos == 0) return;
        const std::size_t topic_bytes = static_cast<std::size_t>(
            static_cast<unsigned char>(body.at(0)) << 8 | static_cast<unsigned char>(body.at(1)));
        put_frame(out, qos == 1 ? 0x40 : 0x50, body.substr(2 + topic_bytes, 2));
    }

    const int qos_;
    const std::string payload_;
    std::string body_;
    std::size_t packet_id_ = 0;
};

}  // namespace

std::unique_ptr<Protocol> make_mqtt(int qos, std::size_t bytes) {
    return std::make_unique<Mqtt>(qos, bytes);
}

}  // namespace tern::load
