#pragma once

#include "broker/queue/queue.h"

#include <utility>
#include <vector>

namespace tern::broker {

/// Deliveries in a row to one consumer, which leave together.
class Queue::Run {
public:
    explicit Run(Queue& queue) : queue_(queue) {}

    void add(std::uint32_t slot, Delivery delivery) {
        if (slot != slot_) flush();
        slot_ = slot;
        deliveries_.push_back(std::move(delivery));
    }
    void flush() {
        if (deliveries_.empty()) return;
        queue_.totals_.dispatched += deliveries_.size();
        queue_.port_.deliver(queue_.consumers_.at(slot_).ref, *queue_.info_,
                             std::exchange(deliveries_, {}));
    }

private:
    Queue& queue_;
    std::uint32_t slot_ = Consumers::kNone;
    std::vector<Delivery> deliveries_;
};

}  // namespace tern::broker
