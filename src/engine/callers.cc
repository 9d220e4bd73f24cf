#include "engine/callers.h"

#include "broker/api/errors.h"
#include "engine/connection.h"
#include "engine/shard_broker.h"

#include <optional>

namespace tern::engine {
namespace {

using broker::Errc;
using Received = Result<MessagePtr>;

constexpr broker::ConsumerNumber kConsumer{1};
constexpr broker::Token kSubscribed{1};
constexpr broker::Token kDrained{2};

Received refused(std::error_code error) {
    return failure(error);
}

}  // namespace

/// One consumer: it has no credit but while somebody waits, so that nothing lies with it.
class Callers::Visit final : public broker::Listener, public std::enable_shared_from_this<Visit> {
public:
    Visit(Callers& all, Key key, broker::Reception what)
        : all_(all),
          key_(std::move(key)),
          what_(std::move(what)),
          shard_(all.engine_.shard(ShardId{0})),
          connection_(shard_.connect(*this)),
          timer_([this] { time_out(); }) {
        connection_.describe({.protocol = "rest", .peer = what_.caller});
        connection_.hide();
    }
    ~Visit() override { shard_.disconnect(connection_.number()); }

    /// The first call of it.
    void start(broker::Reply<Received> reply) {
        waiting_ = std::move(reply);
        arm(what_.wait_ms);
        connection_.subscribe({.consumer = kConsumer,
                               .destinations = {what_.from},
                               .credit = 1,
                               .selector = what_.selector,
                               .token = kSubscribed});
    }
    [[nodiscard]] bool busy() const { return waiting_.has_value(); }
    void wait(std::int64_t wait_ms, broker::Reply<Received> reply) {
        waiting_ = std::move(reply);
        arm(wait_ms);
        connection_.grant(kConsumer, 1);
    }
    void reply(Received value) {
        if (!waiting_) return;
        taking_ = false;
        all_.answer(*std::exchange(waiting_, std::nullopt), std::move(value));
        if (what_.caller.empty()) return all_.end_later(key_);
        arm(kIdleMs);
    }

    // broker::Listener
    void completed(broker::Token token, std::error_code error) override {
        if (token == kDrained) {
            if (!taking_) reply(Received(nullptr));
            return;
        }
        if (!error) return;
        reply(refused(error));
        all_.end_later(key_);
    }
    void deliver(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery> deliveries) override {
        const broker::Delivery& one = deliveries.front();
        timer_.cancel();
        taking_ = true;
        // Outside of the call that delivers.
        shard_.loop().at_turn_end([here = weak_from_this(), tag = one.tag, message = one.message] {
            if (const auto self = here.lock()) self->take(tag, message);
        });
    }
    void browsed(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>, bool) override {}
    void cancelled(broker::ConsumerNumber) override { end(Errc::no_such_destination); }
    void evicted(broker::ConnectionEnd) override { end(Errc::stopping); }

private:
    void end(Errc why) {
        reply(refused(make_error_code(why)));
        all_.end_later(key_);
    }
    void arm(std::int64_t ms) {
        shard_.loop().timers().arm(timer_, shard_.loop().clock().now() + Millis(ms));
    }
    void take(const broker::DeliveryTag& tag, const MessagePtr& message) {
        connection_.settle(kConsumer, std::span(&tag, 1), broker::Outcome::accept, {});
        // Behind the record that says so.
        shard_.turn().then.push_back([here = weak_from_this(), message](const Turn&) {
            if (const auto self = here.lock()) self->reply(message);
        });
    }
    /// What may still come by the credit comes before the answer to the drain.
    void time_out() {
        if (busy()) return connection_.drain(kConsumer, kDrained);
        all_.end_later(key_);
    }

    Callers& all_;
    const Key key_;
    const broker::Reception what_;
    ShardBroker& shard_;
    Connection& connection_;
    Timer timer_;
    std::optional<broker::Reply<Received>> waiting_;
    bool taking_ = false;  ///< a message has come for who waits
};

/// A connection that makes one subscription and goes.
class Callers::Maker final : public broker::Listener {
public:
    Maker(ShardBroker& shard, broker::NamedSubscription subscription,
          const broker::Destination& topic, std::move_only_function<void(std::error_code)> done)
        : shard_(shard), connection_(shard.connect(*this)), done_(std::move(done)) {
        connection_.hide();
        subscribe_ = {.consumer = kConsumer,
                      .destinations = {topic},
                      .selector = subscription.selector,
                      .no_local = subscription.no_local,
                      .token = kSubscribed};
        subscribe_.subscription = std::move(subscription);
    }
    ~Maker() override { shard_.disconnect(connection_.number()); }
    void start() { connection_.subscribe(std::move(subscribe_)); }

