#include "engine/message_job.h"

#include "broker/api/errors.h"

#include <algorithm>
#include <utility>

namespace tern::engine {

using broker::Delivery;
using broker::Destination;
using What = broker::MessageAction::What;

MessageJob::MessageJob(ShardBroker& shard, broker::QueueInfoPtr queue, broker::MessageAction action,
                       broker::FilterPtr filter, Done done)
    : shard_(shard),
      queue_(std::move(queue)),
      action_(std::move(action)),
      window_{.filter = std::move(filter)},
      done_(std::move(done)) {
    // What comes from now on is not meant, least of all what is moved to this queue itself.
    if (const broker::Queue* const there = shard_.find_queue(queue_->id))
        window_.end = there->end();
}

bool MessageJob::is_over() const {
    if (done_count_ >= action_.limit) return true;
    if (!action_.ordinals.empty()) return next_ordinal_ >= action_.ordinals.size();
    return window_.next >= window_.end;
}

std::vector<Delivery> MessageJob::next_part(broker::Queue& queue) {
    const auto pick = [this, &queue](broker::Queue::Window& window) {
        if (action_.what != What::copy) return queue.seize(window);
        std::vector<Delivery> copies;
        for (broker::Sight& one : queue.look(window)) copies.push_back(std::move(one.delivery));
        return copies;
    };
    const std::size_t limit = std::min(kPart, action_.limit - done_count_);
    if (action_.ordinals.empty()) {
        window_.limit = limit;
        return pick(window_);
    }
    std::vector<Delivery> part;
    while (part.size() < limit && next_ordinal_ < action_.ordinals.size()) {
        const std::uint64_t ordinal = action_.ordinals[next_ordinal_];
        if (ordinal != 0 && ordinal < window_.end) {
            broker::Queue::Window one{.next = ordinal, .end = ordinal + 1};
            std::ranges::move(pick(one), std::back_inserter(part));
            if (!one.done()) break;  // it is on its way from the disk
        }
        ++next_ordinal_;
    }
    return part;
}

void MessageJob::run() {
    broker::Queue* const queue = shard_.find_queue(queue_->id);
    if (queue == nullptr || is_over()) return done_(done_count_);
    std::vector<Delivery> part = next_part(*queue);
    if (part.empty()) return continue_later();
    take(std::move(part));
}

void MessageJob::continue_later() {
    shard_.loop().post(shard_.id(), [self = shared_from_this()] { self->run(); });
}

std::optional<Destination> MessageJob::target(const Delivery& one) const {
    switch (action_.what) {
        case What::remove:
            return std::nullopt;
        case What::move:
        case What::copy:
            return action_.to;
        case What::retry:
            break;
    }
    std::string scratch;
    const auto sent_to = shard_.formats().find(*one.message, "JMSDestination", scratch);
    const auto* const text = std::get_if<std::string_view>(&sent_to);
    if (text == nullptr) return std::nullopt;
    const auto found = broker::elements({broker::Domain::queue, false, *text});
    const bool known =
        found.size() == 1 && !found.front().temporary && found.front() != queue_->bindings.front();
    return known ? std::optional(found.front()) : std::nullopt;
}

void MessageJob::take(std::vector<Delivery> part) {
    std::vector<Step> steps;
    std::vector<Step> kept;
    std::set<std::string> missing;
    for (Delivery& one : part) {
        Step step{.delivery = std::move(one), .to = {}};
        step.to = target(step.delivery);
        if (action_.what == What::retry && !step.to) {
            kept.push_back(std::move(step));
            continue;
        }
        if (step.to && step.to->domain == broker::Domain::queue &&
            shard_.table().route(step.to->view()).empty()) {
            missing.insert(step.to->name);
        }
        steps.push_back(std::move(step));
    }
    put_back(kept);
    if (!missing.empty()) return make_missing(std::move(steps), std::move(missing));
    commit(steps);
}

void MessageJob::make_missing(std::vector<Step> steps, std::set<std::string> missing) {
    const std::string name = missing.extract(missing.begin()).value();
    shard_.ask(
        [name](Catalog& catalog, CatalogAnswer answer) {
            catalog.declare({broker::Domain::queue, false, name}, {}, false, std::move(answer));
        },
        [self = shared_from_this(), steps = std::move(steps),
         missing = std::move(missing)](std::error_code error) mutable {
            if (error) {
                self->put_back(steps);
                return self->done_(failure(error));
            }
            if (!missing.empty()) return self->make_missing(std::move(steps), std::move(missing));
            self->commit(steps);
        });
}

void MessageJob::commit(const std::vector<Step>& steps) {
    if (steps.empty()) return continue_later();
    Transaction work;
    StagedAccept accepts;
    for (const Step& step : steps) {
        const broker::DeliveryTag& tag = step.delivery.tag;
        const bool stays = action_.what == What::copy;
        const std::uint64_t trace =
            stays ? 0 : shard_.trace_taken(tag, step.to ? &*step.to : nullptr);
        if (step.to) {
            work.publishes.push_back(
                {.to = *step.to, .message = step.delivery.message, .origin = {}, .trace = trace});
        }
        if (!stays) accepts.tags.push_back(tag);
    }
    if (!accepts.tags.empty()) work.accepts.push_back(std::move(accepts));
    shard_.commit(work, {shard_.id(), {}, {}});
    shard_.turn().then.push_back(
        [self = shared_from_this(), count = steps.size()](const Turn& turn) {
            if (turn.error()) {
                return self->done_(failure(make_error_code(broker::Errc::storage_failed)));
            }
            self->done_count_ += count;
            self->continue_later();
        });
}

void MessageJob::put_back(const std::vector<Step>& steps) {
    if (steps.empty() || action_.what == What::copy) return;
    std::vector<std::uint64_t> ordinals;
    ordinals.reserve(steps.size());
    for (const Step& one : steps) ordinals.push_back(one.delivery.tag.ordinal);
    shard_.on_queue(*queue_, [ordinals = std::move(ordinals)](broker::Queue& queue) {
        queue.release(ordinals);
    });
}

}  // namespace tern::engine
