#include "engine/client_events.h"
#include "engine/connection.h"
#include "engine/presence.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <fmt/format.h>

// Whom clients are told of.

namespace tern::engine {

using broker::Destination;

std::string Connection::name() const {
    return fmt::format("ID:{}-{}-{}", protocol_, shard_id().value, number_.value);
}

void Connection::introduce(std::string_view client_id) {
    if (waits()) return park([this, id = std::string(client_id)] { introduce(id); });
    broker::Observer* const observer = shard_.observer();
    if (observer == nullptr || presence_ != nullptr || closed_) return;
    presence_ = std::make_unique<Presence>(shard_, *observer, name());
    presence_->connected(std::string(client_id), std::string(user()), peer_);
}

void Connection::add_producer(std::uint32_t number, const Destination& to) {
    if (waits()) return park([this, number, to] { add_producer(number, to); });
    tell_event(*this, shard_id(), broker::kProducerEvents, "opens producer {} at {}", number,
               readable(to.view()));
    if (presence_ != nullptr) presence_->add_producer(number, to);
}

void Connection::remove_producer(std::uint32_t number) {
    if (waits()) return park([this, number] { remove_producer(number); });
    tell_event(*this, shard_id(), broker::kProducerEvents, "closes producer {}", number);
    if (presence_ != nullptr) presence_->remove_producer(number);
}

}  // namespace tern::engine
