#include "broker/queue/queue_run.h"

#include <algorithm>
#include <utility>

namespace tern::broker {

bool Queue::dispatch(std::int64_t now_ms) {
    bool more = browsers_.have_work() && browsers_.run(*info_, entries_, port_);
    waits_for_mark_ = false;
    waits_for_page_ = false;
    probe_.serve(now_ms);
    if (browsers_.wanted() != Browsers::kNone) page_in(browsers_.wanted());
    if (consumers_.count() > 0 && !paused_ && may_begin(now_ms) && !is_rebalancing()) {
        budget_ = kLooksMax;
        consumers_.reconsider();
        Run run(*this);
        if (copies_) {
            hand_out_copies(run, now_ms);
        } else {
            hand_out(run, now_ms);
        }
        run.flush();
        give_up_broken();
        return_loans();
        more = more || budget_ == 0;
    }
    if (!waits_for_mark_ && !waits_for_page_ && !more) {
        offered_to_ = entries_.end();
        finish_drains();
    }
    read_ahead();
    check_memory();
    return more;
}

void Queue::hand_out(Run& run, std::int64_t now_ms) {
    for (;;) {
        const std::uint32_t slot =
            consumers_.next(entries_.ready(), [this](std::uint32_t s) { return can_take(s); });
        if (slot == Consumers::kNone) return;
        if (!hand_out_one(slot, run, now_ms)) return;
    }
}

bool Queue::hand_out_one(std::uint32_t slot, Run& run, std::int64_t now_ms) {
    Consumer& candidate = consumers_.at(slot);
    const std::uint64_t ordinal = peek(candidate);
    if (entries_.is_missing(ordinal)) {
        await_page(ordinal);
        return false;
    }
    if (!may_deliver(ordinal)) {
        waits_for_mark_ = true;
        return false;
    }
    Entry& entry = *entries_.find(ordinal);
    bool first_of_group = false;
    if (!candidate.waiting.empty() && candidate.waiting.front() == ordinal) {
        candidate.waiting.pop_front();
        --waiting_;
    } else {
        const MessageHeader& header = entry.message->header();
        const bool arrives = rules_.expired_on_arrival && ordinal >= offered_to_;
        if (header.expires_at_ms != 0 && header.expires_at_ms <= now_ms && !arrives) {
            die(ordinal, entry, {.why = Death::Why::expired, .cause = {}});
            return true;
        }
        if (!header.group_id.empty() && rules_.groups.remembered > 0) {
            slot = group_taker(slot, ordinal, entry, first_of_group);
            if (slot == Consumers::kNone) return true;
        }
        entries_.set_delivered(ordinal, slot);
    }
    Consumer& taker = consumers_.at(slot);
    if (taker.outstanding == 0) taker.began_us = port_.now_us();
    consumers_.delivered(slot, ordinal, now_ms);
    if (entry.timed) probe_.handed_out(ordinal, port_.now_us());
    Delivery handed = delivery(ordinal, entry);
    handed.first_of_group = first_of_group;
    run.add(slot, std::move(handed));
    return true;
}

std::uint64_t Queue::peek(Consumer& consumer) {
    std::uint64_t next = Selection::kNone;
    if (consumer.selection != nullptr) {
        std::uint64_t missing = Selection::kNone;
        next = consumer.selection->first(entries_, budget_, missing, broken_);
        if (missing != Selection::kNone) await_page(missing);
    } else if (entries_.ready() > 0) {
        next = rules_.prioritized ? entries_.first_of_highest_priority() : entries_.first_ready();
    }
    while (!consumer.waiting.empty() && entries_.find(consumer.waiting.front()) == nullptr) {
        consumer.waiting.pop_front();
        --waiting_;
    }
    return consumer.waiting.empty() ? next : std::min(next, consumer.waiting.front());
}

bool Queue::has_credit(Consumer& consumer) {
    if (consumer.credit > 0) return true;
    if (!consumer.borrows || consumer.asked) return false;
    const std::uint32_t lent = port_.borrow(consumer.ref, *info_);
    consumer.credit += lent;
    consumer.asked = lent == 0;
    return lent > 0;
}

bool Queue::can_take(std::uint32_t slot) {
    Consumer& consumer = consumers_.at(slot);
    if (consumer.credit == 0 && (!consumer.borrows || consumer.asked)) return false;
    return peek(consumer) != Selection::kNone && has_credit(consumer);
}

bool Queue::matches(const Consumer& consumer, const Entry& entry) {
    return consumer.selection == nullptr ||
           consumer.selection->filter().matches(*entry.message, entry.failures);
}

std::uint32_t Queue::group_taker(std::uint32_t slot, std::uint64_t ordinal, Entry& entry,
                                 bool& first) {
    const std::string_view group = entry.message->header().group_id;
    const std::int32_t sequence = entry.message->header().group_sequence;
    std::uint32_t owner = sequence == 1 ? Groups::kNone : groups_.owner(group);
    // An owner that cannot have the message would keep it from everybody.
    if (owner != Groups::kNone &&
        (!consumers_.may_go(owner) || !matches(consumers_.at(owner), entry))) {
        owner = Groups::kNone;
    }
    first = owner == Groups::kNone;
    if (first) {
        owner = assign_group(slot, entry);
    } else if (sequence < 0) {
        groups_.release(group);
        --consumers_.at(owner).groups;
    }
    Consumer& taker = consumers_.at(owner);
    // What waits for it already comes before this one.
    if (owner == slot || (taker.waiting.empty() && has_credit(taker))) return owner;
    entries_.set_delivered(ordinal, owner);
    taker.waiting.push_back(ordinal);
    ++waiting_;
    return Consumers::kNone;
}

std::uint32_t Queue::assign_group(std::uint32_t slot, const Entry& entry) {
    const std::uint32_t least = consumers_.least_groups([&](std::uint32_t one) {
        Consumer& consumer = consumers_.at(one);
        return consumer.waiting.empty() && matches(consumer, entry) && has_credit(consumer);
    });
    const std::uint32_t owner = least == Consumers::kNone ? slot : least;
    const std::uint32_t lost = groups_.assign(entry.message->header().group_id, owner);
    if (lost != Groups::kNone && consumers_.at(lost).groups > 0) --consumers_.at(lost).groups;
    ++consumers_.at(owner).groups;
    return owner;
}

void Queue::give_up_broken() {
    for (const std::uint64_t ordinal : std::exchange(broken_, {})) {
        // Others may have got it meanwhile, or its reason may be known from another selector.
        if (!entries_.is_ready(ordinal) || entries_.is_missing(ordinal)) continue;
        die(ordinal, *entries_.find(ordinal),
            {.why = Death::Why::rejected,
             .cause = "A consumer's selector cannot be applied: the message is malformed"});
    }
}

void Queue::return_loans() {
    for (std::uint32_t slot = 0; slot < consumers_.slots(); ++slot) {
        Consumer& consumer = consumers_.at(slot);
        if (!consumer.open || !consumer.borrows || consumer.credit == 0) continue;
        port_.give_back(consumer.ref, *info_, std::exchange(consumer.credit, 0));
    }
}

void Queue::drain(const ConsumerRef& consumer, std::int64_t now_ms,
                  std::move_only_function<void()> done) {
    drains_.push_back({consumer, std::move(done)});
    while (dispatch(now_ms)) {
    }
}

void Queue::finish_drains() {
    for (Drain& drain : std::exchange(drains_, {})) {
        const std::uint32_t slot = consumers_.find(drain.consumer);
        if (slot != Consumers::kNone) consumers_.at(slot).credit = 0;
        drain.done();
    }
}

}  // namespace tern::broker
