#include "bench/wire/protocol.h"

#include <cstdlib>

namespace tern::load {
namespace {

class Stomp final : public Protocol {
public:
    explicit Stomp(std::size_t bytes)
        : message_("SEND\ndestination:/queue/bench\npersistent:true\nreceipt:r\ncontent-length:" +
                   std::to_string(bytes) + "\n\n" + std::string(bytes, 'x') + '\0') {}

    void connect(std::string& out, std::string_view) override {
        out.append("CONNECT\naccept-version:1.2\nhost:localhost\n\n").push_back('\0');
    }

    void subscribe(std::string& out) override {
        out.append(
               "SUBSCRIBE\nid:1\ndestination:/queue/bench\nreceipt:s\nack:auto\n"
               "activemq.prefetchSize:1000\n\n")
            .push_back('\0');
    }

    void publish(std::string& out) override { out += message_; }

    std::size_t take(std::string_view in, std::string&, Event& event) override {
        const std::size_t begin = in.find_first_not_of('\n');
        if (begin == std::string_view::npos) return in.size();
        const std::size_t head = in.find("\n\n", begin);
        if (head == std::string_view::npos) return 0;
        const std::string_view headers = in.substr(begin, head - begin + 1);
        std::size_t end = head + 2;
        constexpr std::string_view kLength("\ncontent-length:");
        if (const std::size_t length = headers.find(kLength); length != std::string_view::npos) {
            end += std::strtoul(headers.data() + length + kLength.size(), nullptr, 10);
        } else {
            end = in.find('\0', end);
        }
        if (end >= in.size()) return 0;
        event = event_of(headers);
        return end + 1;
    }

private:
    static Event event_of(std::string_view headers) {
        if (headers.starts_with("MESSAGE")) return Event::message;
        if (headers.starts_with("CONNECTED")) return Event::connected;
        if (!headers.starts_with("RECEIPT")) return Event::refused;
        return headers.find("\nreceipt-id:s\n") != std::string_view::npos ? Event::subscribed
                                                                          : Event::confirmed;
    }

    const std::string message_;
};

}  // namespace

std::unique_ptr<Protocol> make_stomp(std::size_t bytes) {
    return std::make_unique<Stomp>(bytes);
}

}  // namespace tern::load
