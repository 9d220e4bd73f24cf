#include "load/stomp_echo_fixture.h"

#include <netinet/in.h>

#include <array>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace tern::load {

StompEcho::StompEcho() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0) return;
    ::getsockname(listener_, any, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

StompEcho::~StompEcho() {
    ended_ = true;
    thread_.join();
    for (const Client& client : clients_) ::close(client.socket);
    ::close(listener_);
}

void StompEcho::run() {
    while (!ended_) {
        std::vector<pollfd> waiting{{listener_, POLLIN, 0}};
        for (const Client& client : clients_) waiting.push_back({client.socket, POLLIN, 0});
        ::poll(waiting.data(), waiting.size(), 20);
        for (std::size_t i = 1; i < waiting.size(); ++i) {
            if (waiting[i].revents != 0) serve(clients_[i - 1]);
        }
        std::erase_if(clients_, [](const Client& client) { return client.socket < 0; });
        if (waiting[0].revents != 0) {
            clients_.push_back({::accept(listener_, nullptr, nullptr), {}});
        }
    }
}

void StompEcho::serve(Client& client) {
    std::array<char, 4096> bytes;
    const ssize_t count = ::recv(client.socket, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
        ::close(std::exchange(client.socket, -1));
        return;
    }
    client.in.append(bytes.data(), static_cast<std::size_t>(count));
    for (;;) {
        const std::size_t head = client.in.find("\n\n");
        if (head == std::string::npos) return;
        std::size_t end = head + 2;
        const std::size_t length = client.in.find("content-length:");
        if (length < head) end += std::stoul(client.in.substr(length + 15));
        if (client.in.size() <= end) return;
        take(client, client.in.substr(0, end));
        client.in.erase(0, end + 1);
    }
}

void StompEcho::take(Client& client, const std::string& frame) {
    if (frame.starts_with("CONNECT")) return send(client, "CONNECTED\nversion:1.2\n\n");
    if (frame.starts_with("SUBSCRIBE")) {
        client.subscribes = true;
        return send(client, "RECEIPT\nreceipt-id:s\n\n");
    }
    if (!frame.starts_with("SEND")) return;
    if (messages_++ == 0) std::this_thread::sleep_for(stall_);
    const auto is_one = [&](int every) { return every > 0 && messages_ % every == 0; };
    const int times = is_one(drop_every_) ? 0 : is_one(repeat_every_) ? 2 : 1;
    for (const Client& other : clients_) {
        if (!other.subscribes) continue;
        for (int i = 0; i < times; ++i) send(other, "MESSAGE" + frame.substr(4));
    }
    send(client, "RECEIPT\nreceipt-id:r\n\n");
}

void StompEcho::send(const Client& client, const std::string& text) {
    const std::string frame = text + '\0';
    std::size_t at = 0;
    while (at < frame.size()) {
        const ssize_t count =
            ::send(client.socket, frame.data() + at, frame.size() - at, MSG_NOSIGNAL);
        if (count <= 0) return;
        at += static_cast<std::size_t>(count);
    }
}

}  // namespace tern::load
