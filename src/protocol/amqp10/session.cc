#include "protocol/amqp10/session.h"

#include "protocol/amqp10/errors.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

// Links give credit and the connection stops reading: the window has nothing left to bound.
constexpr std::uint32_t kWindow = INT32_MAX;
constexpr std::uint32_t kHandleMax = 32'767;

}  // namespace

Session::Session(Connection& connection, std::uint16_t channel, std::uint32_t serial,
                 const Begin& begin)
    : connection_(connection),
      broker_(connection.broker()),
      channel_(channel),
      serial_(serial),
      next_incoming_id_(begin.next_outgoing_id),
      peer_window_(begin.incoming_window) {
    send(Begin{.remote_channel = channel,
               .next_outgoing_id = 0,
               .incoming_window = kWindow,
               .outgoing_window = kWindow,
               .handle_max = kHandleMax});
}

Session::~Session() = default;

Producer* Session::find_producer(std::uint32_t handle) {
    const auto found = producers_.find(handle);
    return found == producers_.end() ? nullptr : found->second.get();
}

Consumer* Session::find_consumer(std::uint32_t handle) {
    const auto found = consumers_.find(handle);
    return found == consumers_.end() ? nullptr : found->second.get();
}

void Session::send_flow(const Link* link, bool drain) {
    Flow flow{.next_incoming_id = next_incoming_id_,
              .incoming_window = kWindow,
              .next_outgoing_id = next_outgoing_id_,
              .outgoing_window = kWindow};
    if (link != nullptr) {
        flow.handle = link->handle;
        flow.delivery_count = link->delivery_count;
        flow.link_credit = link->credit;
        flow.drain = drain;
    }
    send(flow);
}

void Session::on(const Flow& flow) {
    // Part 2, 2.5.6: before the peer has seen our begin it knows no id; we start with 0.
    const std::uint32_t on_their_way = next_outgoing_id_ - flow.next_incoming_id.value_or(0);
    peer_window_ = flow.incoming_window - std::min(flow.incoming_window, on_their_way);
    if (!flow.handle) {
        if (flow.echo) send_flow(nullptr, false);
        return pump();
    }
    if (detached_.contains(*flow.handle)) return;
    if (Consumer* const consumer = find_consumer(*flow.handle)) {
        on_flow(*consumer, flow);
    } else if (Producer* const producer = find_producer(*flow.handle)) {
        if (flow.echo && producer->attached) send_flow(producer, false);
    } else {
        return end_with(kUnattachedHandle, "flow on a handle without a link");
    }
    pump();
}

void Session::end_with(std::string_view condition, std::string_view description) {
    if (ended_) return;
    send(End{Error{.condition = condition, .description = description}});
    end();
}

void Session::refuse(std::error_code error) {
    refused_ = true;
    end_with(condition_of(error), error.message());
}

void Session::end() {
    if (std::exchange(ended_, true)) return;
    if (!refused_) broker_.end_session();
    while (!consumers_.empty()) drop_consumer(consumers_.begin()->first, false);
    while (!producers_.empty()) drop_producer(producers_.begin()->first, false);
    detached_.clear();
}

void Session::flush() {
    flush_accepted();
}

}  // namespace tern::amqp10
