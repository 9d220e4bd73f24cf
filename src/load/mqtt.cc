#include "load/protocol.h"

namespace tern::load {
namespace {

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
    explicit Mqtt(const Settings& settings)
        : settings_(settings), qos_(settings.qos), payload_(settings.size, 'x') {}

    void connect(std::string& out, std::string_view name, bool) override {
        std::string body;
        put_text(body, "MQTT");
        body += '\x04';
        const bool named = !settings_.user.empty();
        // A clean session or a lasting one; a user and a password.
        body += static_cast<char>((qos_ == 0 ? 0x02 : 0) | (named ? 0xC0 : 0));
        put_u16(body, 0);
        put_text(body, name);
        if (named) {
            put_text(body, settings_.user);
            put_text(body, settings_.password);
        }
        put_frame(out, 0x10, body);
    }

    void subscribe(std::string& out) override {
        std::string body;
        put_u16(body, 1);
        put_text(body, settings_.destination);
        body += static_cast<char>(qos_);
        put_frame(out, 0x82, body);
        subscribed_ = true;
    }

    void leave(std::string& out) override {
        if (subscribed_) {  // a lasting session would go on collecting messages
            std::string body;
            put_u16(body, 2);
            put_text(body, settings_.destination);
            put_frame(out, 0xA2, body);
        }
        put_frame(out, 0xE0, {});
    }

    void publish(std::string& out, const Stamp& stamp) override {
        body_.clear();
        put_text(body_, settings_.destination);
        if (qos_ > 0) {
            packet_id_ = packet_id_ % 60'000 + 1;
            put_u16(body_, packet_id_);
        }
        put_stamp(payload_, 0, stamp);
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
                if (body.at(1) == 0) return Event::connected;
                refusal_ = "CONNACK with code " + std::to_string(body.at(1));
                return Event::refused;
            case 3:
                take_message(first >> 1 & 3, body, out);
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
                if (body.back() != '\x80') return Event::subscribed;
                refusal_ = "SUBACK with a failure";
                return Event::refused;
            default:
                return Event::none;
        }
    }

    void take_message(int qos, std::string_view body, std::string& out) {
        const std::size_t topic_bytes = static_cast<std::size_t>(
            static_cast<unsigned char>(body.at(0)) << 8 | static_cast<unsigned char>(body.at(1)));
        saw(body.substr(2 + topic_bytes + (qos > 0 ? 2 : 0)));
        if (qos > 0) put_frame(out, qos == 1 ? 0x40 : 0x50, body.substr(2 + topic_bytes, 2));
    }

    const Settings& settings_;
    const int qos_;
    std::string payload_;
    bool subscribed_ = false;
    std::string body_;
    std::size_t packet_id_ = 0;
};

}  // namespace

std::unique_ptr<Protocol> make_mqtt(const Settings& settings) {
    return std::make_unique<Mqtt>(settings);
}

}  // namespace tern::load
