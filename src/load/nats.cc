#include "load/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tern::load {
namespace {

constexpr std::string_view kEnd = "\r\n";
// What the server pushes to a consumer that has not acknowledged it.
constexpr int kUnacknowledgedMax = 10'000;

std::string json_text(std::string_view plain) {
    std::string quoted = "\"";
    for (const char c : plain) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

/// The client's protocol of NATS, and JetStream over it for what is persistent. A queue is a queue
/// group of subscribers, or a stream that forgets what was acknowledged, with one consumer.
class Nats final : public Protocol {
public:
    explicit Nats(const Settings& settings)
        : settings_(settings), stream_("stream-" + settings.destination) {
        std::ranges::replace(stream_, '.', '-');
    }

    void connect(std::string& out, std::string_view name, bool publishes) override {
        std::string login;
        if (!settings_.user.empty()) {
            login = fmt::format(R"(,"user":{},"pass":{})", json_text(settings_.user),
                                json_text(settings_.password));
        }
        out +=
            fmt::format(R"(CONNECT {{"verbose":false,"pedantic":false,"lang":"C++","version":"1",)"
                        R"("name":{}{}}})",
                        json_text(name), login);
        out += kEnd;
        inbox_ = fmt::format("_INBOX.{}", name);
        if (settings_.persistent) out += fmt::format("SUB {} {}{}", inbox_, kInboxId, kEnd);
        out += kPing;
        if (publishes) make_message();
    }

    void subscribe(std::string& out) override {
        if (settings_.persistent) {
            ask(out, "CONSUMER.DURABLE.CREATE." + stream_ + ".bench", consumer_config());
            step_ = Step::making_consumer;
            has_consumer_ = true;
        } else {
            listen(out, settings_.destination, settings_.topic ? "" : "bench ");
            step_ = Step::subscribing;
        }
    }

    void publish(std::string& out, const Stamp& stamp) override {
        put_stamp(message_, stamp_at_, stamp);
        out += message_;
    }

    void leave(std::string& out) override {
        if (has_consumer_) ask(out, "STREAM.DELETE." + stream_, "");
    }

    std::size_t take(std::string_view in, std::string& out, Event& event) override {
        const std::size_t line_bytes = in.find(kEnd);
        if (line_bytes == std::string_view::npos) return 0;
        const std::string_view line = in.substr(0, line_bytes);
        if (!line.starts_with("MSG ")) {
            event = take_line(line, out);
            return line_bytes + kEnd.size();
        }
        const Arrival arrival = parse(line);
        const std::size_t body_at = line_bytes + kEnd.size();
        const std::size_t whole = body_at + arrival.size + kEnd.size();
        if (in.size() < whole) return 0;
        event = take_message(arrival, in.substr(body_at, arrival.size), out);
        return whole;
    }

private:
    static constexpr std::string_view kPing = "PING\r\n";
    static constexpr std::string_view kMessagesId = "1";
    static constexpr std::string_view kInboxId = "2";

    /// MSG <subject> <id of the subscription> [<reply>] <bytes>
    struct Arrival {
        std::string_view id;
        std::string_view reply;
        std::size_t size = 0;
    };
    static Arrival parse(std::string_view line) {
        std::array<std::string_view, 5> words;
        std::size_t count = 0;
        while (!line.empty() && count < words.size()) {
            const std::size_t end = std::min(line.find(' '), line.size());
            words[count++] = line.substr(0, end);
            line.remove_prefix(std::min(end + 1, line.size()));
        }
        if (count < 4) return {};
        Arrival arrival{.id = words[2], .reply = {}, .size = 0};
        if (count == words.size()) arrival.reply = words[3];
        const std::string_view size = words[count - 1];
        std::from_chars(size.data(), size.data() + size.size(), arrival.size);
        return arrival;
    }

    [[nodiscard]] std::string stream_config() const {
        return fmt::format(
            R"({{"name":"{}","subjects":["{}"],"storage":"file","retention":"workqueue"}})",
            stream_, settings_.destination);
    }
    [[nodiscard]] std::string consumer_config() const {
        return fmt::format(
            R"({{"stream_name":"{0}","config":{{"durable_name":"bench",)"
            R"("deliver_subject":"deliver.{0}","deliver_group":"bench","ack_policy":"explicit",)"
            R"("max_ack_pending":{1}}}}})",
            stream_, kUnacknowledgedMax);
    }

    void make_message() {
        message_ = fmt::format("PUB {} {}{}{}", settings_.destination,
                               settings_.persistent ? inbox_ + " " : "", settings_.size, kEnd);
        stamp_at_ = message_.size();
        message_.append(settings_.size, 'x').append(kEnd);
    }

    void ask(std::string& out, const std::string& what, const std::string& body) {
        out +=
            fmt::format("PUB $JS.API.{} {} {}{}{}{}", what, inbox_, body.size(), kEnd, body, kEnd);
    }

    static void listen(std::string& out, const std::string& subject, std::string_view group) {
        out += fmt::format("SUB {} {}{}{}", subject, group, kMessagesId, kEnd);
        out += kPing;
    }

    Event take_line(std::string_view line, std::string& out) {
        if (line == "PONG") return answered(out);
        if (line == "PING") out.append("PONG").append(kEnd);
        if (!line.starts_with("-ERR")) return Event::none;
        refusal_ = line;
        return Event::refused;
    }

    Event take_message(const Arrival& arrival, std::string_view body, std::string& out) {
        if (arrival.id == kMessagesId) {
            if (!arrival.reply.empty())
                out += fmt::format("PUB {} 0{}{}", arrival.reply, kEnd, kEnd);
            saw(body);
            return Event::message;
        }
        if (body.find(R"("error":)") != std::string_view::npos) {
            refusal_ = body;
            return Event::refused;
        }
        return step_ == Step::in ? Event::confirmed : answered(out);
    }

    /// Each step when the one before is done.
    Event answered(std::string& out) {
        switch (step_) {
            case Step::connecting:
                if (!settings_.persistent) break;
                ask(out, "STREAM.CREATE." + stream_, stream_config());
                step_ = Step::making_stream;
                return Event::none;
            case Step::making_consumer:
                listen(out, "deliver." + stream_, "bench ");
                step_ = Step::subscribing;
                return Event::none;
            case Step::subscribing:
                step_ = Step::in;
                return Event::subscribed;
            case Step::making_stream:
            case Step::in:
                break;
        }
        step_ = Step::in;
        return Event::connected;
    }

    const Settings& settings_;
    std::string stream_;
    std::string inbox_;  ///< where the server's answers come
    std::string message_;
    std::size_t stamp_at_ = 0;
    enum class Step : std::uint8_t { connecting, making_stream, making_consumer, subscribing, in };
    Step step_ = Step::connecting;
    bool has_consumer_ = false;
};

}  // namespace

std::unique_ptr<Protocol> make_nats(const Settings& settings) {
    return std::make_unique<Nats>(settings);
}

}  // namespace tern::load
