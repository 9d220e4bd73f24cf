#include "base/log.h"
#include "protocol/amqp10/annotate.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/errors.h"
#include "protocol/amqp10/session.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

/// Why a message becomes a dead letter, for people.
std::string cause_of(const DeliveryState& state) {
    if (!state.error) return "rejected by the consumer";
    std::string text(state.error->condition);
    if (!state.error->description.empty()) text.append(": ").append(state.error->description);
    return text;
}

broker::Outcome outcome_of(const DeliveryState& state) {
    using Type = DeliveryState::Type;
    const bool dead =
        state.type == Type::rejected || (state.type == Type::modified && state.undeliverable_here);
    if (dead) return broker::Outcome::reject;
    if (state.type == Type::accepted) return broker::Outcome::accept;
    const bool failed = state.type == Type::modified && state.delivery_failed;
    return failed ? broker::Outcome::fail : broker::Outcome::release;
}

}  // namespace

void Session::on(const Disposition& disposition) {
    // What the peer says of what it sent: we settle first, so there is nothing left of it.
    if (disposition.role == Role::sender) return;
    const auto state = decode_state(disposition.state);
    if (!state) return connection_.fail(kDecodeError, "a disposition with a malformed state");
    const std::uint32_t first = disposition.first;
    const std::uint32_t span = disposition.last.value_or(first) - first;
    if (span > static_cast<std::uint32_t>(INT32_MAX)) return;  // it ends before it begins
    if (span <= unsettled_.size()) {
        for (std::uint32_t i = 0; i <= span; ++i) {
            const auto found = unsettled_.find(first + i);
            if (found == unsettled_.end()) continue;
            settle_one(first + i, found->second, *state, disposition.settled);
        }
    } else {
        std::vector<std::uint32_t> ids;
        for (const auto& [id, unsettled] : unsettled_) {
            if (id - first <= span) ids.push_back(id);
        }
        for (const std::uint32_t id : ids) {
            settle_one(id, unsettled_.find(id)->second, *state, disposition.settled);
        }
    }
    if (disposition.settled) return;
    const bool transactional = state->type == DeliveryState::Type::transactional;
    if (!state->is_outcome() && !transactional) return;
    send(Disposition{.role = Role::sender,
                     .first = first,
                     .last = disposition.last,
                     .settled = !transactional,
                     .state = disposition.state});
}

void Session::settle_one(std::uint32_t delivery_id, Unsettled& unsettled,
                         const DeliveryState& state, bool settled) {
    if (state.type == DeliveryState::Type::transactional) {
        return stage(delivery_id, unsettled, state, settled);
    }
    DeliveryState outcome = state;
    if (!state.is_outcome()) {
        if (!settled) return;  // «received» and the like say nothing final
        outcome = DeliveryState{.type = unsettled.consumer->default_outcome};
    }
    annotate(*unsettled.consumer, unsettled.tag, outcome);
    if (outcome_of(outcome) != broker::Outcome::reject) {
        gather(*unsettled.consumer, unsettled.tag, outcome_of(outcome), {});
    } else if (unsettled.tag.queue) {
        flush_settlement();
        broker_.reject(unsettled.consumer->number, {&unsettled.tag, 1}, cause_of(outcome));
    }
    unsettled_.erase(delivery_id);
}

void Session::stage(std::uint32_t delivery_id, Unsettled& unsettled, const DeliveryState& state,
                    bool settled) {
    if (unsettled.transaction) return;  // once is enough
    Transaction* const transaction = connection_.transactions().find(state.transaction);
    const auto outcome = decode_state(state.outcome);
    if (transaction == nullptr || !outcome) {
        log::warning("amqp10", "{}: an outcome for no open transaction", connection_.wire().peer());
        return;
    }
    Staged staged{.consumer = unsettled.consumer->number,
                  .tag = unsettled.tag,
                  .outcome = broker::Outcome::accept,
                  .settled = settled,
                  .session = serial_,
                  .delivery_id = delivery_id};
    unsettled.transaction = transaction->number;
    // The broker's transactions know accepted messages only; the others wait here for the commit.
    staged.outcome = outcome->is_outcome() ? outcome_of(*outcome) : broker::Outcome::accept;
    if (staged.outcome == broker::Outcome::accept) {
        gather(*unsettled.consumer, unsettled.tag, broker::Outcome::accept, transaction->number);
    } else {
        staged.annotations = as_text(outcome->annotations);
    }
    transaction->staged.push_back(staged);
    if (settled) unsettled_.erase(delivery_id);
}

/// What a consumer adds to a message that it sends back, for the next one.
void Session::annotate(const Consumer& consumer, const broker::DeliveryTag& tag,
                       const DeliveryState& state) {
    if (state.type != DeliveryState::Type::modified || state.annotations.empty()) return;
    if (!tag.queue || !consumer.number) return;
    broker_.revise(consumer.number, tag,
                   [added = std::string(as_text(state.annotations))](const Message& message) {
                       return annotated(message, as_bytes(added));
                   });
}

void Session::gather(Consumer& consumer, const broker::DeliveryTag& tag, broker::Outcome outcome,
                     broker::TransactionNumber transaction) {
    if (!tag.queue) return;  // a browser's
    const bool same = settlement_.consumer == &consumer && settlement_.outcome == outcome &&
                      settlement_.transaction == transaction;
    if (!same) {
        flush_settlement();
        settlement_.consumer = &consumer;
        settlement_.outcome = outcome;
        settlement_.transaction = transaction;
    }
    settlement_.tags.push_back(tag);
}

void Session::flush_settlement() {
    if (settlement_.tags.empty()) return;
    if (settlement_.consumer->number) {  // else the broker has closed it
        broker_.settle(settlement_.consumer->number, settlement_.tags, settlement_.outcome,
                       settlement_.transaction);
    }
    settlement_.tags.clear();
    settlement_.consumer = nullptr;
}

}  // namespace tern::amqp10
