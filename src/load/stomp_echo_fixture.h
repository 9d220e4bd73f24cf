#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace tern::load {

/// A broker of one queue, for STOMP clients that come one after the other and then stay: what is
/// sent goes to all who have subscribed, and then a receipt to the sender.
class StompEcho {
public:
    StompEcho();
    ~StompEcho();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Does nothing for so long when the first message has come.
    void stall(std::chrono::milliseconds time) { stall_ = time; }
    /// Messages that are not given to anybody, of all that come: every so many; 0: none.
    void drop_every(int count) { drop_every_ = count; }
    void repeat_every(int count) { repeat_every_ = count; }

private:
    struct Client {
        int socket;
        std::string in;
        bool subscribes = false;
    };

    void run();
    void serve(Client& client);
    void take(Client& client, const std::string& frame);
    static void send(const Client& client, const std::string& text);

    int listener_;
    std::uint16_t port_ = 0;
    std::chrono::milliseconds stall_{0};
    int drop_every_ = 0;
    int repeat_every_ = 0;
    int messages_ = 0;
    std::atomic<bool> ended_ = false;
    std::vector<Client> clients_;
    std::thread thread_;
};

}  // namespace tern::load
