#include "base/log.h"
#include "protocol/mqtt/session.h"

#include <algorithm>

namespace tern::mqtt {
namespace {

constexpr std::int64_t kNever = INT64_MAX / 2;

Reason reason_of(broker::ConnectionEnd why) {
    switch (why) {
        case broker::ConnectionEnd::taken_over:
            return Reason::session_taken_over;
        case broker::ConnectionEnd::login_over:
            return Reason::not_authorized;
        case broker::ConnectionEnd::by_operator:
        case broker::ConnectionEnd::too_slow:
            break;
    }
    return Reason::administrative_action;
}

}  // namespace

void Session::on(const Disconnect& disconnect) {
    const auto expiry = disconnect.properties.session_expiry_interval;
    if (expiry && *expiry != 0 && expiry_s_ == 0) {
        return fail(Reason::protocol_error, "a session cannot become lasting at its end");
    }
    if (expiry) expiry_s_ = std::min(*expiry, options_.session_expiry_max_s);
    bool forgets_will = false;
    if (disconnect.reason != Reason::disconnect_with_will || !v5()) {
        forgets_will = std::exchange(will_, std::nullopt).has_value() && lasts();
        if (will_record_.queue) forget_will(will_record_);
    }
    if (phase_ != Phase::connected) return close("");
    if (has_something_to_drop()) {
        // Before the peer sees the end, so that it finds nothing of the session when it is back.
        close_sources();
        publish_will();
        return leave_for_good();
    }
    if (!forgets_will) return close("");
    // The peer sees the end when its will is gone from the disk as well.
    close_sources();
    phase_ = Phase::left;
    if (std::exchange(will_record_, {}).queue) close_when_stored();
}

void Session::close_when_stored() {
    // What follows in the queue's journal is there only together with what went before.
    remember(LeftRecord{INT64_MAX}, {}, then([this](std::error_code) {
                 if (phase_ == Phase::left) wire_.close("");
             }));
}

/// Says why, where the version allows that, and closes.
void Session::fail(Reason reason, std::string_view why) {
    if (phase_ == Phase::closed) return;
    if (v5() && phase_ == Phase::connected) send(Disconnect{.reason = reason});
    close(why);
}

void Session::close(std::string_view why) {
    if (phase_ == Phase::closed || phase_ == Phase::left) return;
    if (phase_ == Phase::connected) close_sources();
    phase_ = phase_ == Phase::connected ? Phase::left : Phase::closed;
    wire_.close(why);
}

bool Session::lingers() {
    if (phase_ == Phase::leaving || orphan_) return phase_ != Phase::closed;
    if (phase_ == Phase::connected) {
        close_sources();
        phase_ = Phase::left;
    }
    if (phase_ == Phase::left && leave()) return true;
    phase_ = Phase::closed;
    return false;
}

/// What is due when a connection ends, once: its will, and what the session is to remember. True
/// when there is more to do later.
bool Session::leave() {
    if (!options_.link_stealing) hold_place(false);
    if (lasts()) {
        leave_for_a_while();
    } else {
        publish_will();
        leave_for_good();
    }
    return !stopping_ && (phase_ == Phase::away ? !is_done() : phase_ == Phase::leaving);
}

void Session::leave_for_a_while() {
    phase_ = Phase::away;
    const std::int64_t wall_ms = broker_.wall_ms();
    const bool ends = expiry_s_ != UINT32_MAX;
    const std::int64_t left_ms = std::int64_t{expiry_s_} * 1000;
    if (ends) ends_ms_ = wire_.now_ms() + left_ms;
    if (ends || saved_expiry_s_ != expiry_s_) {
        remember(LeftRecord{ends ? wall_ms + left_ms : INT64_MAX}, {}, {});
    }
    if (!will_) return;
    if (will_->delay_s == 0) return publish_will_of_record();
    const std::int64_t delay_ms = std::int64_t{std::min(will_->delay_s, expiry_s_)} * 1000;
    will_due_ms_ = wire_.now_ms() + delay_ms;
    save_will(wall_ms + delay_ms, {});
}

void Session::leave_for_good() {
    phase_ = Phase::leaving;
    ++owed_;
    drop_session([this] {
        --owed_;
        end_if_done();
    });
}

/// Its records were found. Its client has left, if not before, then with the broker.
void Session::begin_orphan() {
    durable_ = true;
    expiry_s_ = saved_expiry_s_;
    phase_ = Phase::away;
    open_state();
    bool left = found_end_ms_.has_value();
    if (const auto found = std::exchange(found_will_, std::nullopt)) {
        will_ = found->will;
        will_number_ = found->number;
        left = left || found->due_at_ms != INT64_MAX;
        if (left) {
            const std::int64_t wait_ms = found->due_at_ms == INT64_MAX
                                             ? std::int64_t{will_->delay_s} * 1000
                                             : found->due_at_ms - broker_.wall_ms();
            will_due_ms_ = wire_.now_ms() + std::max<std::int64_t>(wait_ms, 0);
        }
    }
    if (expired_ || !lasts()) {
        publish_will();
        return leave_for_good();
    }
    if (!left) {
        leave_for_a_while();
    } else if (found_end_ms_ && *found_end_ms_ != INT64_MAX) {
        ends_ms_ = wire_.now_ms() + (*found_end_ms_ - broker_.wall_ms());
    }
    wire_.tick_by(wire_.now_ms());
}

std::int64_t Session::tick_away(std::int64_t now_ms) {
    if (will_ && now_ms >= will_due_ms_ && now_ms < ends_ms_) publish_will_of_record();
    if (now_ms >= ends_ms_) {
        publish_will();
        traffic_.expired();
        leave_for_good();
    } else {
        end_if_done();
    }
    if (phase_ != Phase::away) return now_ms + kNever;
    const bool waits = will_ && will_due_ms_ > now_ms;
    const std::int64_t next_ms = waits ? std::min(will_due_ms_, ends_ms_) : ends_ms_;
    return std::min(next_ms, now_ms + kNever);
}

void Session::close_sources() {
    drop_sent_of_groups();
    settle_done();
    for (const auto& [number, source] : sources_) {
        // What only waited here was never sent.
        broker_.unsubscribe(source.consumer, sent_of(source.consumer), {});
    }
    sources_.clear();
    by_filter_.clear();
    traffic_.disconnected();
}

/// Whether the session ends with the connection and leaves something behind.
bool Session::has_something_to_drop() const {
    if (durable_) return expiry_s_ == 0;
    return std::ranges::any_of(
        subscriptions_, [](const auto& one) { return one.second.channel == Channel::shared; });
}

void Session::publish_will() {
    if (!will_) return;
    publish(*std::exchange(will_, std::nullopt), owe());
    if (will_record_.queue) forget_will(std::exchange(will_record_, {}));
}

/// The will and the end of its record become durable together: whoever has seen the one does not
/// find the other. A record that is on its way to us comes first.
void Session::publish_will_of_record() {
    will_due_ms_ = 0;
    if (!will_record_.queue) {
        if (will_records_ == 0) publish_will();
        return;
    }
    const broker::TransactionNumber transaction = begin();
    publish(*std::exchange(will_, std::nullopt), {}, transaction);
    forget_will(std::exchange(will_record_, {}), transaction);
    broker_.commit(transaction, owe());
}

void Session::publish(const OwnWill& will, broker::Token token,
                      broker::TransactionNumber transaction) {
    const std::int64_t now_ms = broker_.wall_ms();
    const std::int64_t expires_at_ms =
        will.expiry_s ? now_ms + std::int64_t{*will.expiry_s} * 1000 : 0;
    const MessagePtr message = store({.topic = stored_topic(will.topic),
                                      .publisher = client_id_,
                                      .qos = will.qos,
                                      .retain = will.retain,
                                      .properties = as_bytes(will.properties),
                                      .payload = as_bytes(will.payload),
                                      .now_ms = now_ms,
                                      .expires_at_ms = expires_at_ms},
                                     nullptr);
    pass_on(will.topic, message, will.retain, transaction, token);
}

broker::Token Session::owe() {
    ++owed_;
    return then([this](std::error_code) {
        --owed_;
        end_if_done();
    });
}

bool Session::is_done() const {
    const bool waits = will_ || will_records_ > 0 || ends_ms_ != INT64_MAX;
    return owed_ == 0 && (phase_ == Phase::leaving || (phase_ == Phase::away && !waits));
}

void Session::end_if_done() {
    if (!is_done()) return;
    phase_ = Phase::closed;
    wire_.close("");
}

void Session::evicted(broker::ConnectionEnd why) {
    if (phase_ == Phase::closed) return;
    if (phase_ == Phase::connected) {
        log::info("mqtt", "{}: client {}: {}", wire_.peer(), client_id_, to_text(why));
        if (v5()) send(Disconnect{.reason = reason_of(why)});
        close_sources();
    }
    // The next connection finds what a lasting session remembers, its will as well.
    if ((phase_ == Phase::connected || phase_ == Phase::left) && !lasts()) {
        publish_will();
        drop_session([] {});
    }
    phase_ = Phase::closed;
    wire_.close("");
}

void Session::shut_down() {
    stopping_ = true;
    if (phase_ == Phase::closed) return;
    if (v5() && phase_ == Phase::connected) {
        Disconnect disconnect{.reason = Reason::server_shutting_down};
        if (!options_.failover_servers.empty()) {
            disconnect.reason = Reason::use_another_server;
            disconnect.properties.server_reference = options_.failover_servers;
        }
        send(disconnect);
    }
    if (phase_ == Phase::away) phase_ = Phase::leaving;
    close("");
}

void Session::ended() {
    phase_ = Phase::closed;
}

}  // namespace tern::mqtt
