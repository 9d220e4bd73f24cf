#include "load/protocol.h"

#include <cstdlib>
#include <deque>
#include <utility>

namespace tern::load {
namespace {

constexpr const char* kSubscription = "activemq.subscriptionName:bench\n";

class Stomp final : public Protocol {
public:
    explicit Stomp(const Settings& settings)
        : settings_(settings),
          destination_((settings.topic ? "/topic/" : "/queue/") + settings.destination) {
        message_ = "SEND\ndestination:" + destination_ + "\n";
        if (settings.persistent) message_ += "persistent:true\n";
        if (settings.transacted > 0) {
            message_ += "transaction:t\n";
        } else if (settings.confirmed) {
            message_ += "receipt:r\n";
        }
        message_ += "content-length:" + std::to_string(settings.size) + "\n\n";
        stamp_at_ = message_.size();
        message_ += std::string(settings.size, 'x') + '\0';
    }

    void connect(std::string& out, std::string_view name, bool) override {
        out += "CONNECT\naccept-version:1.2\nhost:localhost\n";
        if (settings_.durable) out += "client-id:" + std::string(name) + "\n";
        if (!settings_.user.empty()) {
            out += "login:" + settings_.user + "\npasscode:" + settings_.password + "\n";
        }
        out.append("\n").push_back('\0');
    }

    void subscribe(std::string& out) override {
        subscribed_ = true;
        out.append("SUBSCRIBE\nid:1\ndestination:" + destination_ +
                   "\nreceipt:s\nack:auto\nactivemq.prefetchSize:1000\n");
        if (settings_.durable) out += kSubscription;
        out.append("\n").push_back('\0');
    }

    void publish(std::string& out, const Stamp& stamp) override {
        if (settings_.transacted > 0 && open_++ == 0) {
            out.append("BEGIN\ntransaction:t\n\n").push_back('\0');
        }
        put_stamp(message_, stamp_at_, stamp);
        out += message_;
    }

    void commit(std::string& out) override {
        out.append("COMMIT\ntransaction:t\nreceipt:r\n\n").push_back('\0');
        committed_.push_back(std::exchange(open_, 0));
    }

    void leave(std::string& out) override {
        if (settings_.durable && subscribed_) {
            // The consumer, and then what it was of.
            out.append("UNSUBSCRIBE\nid:1\n\n").push_back('\0');
            out.append("UNSUBSCRIBE\nid:1\n").append(kSubscription).append("\n").push_back('\0');
        }
        out.append("DISCONNECT\n\n").push_back('\0');
    }

    int confirmations() const override { return confirmed_; }

    std::size_t take(std::string_view in, std::string&, Event& event) override {
        const std::size_t begin = in.find_first_not_of('\n');
        if (begin == std::string_view::npos) return in.size();
        const std::size_t head = in.find("\n\n", begin);
        if (head == std::string_view::npos) return 0;
        const std::string_view headers = in.substr(begin, head - begin + 1);
        const std::size_t body = head + 2;
        std::size_t end = body;
        constexpr std::string_view kLength("\ncontent-length:");
        if (const std::size_t length = headers.find(kLength); length != std::string_view::npos) {
            end += std::strtoul(headers.data() + length + kLength.size(), nullptr, 10);
        } else {
            end = in.find('\0', end);
        }
        if (end >= in.size()) return 0;
        event = event_of(headers);
        if (event == Event::message) saw(in.substr(body, end - body));
        return end + 1;
    }

private:
    Event event_of(std::string_view headers) {
        if (headers.starts_with("MESSAGE")) return Event::message;
        if (headers.starts_with("CONNECTED")) return Event::connected;
        if (!headers.starts_with("RECEIPT")) {
            constexpr std::string_view kMessage("\nmessage:");
            const std::size_t at = headers.find(kMessage);
            if (at != std::string_view::npos) {
                refusal_ = headers.substr(at + kMessage.size());
                refusal_.resize(refusal_.find('\n'));
            }
            return Event::refused;
        }
        if (headers.find("\nreceipt-id:s\n") != std::string_view::npos) return Event::subscribed;
        if (!committed_.empty()) {
            confirmed_ = committed_.front();
            committed_.pop_front();
        }
        return Event::confirmed;
    }

    const Settings& settings_;
    const std::string destination_;
    std::string message_;
    std::size_t stamp_at_ = 0;
    bool subscribed_ = false;
    int open_ = 0;  ///< messages of the transaction
    std::deque<int> committed_;
    int confirmed_ = 1;
};

}  // namespace

std::unique_ptr<Protocol> make_stomp(const Settings& settings) {
    return std::make_unique<Stomp>(settings);
}

}  // namespace tern::load