    void completed(broker::Token, std::error_code error) override { done_(error); }
    void deliver(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>) override {}
    void browsed(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>, bool) override {}
    void evicted(broker::ConnectionEnd) override { done_(make_error_code(Errc::stopping)); }

private:
    ShardBroker& shard_;
    Connection& connection_;
    broker::Subscribe subscribe_;
    std::move_only_function<void(std::error_code)> done_;
};

Callers::Callers(Engine& engine, Post post) : engine_(engine), post_(std::move(post)) {}

Callers::~Callers() {
    TERN_ASSERT(visits_.empty() && makers_.empty());
}

template <class T>
void Callers::answer(broker::Reply<T> reply, T value) {
    post_([reply = std::move(reply), value = std::move(value)]() mutable {
        reply(std::move(value));
    });
}

void Callers::stop() {
    stopped_ = true;
    for (const auto& [key, visit] : visits_) {
        visit->reply(refused(make_error_code(Errc::stopping)));
    }
    visits_.clear();
    makers_.clear();
}

void Callers::end_later(const Key& key) {
    engine_.shard(ShardId{0}).loop().at_turn_end([this, key] { visits_.erase(key); });
}

void Callers::receive(broker::Reception what, broker::Reply<Received> reply) {
    engine_.shard(ShardId{0})
        .loop()
        .deliver([this, what = std::move(what), reply = std::move(reply)]() mutable {
            begin(std::move(what), std::move(reply));
        });
}

void Callers::begin(broker::Reception what, broker::Reply<Received> reply) {
    const auto refuse = [this, &reply](Errc why) {
        answer(std::move(reply), refused(make_error_code(why)));
    };
    if (stopped_) return refuse(Errc::stopping);
    const bool stays = !what.caller.empty();
    Key key{what.caller, to_text(what.from.view()), what.selector, stays ? 0 : ++last_};
    const std::int64_t wait_ms = what.wait_ms;
    const auto found = visits_.find(key);
    if (found != visits_.end()) {
        if (found->second->busy()) return refuse(Errc::subscription_in_use);
        return found->second->wait(wait_ms, std::move(reply));
    }
    if (visits_.size() >= kVisitsMax) return refuse(Errc::no_space);
    const auto visit = std::make_shared<Visit>(*this, key, std::move(what));
    visits_.emplace(std::move(key), visit);
    visit->start(std::move(reply));
}

void Callers::dismiss(std::string caller, broker::Reply<bool> reply) {
    engine_.shard(ShardId{0})
        .loop()
        .deliver([this, caller = std::move(caller), reply = std::move(reply)]() mutable {
            bool any = false;
            for (const auto& [key, visit] : visits_) {
                if (caller.empty() || std::get<0>(key) != caller) continue;
                any = true;
                visit->reply(Received(nullptr));
                end_later(key);
            }
            answer(std::move(reply), any);
        });
}

void Callers::make_subscription(broker::NamedSubscription subscription, broker::Destination topic,
                                broker::Reply<std::error_code> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver([this, &first, subscription = std::move(subscription),
                          topic = std::move(topic), reply = std::move(reply)]() mutable {
        if (stopped_) return answer(std::move(reply), make_error_code(Errc::stopping));
        const std::uint64_t number = ++last_;
        auto done = [this, &first, number,
                     reply = std::move(reply)](std::error_code error) mutable {
            first.loop().at_turn_end([this, number, error, reply = std::move(reply)]() mutable {
                makers_.erase(number);
                answer(std::move(reply), error);
            });
        };
        auto maker =
            std::make_unique<Maker>(first, std::move(subscription), topic, std::move(done));
        makers_.emplace(number, std::move(maker)).first->second->start();
    });
}

}  // namespace tern::engine
