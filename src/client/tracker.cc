#include "client/tracker.h"

namespace tern::client {
namespace {

std::size_t bytes_of(const KeptMessage& message) {
    return message.wire.content.size() + message.wire.properties.size() + message.texts.size();
}

}  // namespace

KeptMessage::KeptMessage(WireMessage original) : wire(std::move(original)) {
    // What is large is held already.
    openwire::Message& message = wire.message;
    const auto content = std::exchange(message.content, {});
    const auto properties = std::exchange(message.properties, {});
    texts = openwire::own(message);
    message.content = content;
    message.properties = properties;
}

void Tracker::add(Kept<openwire::ProducerInfo> producer) {
    const openwire::ProducerId& id = *producer->command.producer_id;
    sessions_[id.session_id].producers.insert_or_assign(id.value, std::move(producer));
}

void Tracker::remove(const openwire::ProducerId& producer) {
    const auto session = sessions_.find(producer.session_id);
    if (session != sessions_.end()) session->second.producers.erase(producer.value);
}

bool Tracker::has(const openwire::ProducerId& producer) const {
    const auto session = sessions_.find(producer.session_id);
    return session != sessions_.end() && session->second.producers.contains(producer.value);
}

void Tracker::add(Kept<openwire::ConsumerInfo> consumer) {
    const openwire::ConsumerId& id = *consumer->command.consumer_id;
    sessions_[id.session_id].consumers.insert_or_assign(id.value, std::move(consumer));
}

void Tracker::remove(const openwire::ConsumerId& consumer) {
    const auto session = sessions_.find(consumer.session_id);
    if (session != sessions_.end()) session->second.consumers.erase(consumer.value);
}

void Tracker::change(const Kept<openwire::DestinationInfo>& destination) {
    std::string name(destination->command.destination->physical_name.view());
    if (destination->command.operation == openwire::DestinationOperation::add) {
        temporaries_.insert_or_assign(std::move(name), destination);
    } else {
        temporaries_.erase(name);
    }
}

void Tracker::record(Id transaction, Message message) {
    const auto found = transactions_.find(transaction);
    if (found != transactions_.end()) found->second.push_back(std::move(message));
}

void Tracker::record(Message message) {
    if (cache_bytes_max_ == 0) return;
    cache_bytes_ += bytes_of(*message);
    cache_.push_back(std::move(message));
    while (cache_bytes_ > cache_bytes_max_) {
        cache_bytes_ -= bytes_of(*cache_.front());
        cache_.pop_front();
    }
}

}  // namespace tern::client
