#include "protocol/mqtt/room.h"

#include "protocol/mqtt/codec/frame.h"
#include "protocol/mqtt/session.h"
#include "protocol/mqtt/state_queue.h"
#include "protocol/mqtt/sys_session.h"

#include <algorithm>

namespace tern::mqtt {
namespace {

constexpr std::string_view kSysSession = "$SYS";

}  // namespace

/// A CONNECT: its type, a length, and `MQTT` or `MQIsdp` as a text.
protocol::Detection Room::detect(Bytes first) const {
    using protocol::Detection;
    if (first.empty()) return Detection::unknown;
    if (first[0] != 0x10) return Detection::no;
    const auto frame = next_frame(first, SIZE_MAX);
    if (!frame) return Detection::no;
    if (frame->bytes == 0) return Detection::unknown;
    const Bytes name = first.subspan(frame->header_bytes);
    const auto fits = [name](std::string_view wanted) {
        const std::size_t count = std::min(name.size(), wanted.size());
        return std::ranges::equal(name.first(count), as_bytes(wanted).first(count));
    };
    constexpr std::string_view kNames[] = {{"\0\4MQTT", 6}, {"\0\6MQIsdp", 8}};
    for (const std::string_view wanted : kNames) {
        if (fits(wanted)) return name.size() >= wanted.size() ? Detection::yes : Detection::unknown;
    }
    return Detection::no;
}

protocol::WebSocketUse Room::web_socket() const {
    static constexpr std::array<std::string_view, 2> kNames{"mqtt", "mqttv3.1"};
    return {.names = kNames};
}

std::unique_ptr<protocol::Session> Room::make_session(protocol::Wire& wire,
                                                      broker::Broker& broker) const {
    return std::make_unique<Session>(environment_, wire, broker);
}

/// Those of sessions are the names of their queues.
void Room::find_residents(broker::Broker& broker, Names answer) const {
    broker.report_queues(std::string(kStateQueues) + ">",
                         [tells = options_.sys_interval_s != 0, answer = std::move(answer)](
                             std::vector<broker::QueueReport> queues) mutable {
                             std::vector<std::string> names;
                             if (tells) names.emplace_back(kSysSession);
                             for (broker::QueueReport& one : queues)
                                 names.push_back(std::move(one.queue.name));
                             answer(std::move(names));
                         });
}

std::unique_ptr<protocol::Session> Room::make_resident(std::string_view name, protocol::Wire& wire,
                                                       broker::Broker& broker) const {
    if (name == kSysSession) {
        return std::make_unique<SysSession>(options_, *traffic_, *sys_, wire, broker);
    }
    name.remove_prefix(kStateQueues.size());
    return std::make_unique<Session>(environment_, wire, broker, std::string(name));
}

}  // namespace tern::mqtt
